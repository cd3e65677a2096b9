import { sha256OfFile } from '../platform/fs/files.js';
import { tryStatFile } from './host-files.js';
import type { HostPorts } from './ports.js';

/** A file on this host, as its manifest describes it. */
export interface ExpectedFile {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** The modification time it was given once every byte was verified; undefined to always rehash it. */
  readonly verifiedDate: Date | undefined;
}

/** Every write changes the modification time: stat(2), `st_mtime`. */
export async function isUnmodified({ path, size, verifiedDate }: ExpectedFile): Promise<boolean> {
  const stats = await tryStatFile(path);
  return stats?.size === size && stats.mtime.getTime() === verifiedDate?.getTime();
}

/** What is wrong with a file; undefined if its bytes are right. An unmodified file is not rehashed. */
export async function tryFindProblem(
  file: ExpectedFile & { readonly name: string; readonly sha256: string },
  { log, signal }: Pick<HostPorts, 'log' | 'signal'>,
): Promise<string | undefined> {
  const { path, size, sha256, name } = file;
  const stats = await tryStatFile(path);
  if (stats === undefined) return `${path} is missing`;
  if (stats.size !== size) return `${path} has ${stats.size} bytes, expected ${size}`;
  if (await isUnmodified(file)) return undefined;
  let done = 0;
  const actual = await sha256OfFile(path, signal, (count) => {
    done += count;
    log.progress(name, done, size);
  });
  return actual === sha256 ? undefined : `${path} has a different SHA-256 than its manifest (expected ${sha256})`;
}
