import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { forgetFile, sha256OfKnownFile } from './known-files.js';
import type { Log } from '../platform/progress/log.js';

/** The cache of a run, and whether the run believes what is recorded there. */
export interface BaseCache {
  /** Kept from run to run; images lie in it under their digest. */
  readonly cacheDirectory: string;
  /** Hash the base, although it has not changed since it was hashed. Default: such a base is believed for a day. */
  readonly verify?: boolean;
}

interface Ports {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The SHA-256 of a base: from its bytes, or from what the cache recorded of them while the file has not changed. */
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
    wasKnown ? `${path}: unchanged since it was hashed at ${new Date(hashedAt).toISOString()}` : `${path}: hashed`,
  );
  return sha256;
}

/** Removes what the cache recorded of a base that is gone. */
export async function forgetBase(path: string, cacheDirectory: string): Promise<void> {
  await forgetFile(path, recordsDirectory(cacheDirectory));
}

function recordsDirectory(cacheDirectory: string): string {
  return join(cacheDirectory, 'verified');
}
