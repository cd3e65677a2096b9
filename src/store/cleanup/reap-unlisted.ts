import type { Clock } from '../../platform/clock.js';
import type { Log } from '../../platform/progress/log.js';
import { formatBuilder, tryReadClaim } from '../claim-version.js';
import { assertIndexNotLost } from '../index/lost-index.js';
import { documentKey, imagePrefix, isVersionKey, tryParseVersion } from '../names.js';
import type { ListedObject, ObjectStore } from '../../objects/object-store.js';
import { listStaged } from './reap-staged.js';
import { removeVersion } from './retention.js';
import { abandonVersions, type StoreIndex } from '../index/store-index.js';
import { readIndex, updateIndex, type IndexPorts } from '../index/update-index.js';

/** Objects of a version that the index does not know: its run is not done yet, or died before it was. */
export interface UnlistedVersion {
  readonly version: number;
  readonly objects: number;
  readonly bytes: number;
  readonly goes: boolean;
  readonly why: string;
}

interface UnlistedRequest {
  readonly image: string;
  /** How long after its claim a run may still be at work. */
  readonly graceMs: number;
}

interface UnlistedPorts {
  readonly store: ObjectStore;
  readonly clock: Clock;
}

/**
 * Finds what runs have left that died between the first completed file and the index. Claims are no leftovers.
 * @throws Failure where the index is lost
 */
export async function findUnlisted(
  request: UnlistedRequest,
  ports: UnlistedPorts,
): Promise<readonly UnlistedVersion[]> {
  const { image } = request;
  const objectsOf = await listVersionObjects(image, ports.store);
  // The index is read last: what is published meanwhile is in it.
  const index = await readIndex(image, ports.store);
  if (index.generation === 0) await assertIndexNotLost(image, ports.store);
  const listed = new Set([...index.live, ...index.retiring].map(({ version }) => version));
  const atWork = new Set((await listStaged(request, ports)).alive.map(({ key }) => tryParseVersion(image, key)));
  const found: UnlistedVersion[] = [];
  for (const [version, objects] of objectsOf) {
    if (listed.has(version)) continue;
    const isWhole = objects.some(({ key }) => key === documentKey(image, version, 'manifest.json'));
    const verdict = atWork.has(version)
      ? { goes: false, why: 'its run is at work' }
      : await decide({ version, isWhole }, index, request, ports);
    found.push({
      version,
      objects: objects.length,
      bytes: objects.reduce((sum, { size }) => sum + size, 0),
      ...verdict,
    });
  }
  return found.sort((one, other) => other.version - one.version);
}

/**
 * Removes what `findUnlisted` says may go, and gives its versions. They are given up in the index first, for good: a run
 * that is only slow fails at its last step then, instead of publishing what is removed here.
 */
export async function reapUnlisted(
  request: UnlistedRequest & { readonly owner: string },
  ports: IndexPorts & { readonly log: Log },
): Promise<readonly number[]> {
  const { image, owner } = request;
  const dead = (await findUnlisted(request, ports)).filter(({ goes }) => goes).map(({ version }) => version);
  if (dead.length === 0) return [];
  const { abandoned } = await updateIndex({ image, owner, change: (index) => abandonVersions(index, dead) }, ports);
  const reaped = dead.filter((version) => abandoned.includes(version));
  for (const version of reaped) {
    await removeVersion(image, version, ports);
    ports.log.detail(`removed what a run that has ended left of version ${version} of ${image}`);
  }
  return reaped;
}

/** Each version's objects but the claim. */
async function listVersionObjects(
  image: string,
  store: ObjectStore,
): Promise<ReadonlyMap<number, readonly ListedObject[]>> {
  const objectsOf = new Map<number, ListedObject[]>();
  for await (const object of store.list(imagePrefix(image))) {
    const version = tryParseVersion(image, object.key);
    if (
      version === undefined ||
      !isVersionKey(image, version, object.key) ||
      object.key === documentKey(image, version, 'claim')
    )
      continue;
    objectsOf.set(version, [...(objectsOf.get(version) ?? []), object]);
  }
  return objectsOf;
}

/** A whole version stays, even where its run seems to have died: the index may be an older one, which does not know what was published. */
async function decide(
  { version, isWhole }: { readonly version: number; readonly isWhole: boolean },
  index: StoreIndex,
  request: UnlistedRequest,
  ports: UnlistedPorts,
): Promise<{ readonly goes: boolean; readonly why: string }> {
  if (index.abandoned.includes(version)) return { goes: true, why: 'it was given up' };
  if (isWhole)
    return {
      goes: false,
      why: 'it is whole, and only the index does not know it: restore an index that does, or give it up by removing its manifest.json',
    };
  const claim = await tryReadClaim(request.image, version, ports.store);
  if (claim === undefined) return { goes: false, why: 'it has no claim: no run of ours has put it there' };
  const claimed = `claimed by ${formatBuilder(claim.builder)} at ${claim.created}`;
  const isOld = ports.clock.now() - Date.parse(claim.created) >= request.graceMs;
  return { goes: isOld, why: isOld ? `${claimed}, and not published since` : `${claimed}: it may still be at work` };
}
