import { constants } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode, ToolError } from '../errors.js';
import { openDirectory } from './owned-directory.js';
import type { Processes } from '../process/processes.js';

/**
 * Takes the exclusive lock of an open file; false if it did not get it in time. flock(2) locks belong to the open
 * file, which flock(1) shares with us: the kernel releases the lock when we close it or die, so none is ever stale.
 * They work between containers, and over NFS if the file is open for writing.
 */
export async function tryLockFile(
  file: FileHandle,
  waitSeconds: number,
  processes: Processes,
  evenAfterCancel = false,
): Promise<boolean> {
  try {
    await processes.run({
      argv: ['flock', '--exclusive', '--timeout', String(waitSeconds), '3'],
      files: [file.fd],
      timeoutMs: (waitSeconds + 30) * 1000,
      evenAfterCancel,
    });
    return true;
  } catch (error) {
    if (error instanceof ToolError && error.exitCode === conflictExitCode) return false;
    throw error;
  }
}

const conflictExitCode = 1;

/**
 * Opens a lock file, and creates it if it is missing. Whoever can open a file can hold its lock, so it is open to
 * exactly those who may write to its directory, whatever the umask.
 */
export async function openLockFile(path: string): Promise<FileHandle> {
  const mode = (await readWritersMode(dirname(path))) & 0o666;
  const flags = constants.O_RDWR | constants.O_NOFOLLOW;
  const created = await open(path, flags | constants.O_CREAT | constants.O_EXCL, mode).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  const file = created ?? (await open(path, flags));
  try {
    if (created === undefined) await narrow(file, mode);
    else await file.chmod(mode);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/**
 * Creates a directory for lock files, if it is missing. It is open to exactly those who may write to the directory
 * that it is in.
 */
export async function createLockDirectory(path: string): Promise<void> {
  const mode = await readWritersMode(dirname(path));
  const isNew = await mkdir(path, { mode }).then(
    () => true,
    (error: unknown) => {
      if (hasCode(error, 'EEXIST')) return false;
      throw error;
    },
  );
  await using directory = await openDirectory(path, path);
  if (isNew) await directory.chmod(mode | ((await directory.stat()).mode & 0o7000));
  else await narrow(directory, mode);
}

/** Read and write for the owner, and for everyone who may write to the directory. */
async function readWritersMode(directory: string): Promise<number> {
  const { mode } = await stat(directory);
  return 0o700 | ((mode & 0o020) === 0 ? 0 : 0o070) | ((mode & 0o002) === 0 ? 0 : 0o007);
}

/** A file of another user is left alone: somebody who may write to the directory created it. */
async function narrow(handle: FileHandle, widest: number): Promise<void> {
  const { mode, uid } = await handle.stat();
  if (uid === process.geteuid?.() && (mode & 0o777 & ~widest) !== 0) await handle.chmod(mode & (0o7000 | widest));
}
