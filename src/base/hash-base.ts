import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { forgetFile, sha256OfKnownFile } from './known-files.js';
import type { Log } from '../platform/progress/log.js';

/** The base cache, and whether to trust its records. */
export interface BaseCache {
  /** Kept between runs. Contains images by their digest. */
  readonly cacheDirectory: string;
  /** Rehash the base on every run. Default: a base hashed within the last day and unchanged since is reused. */
  readonly verify?: boolean;
}

interface Ports {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The SHA-256 of a base, from the cache's record if the file has not changed, or else from its content. */
export async function hashBase(
  path: string,
  { cacheDirectory, verify = false }: BaseCache,
  ports: Ports,
): Promise<string> {
  const { sha256, hashedAt, wasKnown } = await sha256OfKnownFile(path, {
    directory: recordsDirectory(cacheDirectory),
    full: verify,
    clock: ports.clock,
    signal: ports.signal,
  });
  ports.log.detail(
    wasKnown ? `${path}: unchanged since hashed at ${new Date(hashedAt).toISOString()}` : `${path}: hashed`,
  );
  return sha256;
}

/** Removes the cache's record of a deleted base. */
export async function forgetBase(path: string, cacheDirectory: string): Promise<void> {
  await forgetFile(path, recordsDirectory(cacheDirectory));
}

function recordsDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'verified');
}
