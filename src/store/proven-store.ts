import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessage } from '../platform/errors.js';
import { sha256Of, writeFileAtomically } from '../platform/fs/files.js';
import { productVersion } from '../platform/version.js';
import { schemeOf } from '../objects/store-address.js';
import type { StorePlace } from '../objects/open-store.js';
import { probeStore, type ProbeRequest } from './probe-store.js';
import type { StorePorts } from './store-ports.js';

/** A store that passed the probe is trusted for this long. */
const trustedMs = 24 * 3600 * 1000;

export interface ProbeOnceRequest extends ProbeRequest {
  readonly place: StorePlace;
  /** Holds the results of earlier probes. */
  readonly cacheDirectory: string;
}

/**
 * Probes a store unless this machine did so within a day, for the same image, with the same release: a probe takes 69
 * requests. Only a store without defects is remembered, and a directory never is: its probe costs no requests.
 * @returns the defects found, one line each
 * @throws as `probeStore` does
 */
export async function probeStoreOnce(request: ProbeOnceRequest, ports: StorePorts): Promise<readonly string[]> {
  const { place, cacheDirectory } = request;
  if (schemeOf(place.address) !== 's3') return probeStore(request, ports);
  const path = join(cacheDirectory, 'proven-stores', toId(request));
  const age = ports.clock.now() - (await tryReadTime(path));
  // A time in the future is not trusted.
  if (age >= 0 && age < trustedMs) {
    ports.log.detail('Store check skipped: this store passed it within the last 24 hours');
    return [];
  }
  const defects = await probeStore(request, ports);
  if (defects.length === 0) await recordProven(path, ports);
  return defects;
}

function toId({ image, place }: ProbeOnceRequest): string {
  const { address, endpoint, region, forcePathStyle } = place;
  return sha256Of(JSON.stringify([productVersion, image, address, endpoint, region, forcePathStyle]));
}

/** Milliseconds since the epoch; NaN if the store is not known. */
async function tryReadTime(path: string): Promise<number> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** A cache that cannot be written costs a probe next time, not the build. */
async function recordProven(path: string, { clock, log }: StorePorts): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomically(path, String(clock.now()));
  } catch (error) {
    log.detail(`Could not remember the store check: ${errorMessage(error)}`);
  }
}
