import { chmod, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createDirectories } from '../platform/fs/create-directories.js';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { createLockDirectory, openLockFile, tryLockFile } from '../platform/fs/file-lock.js';
import { pathExists, syncDirectory } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { forgetBase, hashBase, type BaseCache } from './hash-base.js';
import { removeInNamespace } from './user-namespace.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** The path of the file with this digest in the cache. */
export function cachedPath(cacheDirectory: string, sha256: string): string {
  return join(cacheDirectory, 'sha256', sha256);
}

/** The cached file with this digest, verified by `hashBase`. Removes the file if its digest is a different one. */
export async function tryGetCached(
  cache: BaseCache,
  sha256: string,
  ports: Ports & { readonly clock: Clock },
): Promise<string | undefined> {
  const path = cachedPath(cache.cacheDirectory, sha256);
  if (!(await pathExists(path))) return undefined;
  const actual = await hashBase(path, cache, ports);
  if (actual === sha256) return path;
  ports.log.warn(`Removed damaged base from the cache: ${path} (SHA-256 is ${actual})`);
  await rm(path, { force: true });
  await forgetBase(path, cache.cacheDirectory);
  return undefined;
}

/** Moves a complete, verified file into the cache, read-only and atomically. It must be on the cache's filesystem. */
export async function addToCache(cacheDirectory: string, file: string, sha256: string): Promise<string> {
  const path = cachedPath(cacheDirectory, sha256);
  await createDirectories(dirname(path));
  await chmod(file, 0o444);
  const handle = await open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(file, path);
  await syncDirectory(dirname(path));
  return path;
}

const maxWaitSeconds = 3600;

/** Runs `work` while no other run on this host does work of the same name in this cache. */
export async function withLock<T>(
  cacheDirectory: string,
  name: string,
  ports: Ports,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(cacheDirectory, 'locks', name);
  await createDirectories(cacheDirectory);
  await createLockDirectory(dirname(path));
  const file = await openLockFile(path);
  try {
    if (!(await tryLockFile(file, 0, ports.processes))) {
      ports.log.info(`Waiting for another run on this host to finish with ${name}`);
      if (!(await tryLockFile(file, maxWaitSeconds, ports.processes))) {
        throw new Failure(`timed out after an hour: another run on this host still uses ${name}`, {
          fix: `find its process: fuser ${path}`,
        });
      }
    }
    return await work();
  } finally {
    await file.close();
  }
}

/**
 * Like `withLock`, with an empty scratch directory on the cache's filesystem. Leftovers of a killed run are removed.
 */
export async function withScratch<T>(
  cacheDirectory: string,
  name: string,
  ports: Ports,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  return withLock(cacheDirectory, name, ports, async () => {
    const directory = join(cacheDirectory, 'work', name);
    await removeInNamespace(directory, ports);
    await createDirectories(directory);
    try {
      return await work(directory);
    } finally {
      await removeInNamespace(directory, ports);
    }
  });
}
