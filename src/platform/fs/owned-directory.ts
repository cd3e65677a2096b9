import { constants, type Stats } from 'node:fs';
import { open, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { handlePath } from './handle-path.js';
import { Failure, hasCode } from '../errors.js';
import { ifPresent } from './files.js';

/**
 * An open directory that only this user can change. Its files are reached through the handle, even if its path is
 * replaced.
 */
export interface OwnedDirectory {
  /** For messages. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly identity: DirectoryIdentity;
}

/** Names a directory whatever its path: numbers of stat(2). */
export interface DirectoryIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** Who a file belongs to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Of a file. Without `owner`, it keeps its owner. */
export interface FileRights {
  readonly owner?: FileOwner | undefined;
  readonly mode: number;
}

/** `O_PATH` of open(2): names a file without opening it. Node has no constant for it. */
export const openPathOnly = 0o10000000;
const groupAndOthersWrite = 0o022;
const sticky = 0o1000;

/**
 * Gives `work` an open directory, which is closed afterwards. @throws Failure if it belongs to somebody else, or
 * others can write to it
 */
export async function withOwnedDirectory<T>(
  path: string,
  handle: FileHandle,
  work: (directory: OwnedDirectory) => Promise<T>,
): Promise<T> {
  await using directory = handle;
  const stats = await directory.stat();
  assertOwned(path, stats);
  return await work({ path, handle, identity: { dev: stats.dev, ino: stats.ino } });
}

/** Opens a directory for reading, but not through a link. @throws Failure if it is something else; ENOENT */
export async function openDirectory(path: string, name: string): Promise<FileHandle> {
  return open(path, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW).catch((error: unknown) => {
    if (!hasCode(error, 'ENOTDIR') && !hasCode(error, 'ELOOP')) throw error;
    throw new Failure(`${name} is not a directory`, {
      fix: 'links are not followed: move the directory itself there',
      cause: error,
    });
  });
}

/**
 * For a directory that may be a link or a mount. Root does not trust a directory of another user, who could replace
 * what was checked.
 * @throws Failure
 */
export async function assertOwnParent(path: string): Promise<void> {
  const stats = await ifPresent(stat(path));
  // In a sticky directory, nobody can replace the files of others.
  if (stats !== undefined && (stats.uid !== 0 || (stats.mode & sticky) === 0)) assertOwned(path, stats, [0]);
}

/** @throws Failure */
export function assertOwned(
  path: string,
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  trusted: readonly number[] = [],
): void {
  const self = process.geteuid?.() ?? 0;
  if (uid !== self && !trusted.includes(uid)) {
    const fix = `run as that user, or check what is in it and then: chown ${self} ${path}`;
    throw new Failure(`${path} belongs to user ${uid}, not to user ${self}`, { fix });
  }
  if ((mode & groupAndOthersWrite) !== 0) {
    const fix = `check what is in it, then: chmod go-w ${path}`;
    throw new Failure(`${path} can be changed by other users (mode ${(mode & 0o7777).toString(8)})`, { fix });
  }
}

/**
 * The path by which this process reaches a file of the directory. The name itself may be a link: open it with
 * O_NOFOLLOW.
 */
export function pathWithin({ handle }: Pick<OwnedDirectory, 'handle'>, name: string): string {
  return `${handlePath(handle)}/${name}`;
}

/** Replaces a name by an empty file. If the name is a link, its target stays as it is. */
export async function createFileWithin(
  directory: OwnedDirectory,
  name: string,
  { owner, mode }: FileRights,
): Promise<FileHandle> {
  const path = pathWithin(directory, name);
  await rm(path, { force: true });
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, mode);
  try {
    await setOwner(file, owner, mode);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Gives a plain file to a user. @throws Failure if it is a link, has other names, or is something else; ENOENT */
export async function changeOwnerWithin(
  directory: OwnedDirectory,
  name: string,
  { owner, mode }: FileRights,
): Promise<void> {
  const file = await openFileWithin(directory, name);
  try {
    // It may be another name of a system file.
    if ((await file.stat()).nlink !== 1) {
      throw new Failure(`${join(directory.path, name)} has other hard links`, { fix: 'replace it with a copy' });
    }
    await setOwner(file, owner, mode);
  } finally {
    await file.close();
  }
}

/** Opens a plain file for reading. @throws Failure if it is a link or something else; ENOENT */
export async function openFileWithin(directory: OwnedDirectory, name: string): Promise<FileHandle> {
  const notPlain = (cause?: unknown): Failure =>
    new Failure(`${join(directory.path, name)} is not a plain file`, {
      fix: 'links are not followed: move it away',
      cause,
    });
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(pathWithin(directory, name), flags).catch((error: unknown) => {
    throw hasCode(error, 'ELOOP') || hasCode(error, 'ENXIO') ? notPlain(error) : error;
  });
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw notPlain();
}

async function setOwner(file: FileHandle, owner: FileOwner | undefined, mode: number): Promise<void> {
  // The mode comes last, because changing the owner can clear bits of it.
  if (owner !== undefined) await file.chown(owner.uid, owner.gid);
  await file.chmod(mode);
}
