import type * as Cache from '@actions/cache';
import { errorMessage } from '../errors.js';
import type { Log } from '../progress/log.js';
import type { SharedCache } from '../shared-cache.js';

/** For a download that stalls: the library's default is ten minutes for each segment. */
const downloadLimits = { segmentTimeoutInMs: 60_000, timeoutInMs: 30_000 };

/** GitHub's cache for the repository, as used by `actions/cache`, until `signal` aborts. */
export function createGitHubCache(signal: AbortSignal): SharedCache {
  return {
    tryRestore: async ({ key, path, prefix }, { log }) =>
      tryInCache('read', { log, signal }, async (cache) =>
        cache.restoreCache([path], key, prefix === undefined ? [] : [prefix], downloadLimits),
      ),
    save: async ({ key, path }, { log }) => {
      await tryInCache('written', { log, signal }, async (cache) => cache.saveCache([path], key));
    },
  };
}

type Library = typeof Cache;

interface Ports {
  readonly log: Log;
  readonly signal: AbortSignal;
}

async function tryInCache<T>(
  what: string,
  { log, signal }: Ports,
  work: (cache: Library) => Promise<T>,
): Promise<T | undefined> {
  signal.throwIfAborted();
  try {
    // Imported here, because few runs need these megabytes.
    const cache = await import('@actions/cache');
    if (!cache.isFeatureAvailable()) throw new Error('this runner does not have one');
    return await orAbort(work(cache), signal);
  } catch (error) {
    signal.throwIfAborted();
    log.warn(`GitHub's cache could not be ${what}: ${errorMessage(error)}`);
    return undefined;
  }
}

/** The library takes no signal, and a cancelled run does not wait for it. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Error('cancelled'));
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
