import { createHash } from 'node:crypto';
import type { ByteRange } from '../platform/byte-range.js';

/** A file as its manifest describes it. */
export interface ChunkTable {
  /** Bytes. */
  readonly size: number;
  /** Bytes; the last chunk can be shorter. */
  readonly chunkSize: number;
  /** SHA-256 of each chunk. */
  readonly chunks: readonly string[];
}

/** Where the bytes of a chunk are said to be on this host. */
export interface ChunkPlace extends ByteRange {
  readonly path: string;
}

/** Chunks one after the other that are fetched by one request. */
export interface ChunkRun {
  readonly first: number;
  readonly count: number;
}

/** Bytes. Long enough for few requests, short enough for several at a time. */
const longestRun = 16 * 1024 ** 2;

export function chunkRange({ size, chunkSize }: ChunkTable, chunk: number): ByteRange {
  const start = chunk * chunkSize;
  return { start, length: Math.min(chunkSize, size - start) };
}

export function countBytes(table: ChunkTable, chunks: readonly number[]): number {
  return chunks.reduce((sum, chunk) => sum + chunkRange(table, chunk).length, 0);
}

/** Finds a chunk by its SHA-256 in the files that are here. */
export function indexChunks(
  files: readonly (ChunkTable & { readonly path: string })[],
): ReadonlyMap<string, ChunkPlace> {
  return new Map(
    files.flatMap((file) =>
      file.chunks.map((sha256, chunk) => [sha256, { path: file.path, ...chunkRange(file, chunk) }] as const),
    ),
  );
}

/** The missing chunks, in ascending order, as requests: nothing between them that is here already is fetched again. */
export function planRuns({ chunkSize }: ChunkTable, missing: readonly number[]): readonly ChunkRun[] {
  const most = Math.max(1, Math.floor(longestRun / chunkSize));
  const runs: ChunkRun[] = [];
  for (const chunk of missing) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === chunk && last.count < most)
      runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ first: chunk, count: 1 });
  }
  return runs;
}

/** The chunks of zeros: a new file of this size has them already. */
export function findZeroChunks(table: ChunkTable): ReadonlySet<number> {
  const digests = new Map<number, string>();
  const isZero = (sha256: string, chunk: number): boolean => {
    const { length } = chunkRange(table, chunk);
    const zeros = digests.get(length) ?? createHash('sha256').update(Buffer.alloc(length)).digest('hex');
    digests.set(length, zeros);
    return sha256 === zeros;
  };
  return new Set(table.chunks.flatMap((sha256, chunk) => (isZero(sha256, chunk) ? [chunk] : [])));
}

/** The chunks that a clone of a file has, once it is of the wanted size: those that are equal in both, and zeros behind the file's end. */
export function findSharedChunks(wanted: ChunkTable, file: ChunkTable): ReadonlySet<number> {
  const zeros = findZeroChunks(wanted);
  const isShared = (sha256: string, chunk: number): boolean => {
    const [{ start, length }, there] = [chunkRange(wanted, chunk), chunkRange(file, chunk)];
    return (
      (sha256 === file.chunks[chunk] && start === there.start && length === there.length) ||
      (start >= file.size && zeros.has(chunk))
    );
  };
  return new Set(wanted.chunks.flatMap((sha256, chunk) => (isShared(sha256, chunk) ? [chunk] : [])));
}

/** The file that has most of the wanted chunks in their very places: cloned, it needs the fewest changes. Undefined where none has any. */
export function findLikest<T extends ChunkTable>(wanted: ChunkTable, files: readonly T[]): T | undefined {
  const likeness = (file: T): number =>
    file.chunkSize === wanted.chunkSize
      ? file.chunks.filter((sha256, chunk) => sha256 === wanted.chunks[chunk]).length
      : 0;
  const [likest] = files
    .map((file) => ({ file, likeness: likeness(file) }))
    .sort((one, other) => other.likeness - one.likeness);
  return likest === undefined || likest.likeness === 0 ? undefined : likest.file;
}
