import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { hasCode } from '../errors.js';
import { withPathInErrors } from './system-errors.js';

/**
 * The SHA-256 of a file as 64 hexadecimal digits; read as a stream, so memory does not grow with the file.
 * @param onBytes called with the number of bytes of each part that was read
 */
export async function sha256OfFile(
  path: string,
  signal?: AbortSignal,
  onBytes: (count: number) => void = () => undefined,
): Promise<string> {
  const hash = createHash('sha256');
  const count = async function* (parts: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const part of parts) {
      onBytes(part.length);
      yield part;
    }
  };
  const source = createReadStream(path, { highWaterMark: 1024 ** 2 });
  await withPathInErrors(path, async () => pipeline(source, count, hash, signal === undefined ? {} : { signal }));
  return hash.digest('hex');
}

/** The first bytes of a file, at most `maxBytes`. Works for a pipe too, which has no size. */
export async function readStart(path: string, maxBytes: number): Promise<Buffer> {
  return buffer(createReadStream(path, { end: maxBytes - 1 }));
}

/** The SHA-256 of a text or of bytes as 64 hexadecimal digits. */
export function sha256Of(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * Fills the buffer from `offset` of a file, unless that ends before. Returns the filled part: read(2) can return less
 * than requested.
 */
export async function readFully(file: FileHandle, buffer: Buffer, offset: number): Promise<Buffer> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}

/** Writes all bytes at `offset`: write(2) can take fewer than it was given. */
export async function writeFully(file: FileHandle, bytes: Buffer, offset: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, offset + written)).bytesWritten;
  }
}

/** The result of an operation on a path; undefined if the path does not exist. */
export async function ifPresent<T>(operation: Promise<T>): Promise<T | undefined> {
  return operation.catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
}

export async function pathExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Replaces a file: a reader sees the old content or the new, even after a crash of the machine. The file gets exactly
 * this mode, whatever the umask.
 */
export async function writeFileAtomically(path: string, content: string | Buffer, mode = 0o644): Promise<void> {
  const part = `${path}.part-${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    await writeNewFile(part, content, mode);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeNewFile(path: string, content: string | Buffer, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode);
  await file.chmod(mode);
  await withPathInErrors(path, async () => file.writeFile(content));
  await file.sync();
}

/** Makes the names in a directory durable: a rename or a link is lost in a power cut until its directory is synced. */
export async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, 'r');
  await handle.sync();
}
