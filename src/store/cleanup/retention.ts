import { formatCount, quoteText } from '../../platform/format.js';

import { documentKey, isVersionKey, versionPrefix } from '../names.js';
import type { StorePorts } from '../store-ports.js';
import { finishRetiring, startRetiring } from '../index/store-index.js';
import { updateIndex, type IndexPorts } from '../index/update-index.js';

/** How long readers of a retired version have to finish. */
export const retentionGraceMs = 24 * 3600 * 1000;

export interface RetentionRequest {
  readonly image: string;
  readonly owner: string;
  /** How many of the newest versions stay, at least 2. What a channel names, or named before, stays too. */
  readonly keep: number;
  /** How long a version's objects stay after it has left the index, for readers that still need them. */
  readonly graceMs: number;
}

export interface RetentionOutcome {
  /** Versions that left the index. */
  readonly retired: readonly number[];
  /** Versions whose objects were removed. */
  readonly removed: readonly number[];
}

/**
 * Removes old versions. After a crash the next call finishes. Claims stay, so that no number is used twice. Bases stay
 * too: a run that is about to publish may rely on one that it found in the store.
 */
export async function applyRetention(
  request: RetentionRequest,
  ports: IndexPorts & StorePorts,
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

/** Removes everything of a version but its claim. The manifest goes first: without it, no version looks complete. */
export async function removeVersion(
  image: string,
  version: number,
  { store, log }: Pick<StorePorts, 'store' | 'log'>,
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
    `removed version ${version} of ${image}, except ${formatCount(foreign.length, 'object')} written by others, ` +
      `e.g. ${quoteText(first)}`,
  );
}
