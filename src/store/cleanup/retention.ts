import { formatCount, quoteText } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import { documentKey, isVersionKey, versionPrefix } from '../names.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { finishRetiring, startRetiring } from '../index/store-index.js';
import { updateIndex, type IndexPorts } from '../index/update-index.js';

/** Milliseconds: how long readers of a version that leaves have for finishing. */
export const retentionGraceMs = 24 * 3600 * 1000;

export interface RetentionRequest {
  readonly image: string;
  readonly owner: string;
  /** How many of the newest versions stay; at least 2. What a channel names, or named before, stays beside them. */
  readonly keep: number;
  /** How long a version's objects stay after it has left the index, for readers that are in the middle of it. */
  readonly graceMs: number;
}

export interface RetentionOutcome {
  /** Versions that left the index now. */
  readonly retired: readonly number[];
  /** Versions whose objects are removed now. */
  readonly removed: readonly number[];
}

/**
 * Removes old versions. What a crash leaves undone, the next call does. A version's claim stays: no number
 * comes twice. Bases stay as well, since a run that is about to publish may have found one in the store.
 */
export async function applyRetention(
  request: RetentionRequest,
  ports: IndexPorts & { readonly log: Log },
): Promise<RetentionOutcome> {
  const { image, owner, keep, graceMs } = request;
  const { clock, log } = ports;
  const now = clock.now();
  const started = new Date(now).toISOString();
  const index = await updateIndex({ image, owner, change: (current) => startRetiring(current, keep, started) }, ports);
  const retired = index.retiring.filter(({ since }) => since === started).map(({ version }) => version);
  const removed = index.retiring
    .filter(({ since }) => Date.parse(since) + graceMs <= now)
    .map(({ version }) => version);
  for (const version of removed) {
    await removeVersion(image, version, ports);
    log.detail(`removed version ${version} of ${image}`);
  }
  await updateIndex({ image, owner, change: (current) => finishRetiring(current, removed) }, ports);
  return { retired, removed };
}

/** Removes all of a version but its claim. The manifest goes first: without it, nothing of the version can be mistaken for the whole. */
export async function removeVersion(
  image: string,
  version: number,
  { store, log }: { readonly store: ObjectStore; readonly log: Log },
): Promise<void> {
  await store.delete(documentKey(image, version, 'manifest.json'));
  const claim = documentKey(image, version, 'claim');
  const own: string[] = [];
  const foreign: string[] = [];
  for await (const { key } of store.list(versionPrefix(image, version)))
    (isVersionKey(image, version, key) ? own : foreign).push(key);
  for (const key of own) if (key !== claim) await store.delete(key);
  const [first] = foreign;
  if (first === undefined) return;
  log.warn(
    `version ${version} of ${image} is removed, but for what others have put beside it: ${formatCount(foreign.length, 'object')}, such as ${quoteText(first)}`,
  );
}
