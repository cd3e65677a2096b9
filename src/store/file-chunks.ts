import { open, type FileHandle } from 'node:fs/promises';
import { sha256Of } from '../platform/files.js';

/** Bytes. A pull fetches whole chunks: small enough that a changed file costs little, large enough for a short manifest. */
export const fileChunkSize = 1024 ** 2;

/** The SHA-256 of each chunk of a file, in order; the last can be shorter. One chunk is in memory at a time. */
export async function hashFileChunks(path: string, signal?: AbortSignal): Promise<readonly string[]> {
  const file = await open(path);
  try {
    const digests: string[] = [];
    const buffer = Buffer.allocUnsafe(fileChunkSize);
    for (;;) {
      signal?.throwIfAborted();
      const length = await fill(buffer, file);
      if (length > 0) digests.push(sha256Of(buffer.subarray(0, length)));
      if (length < buffer.length) return digests;
    }
  } finally {
    await file.close();
  }
}

/** Reads on until the buffer is full or the file ends: one read can give less. */
async function fill(buffer: Buffer, file: FileHandle): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
