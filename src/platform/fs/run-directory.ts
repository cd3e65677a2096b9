import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createDirectories } from './create-directories.js';
import { Failure } from '../errors.js';
import { tryLockFile } from './file-lock.js';
import { pathExists } from './files.js';
import type { Processes } from '../process/processes.js';

const prefix = 'run-';
/** Written once its run has the lock. Contains the process id, for people. */
const ownerFile = 'owner';
/** A sibling that checks whether a run is dead holds its lock for a moment. */
const lockSeconds = 30;

interface Ports {
  readonly processes: Processes;
}

/**
 * Gives `work` a new directory and removes it afterwards. The run holds the directory's lock, which distinguishes
 * running from dead runs, also across containers, where process ids mean nothing. Leftovers of killed runs of this user
 * are removed first.
 */
export async function withRunDirectory<T>(
  root: string,
  ports: Ports,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  await createDirectories(root);
  await removeDeadRuns(root, ports);
  const directory = join(root, `${prefix}${randomUUID()}`);
  await mkdir(directory, { mode: 0o700 });
  await using handle = await open(directory);
  return await workLocked(directory, handle, ports, work);
}

async function workLocked<T>(
  directory: string,
  handle: FileHandle,
  { processes }: Ports,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  try {
    if (!(await tryLockFile(handle, lockSeconds, processes)))
      throw new Failure(`another process holds the lock of ${directory}`);
    await writeFile(join(directory, ownerFile), `${process.pid}\n`);
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Removes the directories of this user's dead runs. Returns their names. */
export async function removeDeadRuns(root: string, ports: Ports): Promise<readonly string[]> {
  const names = (await readdir(root).catch(() => [])).filter((name) => name.startsWith(prefix));
  const removed: string[] = [];
  for (const name of names) if (await removeIfDead(join(root, name), ports)) removed.push(name);
  return removed;
}

async function removeIfDead(directory: string, { processes }: Ports): Promise<boolean> {
  // If it cannot be opened, it belongs to another user or is gone.
  await using handle = await open(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW).catch(() => undefined);
  if (handle === undefined) return false;
  const stats = await handle.stat();
  if (stats.uid !== process.geteuid?.() || !(await tryLockFile(handle, 0, processes))) return false;
  // A run that is just starting has its directory before it has the lock.
  if (Date.now() - stats.mtimeMs < 60_000 && !(await pathExists(join(directory, ownerFile)))) return false;
  await rm(directory, { recursive: true, force: true });
  return true;
}
