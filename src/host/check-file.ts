import { sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { tryStatFile } from './host-directories.js';

/** A file on this host, and what its manifest says of it. */
export interface FileOnRecord {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** What it was dated when every byte of it was proven; absent if it is to be hashed whatever its date. */
  readonly date?: Date;
}

/** Every write gives a file another date: stat(2), `st_mtime`. */
export async function isUntouched({ path, size, date }: FileOnRecord): Promise<boolean> {
  const stats = await tryStatFile(path);
  return stats?.size === size && stats.mtime.getTime() === date?.getTime();
}

/** What is wrong with a file; undefined if its bytes are right. It is hashed unless nobody has written to it since its date. */
export async function tryFindProblem(
  file: FileOnRecord & { readonly name: string; readonly sha256: string },
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<string | undefined> {
  const { path, size, sha256, name } = file;
  const stats = await tryStatFile(path);
  if (stats === undefined) return `${path} is missing`;
  if (stats.size !== size) return `${path} has ${stats.size} bytes, not ${size}`;
  if (await isUntouched(file)) return undefined;
  let done = 0;
  const found = await sha256OfFile(path, signal, (count) => {
    done += count;
    log.progress(name, done, size);
  });
  return found === sha256 ? undefined : `${path} has another SHA-256 than ${sha256}`;
}
