import { sha256Of } from '../platform/fs/files.js';
import { isZero } from '../platform/zeros.js';
import type { BlockReader } from './block-reader.js';

/** A chunk of a disk that is not all zeros. */
export interface DiskChunk {
  /** The chunk starts at `index × chunkSize`. */
  readonly index: number;
  readonly sha256: string;
}

/**
 * What a guest can read from a disk, whatever file format holds it. Chunks of zeros are left out, so
 * an 8 GiB disk with 500 MiB of data costs 500 MiB, and a rebuild hashes only the chunks that changed.
 */
export interface DiskDigest {
  /** Bytes. */
  readonly chunkSize: number;
  readonly chunks: readonly DiskChunk[];
  /** SHA-256 of the chunk table: see `hashChunkTable`. */
  readonly sha256: string;
}

/** Small enough that a changed file costs little, large enough that a guest starts few hash processes. */
export const diskChunkSize = 4 * 1024 ** 2;

/** The SHA-256 of one line `INDEX SHA256\n` for each chunk, in order: a guest can compute it with coreutils. */
export function hashChunkTable(chunks: readonly DiskChunk[]): string {
  return sha256Of(chunks.map((chunk) => `${chunk.index} ${chunk.sha256}\n`).join(''));
}

/** Reads all of a disk. @returns where it differs from its digest; undefined if it does not */
export async function tryFindDifference(
  disk: BlockReader,
  { chunkSize, chunks }: Pick<DiskDigest, 'chunkSize' | 'chunks'>,
  onBytes: (done: number) => void = () => undefined,
): Promise<string | undefined> {
  const expected = new Map(chunks.map(({ index, sha256 }) => [index, sha256]));
  const count = Math.ceil(disk.size / chunkSize);
  for (let index = 0; index < count; index++) {
    const start = index * chunkSize;
    const bytes = await disk.read(start, Math.min(chunkSize, disk.size - start));
    if ((isZero(bytes) ? undefined : sha256Of(bytes)) !== expected.get(index))
      return `different content in the ${bytes.length} bytes at ${start}`;
    onBytes(start + bytes.length);
  }
  return [...expected.keys()].some((index) => index >= count) ? `content behind its end at ${disk.size}` : undefined;
}
