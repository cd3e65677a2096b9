import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../byte-range.js';
import { Failure } from '../errors.js';
import { sha256OfChunk } from '../zeros.js';
import { readFully } from './files.js';

/** In bytes. Pulls fetch whole chunks: small enough for small changes, large enough for a short manifest. */
export const fileChunkSize = 1024 ** 2;

/** A file as chunks of `fileChunkSize`. */
export interface ChunkedFile {
  /** In bytes. */
  readonly size: number;
  /** The SHA-256 of each chunk, in order; the last can be shorter. */
  readonly chunks: readonly string[];
}

/** Reads all of a file, one chunk at a time. */
export async function hashFileChunks(path: string, signal?: AbortSignal): Promise<ChunkedFile> {
  return withFile(path, async (file, size) => ({
    size,
    chunks: await hashChunks(file, listChunks(0, size), { signal }),
  }));
}

/** As `hashFileChunks`, with the SHA-256 of the file from the same read. */
export async function hashWholeFile(
  path: string,
  signal?: AbortSignal,
): Promise<ChunkedFile & { readonly sha256: string }> {
  const fileHash = createHash('sha256');
  const chunked = await withFile(path, async (file, size) => ({
    size,
    chunks: await hashChunks(file, listChunks(0, size), { signal, fileHash }),
  }));
  return { ...chunked, sha256: fileHash.digest('hex') };
}

/**
 * As `hashFileChunks`, but also verifies the SHA-256 of the file in the same read.
 * @throws Failure if its SHA-256 is different
 */
export async function hashKnownFile(path: string, sha256: string, signal?: AbortSignal): Promise<ChunkedFile> {
  const { sha256: found, ...chunked } = await hashWholeFile(path, signal);
  if (found !== sha256) throw new Failure(`${path} has SHA-256 ${found} (expected ${sha256})`);
  return chunked;
}

/**
 * The chunks of a file that is a copy of the file `before`, except for bytes in some ranges and at its end. Only
 * those are read.
 */
export async function updateFileChunks(
  path: string,
  before: ChunkedFile,
  changed: readonly ByteRange[],
): Promise<ChunkedFile> {
  return withFile(path, async (file, size) => {
    const touched = new Set([
      ...changed.flatMap(({ start, length }) => listChunks(start, Math.min(start + length, size))),
      ...(size === before.size ? [] : listChunks(Math.min(before.size, size) - 1, size)),
    ]);
    const fresh = [...touched].sort((one, other) => one - other);
    const digests = await hashChunks(file, fresh, {});
    const digestOf = new Map(fresh.map((chunk, place) => [chunk, digests[place]]));
    return { size, chunks: listChunks(0, size).map((chunk) => digestOf.get(chunk) ?? before.chunks[chunk] ?? '') };
  });
}

async function withFile<T>(path: string, use: (file: FileHandle, size: number) => Promise<T>): Promise<T> {
  await using file = await open(path);
  return await use(file, (await file.stat()).size);
}

/** The chunks with bytes from `start` up to, not including, `end`. */
function listChunks(start: number, end: number): readonly number[] {
  if (end <= start) return [];
  const first = Math.max(0, Math.floor(start / fileChunkSize));
  return Array.from({ length: Math.ceil(end / fileChunkSize) - first }, (_, index) => first + index);
}

async function hashChunks(
  file: FileHandle,
  chunks: readonly number[],
  { signal, fileHash }: { readonly signal?: AbortSignal | undefined; readonly fileHash?: Hash },
): Promise<readonly string[]> {
  const buffer = Buffer.allocUnsafe(fileChunkSize);
  const digests: string[] = [];
  for (const chunk of chunks) {
    signal?.throwIfAborted();
    const bytes = await readFully(file, buffer, chunk * fileChunkSize);
    fileHash?.update(bytes);
    digests.push(sha256OfChunk(bytes));
  }
  return digests;
}
