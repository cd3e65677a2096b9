import { sha256Of } from '../platform/fs/files.js';

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
