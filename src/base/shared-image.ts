import { link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessage } from '../platform/errors.js';
import { sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { CacheEntry, SharedCache } from '../platform/shared-cache.js';
import { addToCache, cachedPath } from './image-cache.js';

interface Ports {
  readonly shared: SharedCache;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Fetches the image with this digest from the shared cache into the cache directory. False if it is missing or damaged.
 */
export async function fetchSharedImage(cacheDirectory: string, sha256: string, ports: Ports): Promise<boolean> {
  return withEntry(cacheDirectory, sha256, async (entry) => {
    if ((await ports.shared.tryRestore(entry, ports)) === undefined) return false;
    const actual = await sha256OfFile(entry.path, ports.signal);
    if (actual !== sha256) {
      ports.log.warn(`Ignored ${entry.key} in the shared cache: wrong content (SHA-256 is ${actual})`);
      return false;
    }
    await addToCache(cacheDirectory, entry.path, sha256);
    ports.log.info(`Base ${sha256.slice(0, 12)}: from the shared cache, verified`);
    return true;
  });
}

/** Saves the image with this digest to the shared cache. Only warns if that fails. */
export async function shareImage(cacheDirectory: string, sha256: string, ports: Ports): Promise<void> {
  try {
    await withEntry(cacheDirectory, sha256, async (entry) => {
      await link(cachedPath(cacheDirectory, sha256), entry.path);
      await ports.shared.save(entry, ports);
    });
  } catch (error) {
    ports.signal.throwIfAborted();
    ports.log.warn(`Could not save the base to the shared cache: ${errorMessage(error)}`);
  }
}

/** Not in the directory of cached images, because a partly unpacked file must not look like one. */
async function withEntry<T>(
  cacheDirectory: string,
  sha256: string,
  work: (entry: CacheEntry) => Promise<T>,
): Promise<T> {
  const entry = { key: `ch-golden-base-${sha256}`, path: join(cacheDirectory, 'shared', sha256) };
  await mkdir(dirname(entry.path), { recursive: true });
  await rm(entry.path, { force: true });
  try {
    return await work(entry);
  } finally {
    await rm(entry.path, { force: true });
  }
}
