import { parseImageName } from '../names.js';
import type { StorePorts } from '../store-ports.js';
import { listStaged, reapStaged } from './reap-staged.js';
import { findUnlisted, reapUnlisted, type UnlistedVersion } from './reap-unlisted.js';
import { applyRetention, type RetentionOutcome, type RetentionRequest } from './retention.js';
import { listRetention, type RetentionRow } from '../index/store-index.js';
import { readIndex, type IndexPorts } from '../index/update-index.js';

/** What a prune would remove now, and why. */
export interface StorePrunePlan {
  /** The live versions, newest first. */
  readonly versions: readonly RetentionRow[];
  /** Versions that are hidden from readers. Their objects go when the grace period is over. */
  readonly retiring: readonly { readonly version: number; readonly since: string; readonly goes: boolean }[];
  /** Staged objects of any image in the store. */
  readonly staged: readonly { readonly key: string; readonly since: string; readonly goes: boolean }[];
  readonly unlisted: readonly UnlistedVersion[];
}

export interface PruneOutcome extends RetentionOutcome {
  /** Keys of removed objects that dead runs had staged. */
  readonly staged: readonly string[];
  /** Unfinished versions of dead runs whose objects were removed. */
  readonly unlisted: readonly number[];
}

/** Changes nothing. */
export async function planPrune(
  request: Omit<RetentionRequest, 'owner'>,
  ports: Pick<StorePorts, 'store' | 'clock'>,
): Promise<StorePrunePlan> {
  const { image, keep, graceMs } = request;
  const index = await readIndex(parseImageName(image), ports.store);
  const { alive, dead } = await listStaged(request, ports);
  return {
    versions: listRetention(index, keep),
    retiring: index.retiring.map(({ version, since }) => ({
      version,
      since,
      goes: Date.parse(since) + graceMs <= ports.clock.now(),
    })),
    staged: [...dead, ...alive].map(({ key, since }, place) => ({
      key,
      since: new Date(since).toISOString(),
      goes: place < dead.length,
    })),
    unlisted: await findUnlisted(request, ports),
  };
}

/** Removes old versions and leftovers of dead runs. The next call finishes what this one cannot. */
export async function pruneStore(request: RetentionRequest, ports: IndexPorts & StorePorts): Promise<PruneOutcome> {
  parseImageName(request.image);
  const retention = await applyRetention(request, ports);
  const staged = await reapStaged(request, ports);
  return { ...retention, staged, unlisted: await reapUnlisted(request, ports) };
}
