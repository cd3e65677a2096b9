import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/progress/log.js';
import { parseImageName } from '../names.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { listStaged, reapStaged } from './reap-staged.js';
import { findUnlisted, reapUnlisted, type UnlistedVersion } from './reap-unlisted.js';
import { applyRetention, type RetentionOutcome, type RetentionRequest } from './retention.js';
import { listRetention, type RetentionRow } from '../index/store-index.js';
import { readIndex, type IndexPorts } from '../index/update-index.js';

/** What a prune would do now, and why. */
export interface StorePrunePlan {
  /** The live versions, newest first. */
  readonly versions: readonly RetentionRow[];
  /** Those that are no longer to be taken; their objects go when the grace period is over. */
  readonly retiring: readonly { readonly version: number; readonly since: string; readonly goes: boolean }[];
  /** Of any image of the store. */
  readonly staged: readonly { readonly key: string; readonly since: string; readonly goes: boolean }[];
  readonly unlisted: readonly UnlistedVersion[];
}

export interface PruneOutcome extends RetentionOutcome {
  /** Keys of what dead runs had staged, removed now. */
  readonly staged: readonly string[];
  /** Versions that dead runs did not finish, whose objects are removed now. */
  readonly unlisted: readonly number[];
}

/** Looks, and changes nothing. */
export async function planPrune(
  request: Omit<RetentionRequest, 'owner'>,
  ports: { readonly store: ObjectStore; readonly clock: Clock },
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

/** Removes old versions, and what dead runs have left. Whatever it cannot finish, the next call does. */
export async function pruneStore(
  request: RetentionRequest,
  ports: IndexPorts & { readonly log: Log },
): Promise<PruneOutcome> {
  parseImageName(request.image);
  const retention = await applyRetention(request, ports);
  const staged = await reapStaged(request, ports);
  return { ...retention, staged, unlisted: await reapUnlisted(request, ports) };
}
