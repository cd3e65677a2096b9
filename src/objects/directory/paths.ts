import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { makeLockDirectory } from '../../platform/fs/file-lock.js';
import { ifPresent, syncFolder } from '../../platform/fs/files.js';

/** The path of a file in a store, whose folders are made where they are missing. */
export async function makePath(root: string, relativePath: string): Promise<string> {
  await makeRoot(root);
  const [name = '', ...folders] = relativePath.split('/').reverse();
  let folder = root;
  for (const part of folders.reverse()) {
    folder = join(folder, part);
    await makeFolder(folder);
    checkFolder(folder, await lstat(folder));
    // Locks, and files that have locks: nothing for readers.
    if (part.startsWith('.')) await makeLockDirectory(folder);
  }
  return join(folder, name);
}

/** The path of a file in a store; undefined where one of its folders is missing. */
export async function tryGetPath(root: string, relativePath: string): Promise<string | undefined> {
  const [name = '', ...folders] = relativePath.split('/').reverse();
  let folder = root;
  for (const part of folders.reverse()) {
    folder = join(folder, part);
    const stats = await ifPresent(lstat(folder));
    if (stats === undefined) return undefined;
    checkFolder(folder, stats);
  }
  return join(folder, name);
}

/** Opens a plain file for reading; undefined where there is none. A symbolic link is not followed: it could lead out of the store. */
export async function tryOpenPlainFile(path: string): Promise<FileHandle | undefined> {
  const file = await ifPresent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)).catch(
    (error: unknown) => {
      throw hasCode(error, 'ELOOP') ? notPlain(path, error) : error;
    },
  );
  if (file === undefined || (await file.stat()).isFile()) return file;
  await file.close();
  throw notPlain(path);
}

export function notPlain(path: string, cause?: unknown): Failure {
  return new Failure(`${path} in the store is not a plain file`, { cause });
}

async function makeRoot(root: string): Promise<void> {
  const first = await mkdir(root, { recursive: true });
  if (first === undefined) return;
  for (let folder = root; folder.length >= first.length; folder = dirname(folder)) await syncFolder(dirname(folder));
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    throw error;
  }
  await syncFolder(dirname(folder));
}

/** A symbolic link is no folder here, wherever it leads. */
function checkFolder(folder: string, stats: Stats): void {
  if (!stats.isDirectory()) throw new Failure(`${folder} in the store is not a folder`);
}
