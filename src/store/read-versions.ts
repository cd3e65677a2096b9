import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { assertIndexNotLost } from './index/lost-index.js';
import { manifestLimit, parseManifest, type Manifest } from './documents/manifest.js';
import { parseImageName, documentKey, indexKey } from './names.js';
import type { ObjectReader, ObjectStore } from '../objects/object-store.js';
import { tryGetChannel, type LiveVersion, type Revocation, type StoreIndex } from './index/store-index.js';
import { readIndex, readIndexContent } from './index/update-index.js';

export interface VersionSummary {
  readonly version: number;
  readonly manifestSha256: string;
  /** The channels that name it now. */
  readonly channels: readonly string[];
  /** Why it must not be used, where it must not. */
  readonly revoked?: string;
}

export interface StoredVersion {
  /** The one that the index vouches for. */
  readonly manifest: Manifest;
  readonly manifestSha256: string;
}

/** The live versions of an image, newest first. */
export async function listVersions(image: string, store: ObjectReader): Promise<readonly VersionSummary[]> {
  const index = await readIndex(parseImageName(image), store);
  return index.live
    .map(({ version, manifestSha256 }) => {
      const channels = Object.entries(index.channels)
        .filter(([, channel]) => channel.version === version)
        .map(([name]) => name);
      const revocation = index.revoked[version];
      return { version, manifestSha256, channels, ...(revocation === undefined ? {} : { revoked: revocation.reason }) };
    })
    .sort((one, other) => other.version - one.version);
}

/** A version with all that a host asks about it. */
export interface FoundVersion extends StoredVersion {
  /** The manifest as it was published. */
  readonly bytes: Buffer;
  /** Why the version must not be used, where it must not. */
  readonly revocation?: Revocation;
}

/** @throws Failure where the version is not live, or its manifest is not the one that was published. */
export async function getVersion(image: string, version: number, store: ObjectReader): Promise<StoredVersion> {
  return findVersion(image, version, store);
}

/** The version that a channel names; undefined where there is no such channel, as before the first version. @throws as `getVersion` does */
export async function tryGetChannelVersion(
  image: string,
  channel: string,
  store: ObjectReader,
): Promise<StoredVersion | undefined> {
  return tryFollow(image, (index) => tryGetChannel(index, channel), store);
}

/** What a new version is compared with. */
export interface Reference {
  /** The version that the channel names; where it names none, the newest of the image that is not revoked. */
  readonly newest: StoredVersion | undefined;
  /** Whether the channel names it. */
  readonly isNamed: boolean;
}

/** @throws Failure where the index is lost; as `getVersion` does */
export async function findReference(image: string, channel: string, store: ObjectStore): Promise<Reference> {
  const named = await tryGetChannelVersion(image, channel, store);
  const newest = named ?? (await tryFollow(image, tryGetNewest, store));
  if (newest === undefined) await assertIndexNotLost(image, store);
  return { newest, isNamed: named !== undefined };
}

function tryGetNewest({ live, revoked }: StoreIndex): LiveVersion | undefined {
  const [newest] = live
    .filter(({ version }) => revoked[version] === undefined)
    .sort((one, other) => other.version - one.version);
  return newest;
}

/**
 * Checks an index before it is used, each time one is read, and throws to reject it. If the store has no index, `index` is empty
 * and `bytes` is undefined. `uri` is the address of the index, without credentials.
 */
export type AcceptIndex = (index: StoreIndex, bytes: Buffer | undefined, uri: string) => Promise<void>;

/** How a host reads a version. */
export interface ReadHooks {
  /** Returns the bytes of a manifest that the host has, if any: they are used if their SHA-256 is right. */
  readonly tryReadKept?: (version: number) => Promise<Buffer | undefined>;
  readonly accept?: AcceptIndex;
}

/** A version by its number, or the one that a channel names. @throws Failure where there is none, or as `getVersion` and `accept` do */
export async function findVersion(
  image: string,
  wanted: number | string,
  store: ObjectReader,
  hooks: ReadHooks = {},
): Promise<FoundVersion> {
  const pick = (index: StoreIndex): LiveVersion | undefined =>
    typeof wanted === 'number' ? index.live.find((live) => live.version === wanted) : tryGetChannel(index, wanted);
  const found = await tryFollow(image, pick, store, hooks);
  if (found !== undefined) return found;
  const what =
    typeof wanted === 'number'
      ? `version ${wanted} of ${image} is not live`
      : `there is no channel ${wanted} of ${image}`;
  throw new Failure(`${what}, says ${store.uri(indexKey(image))}`, { fix: 'ch-golden list tells which there are' });
}

const tries = 3;

/** From the index to a manifest. Retention can remove what an older index names: then a newer one is read. */
async function tryFollow(
  image: string,
  pick: (index: StoreIndex) => LiveVersion | undefined,
  store: ObjectReader,
  hooks: ReadHooks = {},
): Promise<FoundVersion | undefined> {
  parseImageName(image);
  for (let attempt = 0; ; attempt += 1) {
    const index = await readAccepted(image, store, hooks);
    const live = pick(index);
    if (live === undefined) return undefined;
    const key = documentKey(image, live.version, 'manifest.json');
    const kept = await hooks.tryReadKept?.(live.version);
    const bytes =
      kept !== undefined && sha256Of(kept) === live.manifestSha256
        ? kept
        : (await store.read(key, manifestLimit))?.bytes;
    const revocation = index.revoked[live.version];
    if (bytes !== undefined)
      return {
        ...toStoredVersion(image, live, bytes, store.uri(key)),
        bytes,
        ...(revocation === undefined ? {} : { revocation }),
      };
    if (attempt === tries) throw new Failure(`${store.uri(key)} is missing, and the index names it`);
  }
}

async function readAccepted(image: string, store: ObjectReader, { accept }: ReadHooks): Promise<StoreIndex> {
  const { index, content } = await readIndexContent(image, store);
  await accept?.(index, content?.bytes, store.uri(indexKey(image)));
  return index;
}

/** The version that an index names, with the bytes of its manifest. @throws Failure if the manifest is missing or differs from what was published */
export async function readLive(
  image: string,
  live: LiveVersion,
  store: ObjectReader,
): Promise<StoredVersion & { readonly bytes: Buffer }> {
  const key = documentKey(image, live.version, 'manifest.json');
  const content = await store.read(key, manifestLimit);
  if (content === undefined) throw new Failure(`${store.uri(key)} is missing, and the index names it`);
  return { ...toStoredVersion(image, live, content.bytes, store.uri(key)), bytes: content.bytes };
}

function toStoredVersion(image: string, live: LiveVersion, bytes: Buffer, uri: string): StoredVersion {
  if (sha256Of(bytes) !== live.manifestSha256) throw new Failure(`${uri} has another SHA-256 than the index says`);
  const manifest = parseManifest(bytes, uri);
  if (manifest.image !== image || manifest.version !== live.version)
    throw new Failure(`${uri} is the manifest of ${manifest.image}.${manifest.version}`);
  return { manifest, manifestSha256: live.manifestSha256 };
}
