import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { createLockDirectory } from '../../platform/fs/file-lock.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';

/** The path of a file in a store, whose directories are made where they are missing. */
export async function createPath(root: string, relativePath: string): Promise<string> {
  await createRoot(root);
  const [name = '', ...directories] = relativePath.split('/').reverse();
  let directory = root;
  for (const part of directories.reverse()) {
    directory = join(directory, part);
    await createDirectory(directory);
    assertDirectory(directory, await lstat(directory));
    // Locks, and files that have locks: nothing for readers.
    if (part.startsWith('.')) await createLockDirectory(directory);
  }
  return join(directory, name);
}

/** The path of a file in a store; undefined where one of its directories is missing. */
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

/** Opens a plain file for reading; undefined where there is none. A symbolic link is not followed: it could lead out of the store. */
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

async function createRoot(root: string): Promise<void> {
  const first = await mkdir(root, { recursive: true });
  if (first === undefined) return;
  for (let directory = root; directory.length >= first.length; directory = dirname(directory))
    await syncDirectory(dirname(directory));
}

async function createDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncDirectory(dirname(directory));
}

/** A symbolic link is no directory here, wherever it leads. */
function assertDirectory(directory: string, stats: Stats): void {
  if (!stats.isDirectory()) throw new Failure(`${directory} in the store is not a directory`);
}
