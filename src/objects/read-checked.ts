import type { FileHandle } from 'node:fs/promises';
import type { ByteRange } from '../platform/byte-range.js';
import { Failure } from '../platform/errors.js';
import { fileChunkSize } from '../platform/fs/file-chunks.js';
import { readFully, sha256Of } from '../platform/fs/files.js';
import type { StageRequest } from './object-store.js';

type ExpectedFile = Pick<StageRequest, 'path' | 'size' | 'chunks'>;

/** Reads whole chunks of a file into a buffer. @throws Failure if they are not the expected ones */
export async function readVerified(
  file: FileHandle,
  { start, length }: ByteRange,
  expected: ExpectedFile,
  buffer: Buffer,
): Promise<Buffer> {
  const bytes = await readFully(file, buffer.subarray(0, length), start);
  assertSize(expected.size - length + bytes.length, expected);
  for (let at = 0; at < length; at += fileChunkSize) {
    const chunk = (start + at) / fileChunkSize;
    if (sha256Of(bytes.subarray(at, at + fileChunkSize)) !== expected.chunks[chunk]) {
      throw new Failure(`${expected.path} has changed: unexpected bytes at offset ${start + at}`);
    }
  }
  return bytes;
}

/** @throws Failure if a file does not have the expected size */
export function assertSize(found: number, { path, size }: Pick<ExpectedFile, 'path' | 'size'>): void {
  if (found !== size) throw new Failure(`${path} has ${found} bytes, expected ${size}`);
}
