import { open } from 'node:fs/promises';
import { readFully, sha256Of } from '../platform/files.js';

/** Bytes. A pull fetches whole chunks: small enough that a changed file costs little, large enough for a short manifest. */
export const fileChunkSize = 1024 ** 2;

/** The SHA-256 of each chunk of a file, in order; the last can be shorter. One chunk is in memory at a time. */
export async function hashFileChunks(path: string, signal?: AbortSignal): Promise<readonly string[]> {
  const file = await open(path);
  try {
    const digests: string[] = [];
    const buffer = Buffer.allocUnsafe(fileChunkSize);
    for (let offset = 0; ; offset += fileChunkSize) {
      signal?.throwIfAborted();
      const chunk = await readFully(file, buffer, offset);
      if (chunk.length > 0) digests.push(sha256Of(chunk));
      if (chunk.length < buffer.length) return digests;
    }
  } finally {
    await file.close();
  }
}
