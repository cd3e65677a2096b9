import { resolve } from 'node:path';
import type { Clock } from '../../platform/clock.js';
import { errorMessage } from '../../platform/errors.js';
import { sanitizeLine } from '../../platform/format.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { ObjectReader } from '../../objects/object-store.js';
import { tryGetChannel, type StoreIndex } from '../../store/index/store-index.js';
import { readIndexContent } from '../../store/index/update-index.js';
import { indexKey } from '../../store/names.js';
import { sha256Of } from '../../platform/fs/files.js';
import { tryReadAcceptedIndex } from '../cached-index.js';
import { isComplete, readLocalVersion, tryReadCurrent } from '../local-versions.js';
import { isRolledBack } from '../rolled-back.js';
import { readSeen } from '../seen-file.js';
import { recordIndex, tryGetRevocation, type SeenState } from '../seen-state.js';
import { acceptSignedIndex, readPolicy } from '../trust-policy.js';
import { readVmRecord } from './vm-record.js';
import { listVms, type VmState } from './vm-state.js';
import { createManifestReader, listFixes, type Fixes, type ReadManifest } from './version-fixes.js';

export interface OutdatedRequest {
  readonly root: string;
  /** The channel that the VMs should follow. */
  readonly channel: string;
}

export interface OutdatedPorts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Without a store, only what this host has pulled is known. */
  readonly store?: ObjectReader | undefined;
}

/** Why a VM should move to a different version. */
export type DriftReason =
  /** A newer version is in use on this host, or the channel names one. */
  | 'older'
  | 'revoked'
  /** Its version is no longer live in the store, or its files are missing on this host. */
  | 'removed';

export interface OutdatedVm {
  readonly name: string;
  readonly state: VmState['state'];
  readonly image: string;
  readonly version: number;
  readonly reasons: readonly DriftReason[];
  /** Why its version must not be used. */
  readonly revoked?: string;
  /** The version to move to; absent if none is known that may be used. */
  readonly target?: number;
  /** Whether the target is complete on this host. */
  readonly targetIsLocal?: boolean;
  /** What the target changes; absent if that is unknown. */
  readonly fixes?: Fixes;
}

export interface Drift {
  /** All VMs that were looked at. */
  readonly vms: number;
  readonly outdated: readonly OutdatedVm[];
  /** VMs whose version is unknown, with the reason. */
  readonly unknown: readonly { readonly name: string; readonly problem: string }[];
}

/** Finds the VMs on this host that run on an older, revoked or removed version. */
export async function findOutdatedVms(request: OutdatedRequest, ports: OutdatedPorts): Promise<Drift> {
  const root = resolve(request.root);
  const states = await listVms(root, ports.signal);
  const images = new Map<string, Promise<ImageNews>>();
  const outdated: OutdatedVm[] = [];
  const unknown: { name: string; problem: string }[] = [];
  for (const { name, state } of states) {
    try {
      const { image, version } = await readVmRecord(root, name);
      const news = images.get(image) ?? readNews(root, { ...request, image }, ports);
      images.set(image, news);
      const found = await tryFindDrift(root, { name, state, image, version }, await news);
      if (found !== undefined) outdated.push(found);
    } catch (error) {
      ports.signal.throwIfAborted();
      unknown.push({ name, problem: errorMessage(error) });
    }
  }
  return { vms: states.length, outdated, unknown };
}

/** What this host, and the store if there is one, know about an image. */
interface ImageNews {
  readonly index: StoreIndex | undefined;
  readonly target: number | undefined;
  readonly readManifest: ReadManifest;
}

async function readNews(
  root: string,
  { image, channel }: { readonly image: string; readonly channel: string },
  { store, clock }: OutdatedPorts,
): Promise<ImageNews> {
  const index =
    store === undefined ? await tryReadAcceptedIndex(root, image) : await readStoreIndex(root, image, { store, clock });
  return {
    index,
    target: await tryFindTarget(root, { image, channel, index }),
    readManifest: createManifestReader({ root, image, index }, store),
  };
}

/** Accepted as by a pull, but not remembered: this is no pull. @throws Failure if the host would reject it */
async function readStoreIndex(
  root: string,
  image: string,
  { store, clock }: { readonly store: ObjectReader; readonly clock: Clock },
): Promise<StoreIndex> {
  const { index, content } = await readIndexContent(image, store);
  const uri = store.uri(indexKey(image));
  await acceptSignedIndex(await readPolicy(root), clock)(index, content?.bytes, uri);
  const sha256 = content === undefined ? undefined : sha256Of(content.bytes);
  recordIndex(await readSeen(root, image), { index, sha256, uri });
  return index;
}

/** The newest of the version in use and the one that the channel names, unless it must not be used. */
async function tryFindTarget(
  root: string,
  {
    image,
    channel,
    index,
  }: { readonly image: string; readonly channel: string; readonly index: StoreIndex | undefined },
): Promise<number | undefined> {
  const seen = await readSeen(root, image);
  const named = index === undefined ? undefined : tryGetChannel(index, channel)?.version;
  const isUsable = (version: number): boolean => tryGetRevokedReason(seen, index, version) === undefined;
  const followed = named !== undefined && (await isRolledBack(root, image, named)) ? undefined : named;
  const usable = [await tryReadCurrent(root, image), followed].filter(
    (version): version is number => version !== undefined && isUsable(version),
  );
  return usable.length === 0 ? undefined : Math.max(...usable);
}

async function tryFindDrift(
  root: string,
  vm: Pick<OutdatedVm, 'name' | 'state' | 'image' | 'version'>,
  { index, target, readManifest }: ImageNews,
): Promise<OutdatedVm | undefined> {
  const { image, version } = vm;
  const revoked = tryGetRevokedReason(await readSeen(root, image), index, version);
  const isLive = index === undefined || index.live.some((live) => live.version === version);
  const reasons: DriftReason[] = [];
  if (revoked !== undefined) reasons.push('revoked');
  if (target !== undefined && target > version) reasons.push('older');
  if (!isLive || !(await isLocal(root, image, version))) reasons.push('removed');
  if (reasons.length === 0) return undefined;
  const found = withoutUndefined({ ...vm, reasons, revoked });
  if (target === undefined || target === version) return found;
  const fixes = await listFixes({ from: version, to: target }, readManifest);
  return withoutUndefined({ ...found, target, targetIsLocal: await isLocal(root, image, target), fixes });
}

function tryGetRevokedReason(seen: SeenState, index: StoreIndex | undefined, version: number): string | undefined {
  const known = tryGetRevocation(seen, { version }) ?? index?.revoked[version];
  return known === undefined ? undefined : sanitizeLine(known.reason);
}

async function isLocal(root: string, image: string, version: number): Promise<boolean> {
  return readLocalVersion(root, image, version).then(isComplete, () => false);
}
