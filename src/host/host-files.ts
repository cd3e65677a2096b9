import { constants, type Stats } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { Failure, hasCode } from '../platform/errors.js';
import { ifPresent, readFully } from '../platform/fs/files.js';
import { assertOwned } from '../platform/fs/owned-directory.js';

const fix = 'links are not followed: move it away';

/**
 * The status of a plain file; undefined if nothing is at the path.
 * @throws Failure for anything else, links included
 */
export async function tryStatFile(path: string): Promise<Stats | undefined> {
  const stats = await ifPresent(lstat(path));
  if (stats === undefined || stats.isFile()) return stats;
  throw new Failure(`${path} is not a plain file`, { fix });
}

interface SmallFile {
  readonly path: string;
  /** Bytes that it may have. */
  readonly limit: number;
  /** If set, the file must belong to this user or root, and nobody else may be able to write to it. */
  readonly owned?: boolean;
}

/**
 * Reads a small file; undefined if it is missing.
 * @throws Failure if it is a link, not a plain file, or larger than the limit
 */
export async function tryReadSmallFile({ path, limit, owned = false }: SmallFile): Promise<Buffer | undefined> {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  await using file = await ifPresent(open(path, flags)).catch((cause: unknown) => {
    throw hasCode(cause, 'ELOOP') || hasCode(cause, 'ENXIO')
      ? new Failure(`${path} is not a plain file`, { fix, cause })
      : cause;
  });
  if (file === undefined) return undefined;
  const stats = await file.stat();
  if (!stats.isFile()) throw new Failure(`${path} is not a plain file`, { fix });
  if (owned) assertOwned(path, stats, [0]);
  // One byte more than allowed: the file may have grown since its size was read.
  const bytes = await readFully(file, Buffer.alloc(Math.min(stats.size, limit) + 1), 0);
  if (bytes.length <= limit) return bytes;
  throw new Failure(`${path} is larger than ${limit} bytes`, { fix: 'move it away' });
}
