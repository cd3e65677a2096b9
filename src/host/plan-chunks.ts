import type { ByteRange } from '../platform/byte-range.js';
import { digestOfZeros } from '../platform/zeros.js';

/** A file as its manifest describes it. */
export interface ChunkTable {
  /** Bytes. */
  readonly size: number;
  /** Bytes; the last chunk can be shorter. */
  readonly chunkSize: number;
  /** SHA-256 of each chunk. */
  readonly chunks: readonly string[];
}

/** Where this host has the bytes of a chunk, according to a manifest. */
export interface ChunkPlace extends ByteRange {
  readonly path: string;
}

/** Adjacent chunks that one request fetches. */
export interface ChunkRun {
  readonly first: number;
  readonly count: number;
}

/** Long enough for few requests, short enough to fetch several concurrently. */
const maxRunBytes = 16 * 1024 ** 2;

export function chunkRange({ size, chunkSize }: ChunkTable, chunk: number): ByteRange {
  const start = chunk * chunkSize;
  return { start, length: Math.min(chunkSize, size - start) };
}

export function countBytes(table: ChunkTable, chunks: readonly number[]): number {
  return chunks.reduce((sum, chunk) => sum + chunkRange(table, chunk).length, 0);
}

/** Where to find each chunk on this host, by its SHA-256. */
export function indexChunks(
  files: readonly (ChunkTable & { readonly path: string })[],
): ReadonlyMap<string, ChunkPlace> {
  return new Map(
    files.flatMap((file) =>
      file.chunks.map((sha256, chunk) => [sha256, { path: file.path, ...chunkRange(file, chunk) }] as const),
    ),
  );
}

/**
 * Groups missing chunks, in ascending order, into requests. Chunks between them that are present are not fetched
 * again.
 */
export function planRuns({ chunkSize }: ChunkTable, missing: readonly number[]): readonly ChunkRun[] {
  const maxChunks = Math.max(1, Math.floor(maxRunBytes / chunkSize));
  const runs: ChunkRun[] = [];
  for (const chunk of missing) {
    const last = runs.at(-1);
    if (last !== undefined && last.first + last.count === chunk && last.count < maxChunks)
      runs[runs.length - 1] = { ...last, count: last.count + 1 };
    else runs.push({ first: chunk, count: 1 });
  }
  return runs;
}

/** The chunks of zeros, which a new file of this size has already. */
export function findZeroChunks(table: ChunkTable): ReadonlySet<number> {
  const isZero = (sha256: string, chunk: number): boolean => sha256 === digestOfZeros(chunkRange(table, chunk).length);
  return new Set(table.chunks.flatMap((sha256, chunk) => (isZero(sha256, chunk) ? [chunk] : [])));
}

/**
 * The chunks that a clone of a file has once it has the wanted size: equal ones, and zeros past the end of the file.
 */
export function findSharedChunks(wanted: ChunkTable, file: ChunkTable): ReadonlySet<number> {
  const zeros = findZeroChunks(wanted);
  const isShared = (sha256: string, chunk: number): boolean => {
    const [{ start, length }, other] = [chunkRange(wanted, chunk), chunkRange(file, chunk)];
    return (
      (sha256 === file.chunks[chunk] && start === other.start && length === other.length) ||
      (start >= file.size && zeros.has(chunk))
    );
  };
  return new Set(wanted.chunks.flatMap((sha256, chunk) => (isShared(sha256, chunk) ? [chunk] : [])));
}

/**
 * The file with most of the wanted chunks at their offsets: a clone of it needs the fewest changes. Undefined if none
 * has any.
 */
export function findMostSimilar<T extends ChunkTable>(wanted: ChunkTable, files: readonly T[]): T | undefined {
  const countEqual = (file: T): number =>
    file.chunkSize === wanted.chunkSize
      ? file.chunks.filter((sha256, chunk) => sha256 === wanted.chunks[chunk]).length
      : 0;
  const [best] = files.map((file) => ({ file, equal: countEqual(file) })).sort((one, other) => other.equal - one.equal);
  return best === undefined || best.equal === 0 ? undefined : best.file;
}
