import type { ManifestFile } from './documents/manifest.js';
import type { ByteRange } from '../platform/byte-range.js';

type ChunkedFile = Pick<ManifestFile, 'size' | 'chunkSize' | 'chunks'>;

/** The ranges that two files share at the same offset, in order and as long as possible: a store can copy them. */
export function findUnchangedRanges(before: ChunkedFile, after: ChunkedFile): readonly ByteRange[] {
  if (before.chunkSize !== after.chunkSize) return [];
  const ranges: { start: number; length: number }[] = [];
  after.chunks.forEach((digest, index) => {
    const start = index * after.chunkSize;
    const length = Math.min(after.chunkSize, after.size - start);
    if (before.chunks[index] !== digest) return;
    const last = ranges.at(-1);
    if (last !== undefined && last.start + last.length === start) last.length += length;
    else ranges.push({ start, length });
  });
  return ranges;
}
