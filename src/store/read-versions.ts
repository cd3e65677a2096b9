import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
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
  /** Channels that name it now. */
  readonly channels: readonly string[];
  /** Why it was revoked, if it was. */
  readonly revoked: string | undefined;
}

export interface StoredVersion {
  /** Its SHA-256 is the one in the index. */
  readonly manifest: Manifest;
  readonly manifestSha256: string;
}

/** The live versions of an image, newest first. */
export async function listVersions(image: string, store: ObjectReader): Promise<readonly VersionSummary[]> {
  const index = await readIndex(parseImageName(image), store);
  return index.live
    .map(({ version, manifestSha256 }) => {
      const revoked = index.revoked[version]?.reason;
      return { version, manifestSha256, channels: channelsOf(index, version), revoked };
    })
    .sort((one, other) => other.version - one.version);
}

function channelsOf({ channels }: StoreIndex, version: number): readonly string[] {
  return Object.entries(channels)
    .filter(([, channel]) => channel.version === version)
    .map(([name]) => name);
}

/** A version with everything that a host needs to know. */
export interface FoundVersion extends StoredVersion {
  /** The manifest as published. */
  readonly bytes: Buffer;
  /** Set if the version must not be used. */
  readonly revocation: Revocation | undefined;
  /** Channels that name it now. */
  readonly channels: readonly string[];
}

/** @throws Failure if the version is not live, or its manifest is not the published one */
export async function getVersion(image: string, version: number, store: ObjectReader): Promise<StoredVersion> {
  return findVersion(image, version, store);
}

/** The version that a channel names; undefined if there is no such channel. @throws as `getVersion` does */
export async function tryGetChannelVersion(
  image: string,
  channel: string,
  store: ObjectReader,
): Promise<StoredVersion | undefined> {
  return tryFollow(image, (index) => tryGetChannel(index, channel), store);
}

/** The version that a new one is compared with. */
export interface Reference {
  /** The version that the channel names, or else the newest one that is not revoked. */
  readonly newest: StoredVersion | undefined;
  /** Whether the channel names it. */
  readonly isNamed: boolean;
}

/** @throws Failure if the index is lost; as `getVersion` does */
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
 * Called with each index that is read, before it is used. Throws to reject it. If the store has no index, `index` is
 * empty and `bytes` is undefined. `uri` is the address of the index, without credentials.
 */
export type AcceptIndex = (index: StoreIndex, bytes: Buffer | undefined, uri: string) => Promise<void>;

/** How a host reads a version. */
export interface ReadHooks {
  /** Reads a manifest that the host has, if any. It is used if its SHA-256 matches the index. */
  readonly tryReadKept?: (version: number) => Promise<Buffer | undefined>;
  readonly accept?: AcceptIndex;
}

/** A version by its number or channel. @throws Failure if there is none; as `getVersion` and `accept` do */
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
      : `${image} has no channel ${quoteText(wanted)}`;
  throw new Failure(`${what} (index: ${store.uri(indexKey(image))})`, {
    fix: 'list versions and channels: ch-golden list',
  });
}

const tries = 3;

/** Follows the index to a manifest. If retention removed it since the index was read, reads the newer index. */
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
    const channels = channelsOf(index, live.version);
    if (bytes !== undefined)
      return { ...toStoredVersion(image, live, bytes, store.uri(key)), bytes, revocation, channels };
    if (attempt === tries) throw missingManifestFailure(store.uri(key));
  }
}

async function readAccepted(image: string, store: ObjectReader, { accept }: ReadHooks): Promise<StoreIndex> {
  const { index, content } = await readIndexContent(image, store);
  await accept?.(index, content?.bytes, store.uri(indexKey(image)));
  return index;
}

/** A version that the index names. @throws Failure if its manifest is missing, or not the published one */
export async function readLive(
  image: string,
  live: LiveVersion,
  store: ObjectReader,
): Promise<StoredVersion & { readonly bytes: Buffer }> {
  const key = documentKey(image, live.version, 'manifest.json');
  const content = await store.read(key, manifestLimit);
  if (content === undefined) throw missingManifestFailure(store.uri(key));
  return { ...toStoredVersion(image, live, content.bytes, store.uri(key)), bytes: content.bytes };
}

function missingManifestFailure(uri: string): Failure {
  return new Failure(`${uri} is missing, but the index lists it`);
}

function toStoredVersion(image: string, live: LiveVersion, bytes: Buffer, uri: string): StoredVersion {
  if (sha256Of(bytes) !== live.manifestSha256) throw new Failure(`${uri}: SHA-256 differs from the one in the index`);
  const manifest = parseManifest(bytes, uri);
  if (manifest.image !== image || manifest.version !== live.version)
    throw new Failure(`${uri} is the manifest of ${manifest.image}.${manifest.version}`);
  return { manifest, manifestSha256: live.manifestSha256 };
}
