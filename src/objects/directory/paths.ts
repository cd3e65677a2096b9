import { constants, type Stats } from 'node:fs';
import { chmod, lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessage, Failure, hasCode } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { createDirectories } from '../../platform/fs/create-directories.js';
import { createLockDirectory } from '../../platform/fs/file-lock.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';

/** The path of a file in a store. Creates missing directories. */
export async function createPath(root: string, relativePath: string): Promise<string> {
  await createRoot(root);
  const [name = '', ...directories] = relativePath.split('/').reverse();
  let directory = root;
  for (const part of directories.reverse()) {
    directory = join(directory, part);
    const stats = await ifPresent(lstat(directory));
    if (stats !== undefined) assertDirectory(directory, stats);
    else if (!part.startsWith('.')) await createDirectory(directory);
    // Locks, and files that have locks: nothing for readers.
    if (part.startsWith('.')) await createLockDirectory(directory);
    if (stats === undefined) assertDirectory(directory, await lstat(directory));
  }
  return join(directory, name);
}

/** The path of a file in a store; undefined if one of its directories is missing. */
export async function tryGetPath(root: string, relativePath: string): Promise<string | undefined> {
  const [name = '', ...directories] = relativePath.split('/').reverse();
  let directory = root;
  for (const part of directories.reverse()) {
    directory = join(directory, part);
    const stats = await ifPresent(lstat(directory));
    if (stats === undefined) return undefined;
    assertDirectory(directory, stats);
  }
  return join(directory, name);
}

/**
 * Opens a plain file for reading; undefined if it does not exist. Links are not followed: they could lead out of the
 * store.
 */
export async function tryOpenPlainFile(path: string): Promise<FileHandle | undefined> {
  const file = await ifPresent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)).catch(
    (error: unknown) => {
      throw hasCode(error, 'ELOOP') ? notPlainFailure(path, error) : error;
    },
  );
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  throw notPlainFailure(path);
}

export function notPlainFailure(path: string, cause?: unknown): Failure {
  return new Failure(`${path} in the store is not a plain file`, { cause });
}

/** For everyone to read, like every file in the store. */
const rootMode = 0o755;

async function createRoot(root: string): Promise<void> {
  const created = await createDirectories(root, rootMode).catch((error: unknown) => {
    throw new Failure(`store ${quoteText(root)} cannot be created: ${errorMessage(error)}`, {
      fix: 'create it, or use a different directory',
      cause: error,
    });
  });
  for (const directory of created) await syncDirectory(dirname(directory));
}

/** A directory has the permissions of the one that it is in: a group that may publish may do so everywhere. */
async function createDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw error;
  }
  const { mode } = await lstat(dirname(directory));
  // The bits that are no permissions are the kernel's to inherit.
  await chmod(directory, ((await lstat(directory)).mode & 0o7000) | (mode & 0o777));
  await syncDirectory(dirname(directory));
}

/** A link is rejected, whatever it leads to. */
function assertDirectory(directory: string, stats: Stats): void {
  if (!stats.isDirectory()) throw new Failure(`${directory} in the store is not a directory`);
}
