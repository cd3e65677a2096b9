import { formatBuilder, tryReadClaim } from '../claim-version.js';
import { assertIndexNotLost } from '../index/lost-index.js';
import { documentKey, imagePrefix, isVersionKey, tryParseVersion } from '../names.js';
import type { ListedObject, ObjectStore } from '../../objects/object-store.js';
import type { StorePorts } from '../store-ports.js';
import { listStaged } from './reap-staged.js';
import { removeVersions } from './retention.js';
import { abandonVersions, type StoreIndex } from '../index/store-index.js';
import { readIndex, updateIndex, type IndexPorts } from '../index/update-index.js';

/** Objects of a version that is not in the index: its run is still at work, or died. */
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

type UnlistedPorts = Pick<StorePorts, 'store' | 'clock'>;

/**
 * Finds what is left of runs that died between the first completed file and the index. Claims do not count.
 * @throws Failure if the index is lost
 */
export async function findUnlisted(
  request: UnlistedRequest,
  ports: UnlistedPorts,
): Promise<readonly UnlistedVersion[]> {
  const { image } = request;
  const objectsOf = await listVersionObjects(image, ports.store);
  // Read the index last: it lists what was published meanwhile.
  const index = await readIndex(image, ports.store);
  if (index.generation === 0) await assertIndexNotLost(image, ports.store);
  const listed = new Set([...index.live, ...index.retiring].map(({ version }) => version));
  const atWork = new Set((await listStaged(request, ports)).alive.map(({ key }) => tryParseVersion(image, key)));
  const found: UnlistedVersion[] = [];
  for (const [version, objects] of objectsOf) {
    if (listed.has(version)) continue;
    const isComplete = objects.some(({ key }) => key === documentKey(image, version, 'manifest.json'));
    const verdict = atWork.has(version)
      ? { goes: false, why: 'its run is still at work' }
      : await decide({ version, isComplete }, index, request, ports);
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
 * Removes what `findUnlisted` finds removable, and returns its versions. It abandons them in the index first, for good:
 * a run that is merely slow then fails at its last step, instead of publishing what is removed here.
 */
export async function reapUnlisted(
  request: UnlistedRequest & { readonly owner: string },
  ports: IndexPorts & StorePorts,
): Promise<readonly number[]> {
  const { image, owner } = request;
  const dead = (await findUnlisted(request, ports)).filter(({ goes }) => goes).map(({ version }) => version);
  if (dead.length === 0) return [];
  const { abandoned } = await updateIndex({ image, owner, change: (index) => abandonVersions(index, dead) }, ports);
  const reaped = dead.filter((version) => abandoned.includes(version));
  await removeVersions(image, reaped, ports);
  for (const version of reaped) ports.log.detail(`Removed the unfinished version ${version} of ${image}`);
  return reaped;
}

/** The objects of each version, without claims. */
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

/** A complete version stays even if its run seems dead: the index may be an older copy that does not list it. */
async function decide(
  { version, isComplete }: { readonly version: number; readonly isComplete: boolean },
  index: StoreIndex,
  request: UnlistedRequest,
  ports: UnlistedPorts,
): Promise<{ readonly goes: boolean; readonly why: string }> {
  if (index.abandoned.includes(version)) return { goes: true, why: 'abandoned' };
  if (isComplete)
    return {
      goes: false,
      why: 'complete, but missing from the index: restore an index that lists it, or remove its manifest.json',
    };
  const claim = await tryReadClaim(request.image, version, ports.store);
  if (claim === undefined) return { goes: false, why: 'has no claim, so a different program wrote it' };
  const claimed = `claimed by ${formatBuilder(claim.builder)} at ${claim.created}`;
  const isOld = ports.clock.now() - Date.parse(claim.created) >= request.graceMs;
  return { goes: isOld, why: isOld ? `${claimed}, not published since` : `${claimed}, may still be at work` };
}
