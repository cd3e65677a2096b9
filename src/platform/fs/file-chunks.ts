import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../byte-range.js';
import { Failure } from '../errors.js';
import { readFully, sha256Of } from './files.js';

/** Bytes. A pull fetches whole chunks: small enough that a changed file costs little, large enough for a short manifest. */
export const fileChunkSize = 1024 ** 2;

/** A file by its chunks of `fileChunkSize`. */
export interface ChunkedFile {
  /** Bytes. */
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

/** As `hashFileChunks`, in the same read making sure of the whole. @throws Failure where its SHA-256 is another */
export async function hashKnownFile(path: string, sha256: string, signal?: AbortSignal): Promise<ChunkedFile> {
  const whole = createHash('sha256');
  const chunked = await withFile(path, async (file, size) => ({
    size,
    chunks: await hashChunks(file, listChunks(0, size), { signal, whole }),
  }));
  const found = whole.digest('hex');
  if (found !== sha256) throw new Failure(`${path} has the SHA-256 ${found}, not ${sha256}`);
  return chunked;
}

/**
 * The chunks of a file that was a copy of another until bytes in some ranges were changed, and bytes added at its end:
 * these are read, the others are those of the file `before`.
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
  const file = await open(path);
  try {
    return await use(file, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

/** The chunks that have bytes from `start` to `end`, which lies behind the last one. */
function listChunks(start: number, end: number): readonly number[] {
  if (end <= start) return [];
  const first = Math.max(0, Math.floor(start / fileChunkSize));
  return Array.from({ length: Math.ceil(end / fileChunkSize) - first }, (_, index) => first + index);
}

async function hashChunks(
  file: FileHandle,
  chunks: readonly number[],
  { signal, whole }: { readonly signal?: AbortSignal | undefined; readonly whole?: Hash },
): Promise<readonly string[]> {
  const buffer = Buffer.allocUnsafe(fileChunkSize);
  const digests: string[] = [];
  for (const chunk of chunks) {
    signal?.throwIfAborted();
    const bytes = await readFully(file, buffer, chunk * fileChunkSize);
    whole?.update(bytes);
    digests.push(sha256Of(bytes));
  }
  return digests;
}
