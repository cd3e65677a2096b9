import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/files.js';
import { manifestLimit, parseManifest, type Manifest } from './manifest.js';
import { checkImageName, documentKey, indexKey } from './names.js';
import type { ObjectStore } from './object-store.js';
import { tryGetChannel, type LiveVersion, type StoreIndex } from './store-index.js';
import { readIndex } from './update-index.js';

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
export async function listVersions(image: string, store: ObjectStore): Promise<readonly VersionSummary[]> {
  const index = await readIndex(checkImageName(image), store);
  return index.live.map(({ version, manifestSha256 }) => {
    const channels = Object.entries(index.channels).filter(([, channel]) => channel.version === version).map(([name]) => name);
    const revocation = index.revoked[version];
    return { version, manifestSha256, channels, ...(revocation === undefined ? {} : { revoked: revocation.reason }) };
  }).sort((one, other) => other.version - one.version);
}

/** @throws Failure where the version is not live, or its manifest is not the one that was published. */
export async function getVersion(image: string, version: number, store: ObjectStore): Promise<StoredVersion> {
  const found = await tryFollow(image, (index) => index.live.find((live) => live.version === version), store);
  if (found !== undefined) return found;
  throw new Failure(`version ${version} of ${image} is not live, says ${store.uri(indexKey(image))}`);
}

/** The version that a channel names; undefined where there is no such channel, as before the first version. @throws as `getVersion` does */
export async function tryGetChannelVersion(image: string, channel: string, store: ObjectStore): Promise<StoredVersion | undefined> {
  return tryFollow(image, (index) => tryGetChannel(index, channel), store);
}

const tries = 3;

/** From the index to a manifest. Retention can remove what an older index names: then a newer one is read. */
async function tryFollow(
  image: string, pick: (index: StoreIndex) => LiveVersion | undefined, store: ObjectStore,
): Promise<StoredVersion | undefined> {
  checkImageName(image);
  for (let attempt = 0; ; attempt += 1) {
    const live = pick(await readIndex(image, store));
    if (live === undefined) return undefined;
    const key = documentKey(image, live.version, 'manifest.json');
    const content = await store.read(key, manifestLimit);
    if (content !== undefined) return readVersion(image, live, content.bytes, store.uri(key));
    if (attempt === tries) throw new Failure(`${store.uri(key)} is missing, and the index names it`);
  }
}

function readVersion(image: string, live: LiveVersion, bytes: Buffer, uri: string): StoredVersion {
  if (sha256Of(bytes) !== live.manifestSha256) throw new Failure(`${uri} has another SHA-256 than the index says`);
  const manifest = parseManifest(bytes, uri);
  if (manifest.image !== image || manifest.version !== live.version) throw new Failure(`${uri} is the manifest of ${manifest.image}.${manifest.version}`);
  return { manifest, manifestSha256: live.manifestSha256 };
}
