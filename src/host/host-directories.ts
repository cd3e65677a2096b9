import type { Stats } from 'node:fs';
import { lstat, mkdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, errorMessage, hasCode } from '../platform/errors.js';
import { openLockFile, tryLockFile } from '../platform/fs/file-lock.js';
import { ifPresent } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { assertOwned, openDirectory, pathWithin } from '../platform/fs/owned-directory.js';
import type { Processes } from '../platform/process/processes.js';

const locks = '.locks';
/** The guide's directories, and behind them ours. */
const directories = ['firmware', 'kernels', 'images', 'snapshots', 'sandboxes', 'versions', 'current', locks] as const;

/** Makes the directories of a host that are missing. @throws Failure where a link or a file is in the place of one */
export async function createHostDirectories(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true, mode: 0o755 });
    for (const name of directories) await createDirectory(join(root, name));
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`the directories in ${root} cannot be made: ${errorMessage(error)}`, {
      fix: 'run as a user who may write there, or give another --root',
      cause: error,
    });
  }
}

/** What lies at a path, where that is a plain file; undefined where nothing is. @throws Failure for anything else: links are never followed */
export async function tryStatFile(path: string): Promise<Stats | undefined> {
  const stats = await ifPresent(lstat(path));
  if (stats === undefined || stats.isFile()) return stats;
  throw new Failure(`${path} is not a plain file`, { fix: 'move it away' });
}

/** `pull` is held while files come and go, `switch` for the moment in which another version is taken into use. */
export type HostLock = 'pull' | 'switch';

interface LockPorts {
  readonly processes: Processes;
  readonly log: Log;
}

const longestWaitSeconds: Readonly<Record<HostLock, number>> = { pull: 6 * 3600, switch: 60 };

/** Does `work` while no other process on this host holds the same lock of this root; waits for one that does, and says so. */
export async function withHostLock<T>(
  root: string,
  name: HostLock,
  ports: LockPorts,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(root, locks, name);
  const file = await openHostLock(root, name).catch((error: unknown) => {
    if (error instanceof Failure) throw error;
    throw new Failure(`${path} cannot be opened: ${errorMessage(error)}`, {
      fix: `run as the user to whom ${root} belongs`,
      cause: error,
    });
  });
  try {
    if (!(await tryLockFile(file, 0, ports.processes))) {
      ports.log.info(`waiting for another process on this host that pulls, prunes or switches in ${root}`);
      if (!(await tryLockFile(file, longestWaitSeconds[name], ports.processes))) {
        throw new Failure(`another process has held ${path} for ${longestWaitSeconds[name]} s`, {
          fix: `find it: fuser ${path}`,
        });
      }
    }
    return await work();
  } finally {
    await file.close();
  }
}

/** Nobody else can open the lock, and so hold it. @throws Failure if its directory belongs to somebody else, or is missing */
async function openHostLock(root: string, name: HostLock): Promise<FileHandle> {
  const path = join(root, locks);
  const handle = await ifPresent(openDirectory(path, path));
  if (handle === undefined) throw new Failure(`nothing was pulled into ${root}`, { fix: 'ch-golden pull' });
  try {
    const { uid } = await handle.stat();
    assertOwned(path, { uid, mode: 0 });
    // Until now others could read it.
    await handle.chmod(0o700);
    return await openLockFile(pathWithin({ handle }, name));
  } finally {
    await handle.close();
  }
}

async function createDirectory(path: string): Promise<void> {
  await mkdir(path, { mode: path.endsWith(`/${locks}`) ? 0o700 : 0o755 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error;
  });
  // VMs may lie wherever they like; all else is found by relative paths, which a link would bend.
  if (path.endsWith('/sandboxes') || (await lstat(path)).isDirectory()) return;
  throw new Failure(`${path} is not a directory`, {
    fix: 'links are not followed: mount a filesystem there, or give another --root',
  });
}
