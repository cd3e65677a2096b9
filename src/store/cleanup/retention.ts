import { formatCount, quoteText } from '../../platform/format.js';

import type { ObjectStore } from '../../objects/object-store.js';
import { documentKey, imagePrefix, isVersionKey, tryParseVersion, versionPrefix } from '../names.js';
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
  await removeVersions(image, removed, ports);
  for (const version of removed) log.detail(`Removed version ${version} of ${image}`);
  await updateIndex({ image, owner, change: (current) => finishRetiring(current, removed) }, ports);
  return { retired, removed };
}

/** Up to this many versions are listed one by one. For more, one listing of the whole image takes fewer requests. */
const mostListedAlone = 8;

/**
 * Removes everything of the versions but their claims, in as few requests as the store allows. Manifests go first:
 * without it, no version looks complete.
 */
export async function removeVersions(
  image: string,
  versions: readonly number[],
  { store, log }: Pick<StorePorts, 'store' | 'log'>,
): Promise<void> {
  if (versions.length === 0) return;
  await store.deleteMany(versions.map((version) => documentKey(image, version, 'manifest.json')));
  const own: string[] = [];
  const foreign = new Map<number, string[]>();
  for await (const { key, version } of listKeys(image, versions, store)) {
    if (!isVersionKey(image, version, key)) foreign.set(version, [...(foreign.get(version) ?? []), key]);
    else if (key !== documentKey(image, version, 'claim')) own.push(key);
  }
  await store.deleteMany(own);
  for (const [version, [first = '', ...others]] of foreign) {
    log.warn(
      `Removed version ${version} of ${image}, except ${formatCount(1 + others.length, 'object')} written by others, ` +
        `e.g. ${quoteText(first)}`,
    );
  }
}

async function* listKeys(
  image: string,
  versions: readonly number[],
  store: ObjectStore,
): AsyncGenerator<{ readonly key: string; readonly version: number }> {
  const wanted = new Set(versions);
  const prefixes =
    versions.length > mostListedAlone ? [imagePrefix(image)] : versions.map((version) => versionPrefix(image, version));
  for (const prefix of prefixes) {
    for await (const { key } of store.list(prefix)) {
      const version = tryParseVersion(image, key);
      if (version !== undefined && wanted.has(version)) yield { key, version };
    }
  }
}
