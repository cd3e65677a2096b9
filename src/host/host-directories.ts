import { lstat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, errorMessage, hasCode } from '../platform/errors.js';
import { createDirectories } from '../platform/fs/create-directories.js';
import { openLockFile, tryLockFile } from '../platform/fs/file-lock.js';
import { ifPresent } from '../platform/fs/files.js';
import { assertOwned, openDirectory, pathWithin } from '../platform/fs/owned-directory.js';
import type { HostPorts } from './ports.js';

const locks = '.locks';
/** The directories of the manual guide, then those of this program. */
const directories = ['firmware', 'kernels', 'images', 'snapshots', 'sandboxes', 'versions', 'current', locks] as const;

/** Creates the missing directories of a host. @throws Failure if one of them is a link or a file */
export async function createHostDirectories(root: string): Promise<void> {
  try {
    await createDirectories(root, 0o755);
    for (const name of directories) await createDirectory(join(root, name));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`cannot create directories in ${root}: ${errorMessage(error)}`, {
      fix: 'run as a user who can write there, or use a different --root',
      cause: error,
    });
  }
}

/**
 * `pull` is held while files are added or removed, `raw` while raw copies and disks are, `warm` while templates are,
 * `switch` for the moment of a switch between versions. Who takes several takes them in this order.
 */
export type HostLock = 'pull' | 'raw' | 'warm' | 'switch';

const maxWaitSeconds: Readonly<Record<HostLock, number>> = {
  pull: 6 * 3600,
  raw: 2 * 3600,
  warm: 2 * 3600,
  switch: 60,
};

/** Does `work` while no other process holds the same lock of this root. Waits for one that does, and logs that. */
export async function withHostLock<T>(
  root: string,
  name: HostLock,
  ports: Pick<HostPorts, 'processes' | 'log'>,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(root, locks, name);
  await using file = await openHostLock(root, name).catch((error: unknown) => {
    if (error instanceof Failure) throw error;
    throw new Failure(`cannot open ${path}: ${errorMessage(error)}`, {
      fix: `run as the user that ${root} belongs to`,
      cause: error,
    });
  });
  if (!(await tryLockFile(file, 0, ports.processes))) {
    ports.log.info(`Waiting for another process that pulls, prunes or switches versions in ${root}`);
    if (!(await tryLockFile(file, maxWaitSeconds[name], ports.processes))) {
      throw new Failure(`another process has held ${path} for ${maxWaitSeconds[name]} s`, {
        fix: `find it: fuser ${path}`,
      });
    }
  }
  return await work();
}

/**
 * Other users cannot open the lock, and so cannot hold it.
 * @throws Failure if its directory belongs to one of them, or is missing
 */
async function openHostLock(root: string, name: HostLock): Promise<FileHandle> {
  const path = join(root, locks);
  await using handle = await ifPresent(openDirectory(path, path));
  if (handle === undefined) throw new Failure(`no version was pulled into ${root}`, { fix: 'ch-golden pull' });
  const { uid } = await handle.stat();
  assertOwned(path, { uid, mode: 0 });
  // Earlier releases left it readable to others.
  await handle.chmod(0o700);
  return await openLockFile(pathWithin({ handle }, name));
}

async function createDirectory(path: string): Promise<void> {
  await createDirectories(path, path.endsWith(`/${locks}`) ? 0o700 : 0o755).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  // Only `sandboxes` may be a link: everything else is found by relative paths, which a link would break.
  if (path.endsWith('/sandboxes') || (await lstat(path)).isDirectory()) return;
  throw new Failure(`${path} is not a directory`, {
    fix: 'links are not followed: mount a filesystem there, or use a different --root',
  });
}
