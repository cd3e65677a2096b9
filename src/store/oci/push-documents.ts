import type { ObjectReader } from '../../objects/object-store.js';
import { Failure } from '../../platform/errors.js';
import { formatCount, quoteText } from '../../platform/format.js';
import { retryTransient } from '../../platform/retry.js';
import { formatOciDocument, mediaTypes, type Descriptor, type OciManifest } from '../../registry/documents.js';
import { listReferrers, tryReadDigest, writeReferrer } from '../../registry/manifests.js';
import { formatRepository } from '../../registry/reference.js';
import { digestOf } from '../../registry/registry-client.js';
import { uploadBlob } from '../../registry/upload.js';
import { parseDocument } from '../../platform/document.js';
import { documentLimit } from '../documents/read-document.js';
import type { Manifest } from '../documents/manifest.js';
import { indexKind, type StoreIndex } from '../index/store-index.js';
import { heartbeatKey, indexKey, versionPrefix } from '../names.js';
import { heartbeatTag, indexTag, ociAnnotations, ociTypes, referrerTypes, type ReferrerSuffix } from './layout.js';
import { pushEmpty, tagManifest, type PushPorts } from './push-version.js';
import { findNewest } from './registry-reader.js';

export interface ReferrersRequest {
  readonly manifest: Manifest;
  /** The version's manifest in the registry. */
  readonly subject: Descriptor;
  /** What has changed since the previous version, for people; undefined for a first version. */
  readonly changelog: string | undefined;
}

/**
 * Attaches the documents about a version that the store has: SBOM, inventory, checksums, signatures, changelog.
 * @returns how many were new
 */
export async function pushReferrers(request: ReferrersRequest, ports: PushPorts): Promise<number> {
  const { manifest, changelog } = request;
  const prefix = versionPrefix(manifest.image, manifest.version);
  let added = 0;
  for (const [suffix, artifactType] of Object.entries(referrerTypes) as [ReferrerSuffix, string][]) {
    const content = await retryTransient(ports, async () => ports.from.read(prefix + suffix, documentLimit));
    if (content === undefined) continue;
    const title = (prefix + suffix).replace(/^.*\//, '');
    const document = { bytes: content.bytes, artifactType, title };
    // A version is signed after it was created, and can be signed again.
    const isSignature = suffix === 'dsse.json' || suffix === 'sigstore.json';
    const created = isSignature ? new Date(ports.clock.now()).toISOString() : manifest.created;
    if (await attach({ ...document, created }, request.subject, ports)) added += 1;
  }
  if (changelog === undefined) return added;
  const document = {
    bytes: Buffer.from(changelog),
    artifactType: ociTypes.changelog,
    title: `${manifest.image}.${manifest.version}.changes.txt`,
    created: manifest.created,
  };
  return added + ((await attach(document, request.subject, ports)) ? 1 : 0);
}

interface Attachment {
  readonly bytes: Buffer;
  readonly artifactType: string;
  readonly title: string;
  /** ISO 8601; readers use the newest of a type. */
  readonly created: string;
}

/** @returns false if the newest document of this type is this one */
async function attach(
  { bytes, artifactType, title, created }: Attachment,
  { mediaType, digest, size }: Descriptor,
  ports: PushPorts,
): Promise<boolean> {
  const { client } = ports;
  const content = digestOf(bytes);
  const listed = await retryTransient(ports, async () => listReferrers(client, digest, artifactType));
  if (findNewest(listed)?.annotations?.[ociAnnotations.content] === content) return false;
  await uploadBlob(client, bytes, ports);
  const annotations = {
    [ociAnnotations.created]: created,
    [ociAnnotations.title]: title,
    [ociAnnotations.content]: content,
  };
  const type = artifactType === ociTypes.changelog || title.endsWith('SHA256SUMS') ? 'text/plain' : artifactType;
  const referrer: OciManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: await pushEmpty(artifactType, ports),
    layers: [{ mediaType: type, digest: content, size: bytes.length, annotations: { [ociAnnotations.title]: title } }],
    subject: { mediaType, digest, size },
    annotations,
  };
  await retryTransient(ports, async () => writeReferrer(client, referrer));
  return true;
}

/**
 * True if the registry has a newer index than the store: then neither it nor the tags of channels are moved back.
 * @throws Failure if the repository is that of a different image
 */
export async function isNewer(image: string, existing: ObjectReader, ports: PushPorts): Promise<boolean> {
  const there = await tryReadIndex(image, existing, ports);
  if (there === undefined) return false;
  const here = await tryReadIndex(image, ports.from, ports);
  const [theirs, ours] = [there.parsed.generation, here?.parsed.generation ?? 0];
  if (theirs <= ours) return false;
  ports.log.warn(
    `The index in ${formatRepository(ports.client.repository)} is newer than the store's (generation ${theirs}, ` +
      `not ${ours}): the index and the channel tags were not changed`,
  );
  return true;
}

/**
 * Copies the index and the heartbeat of the image, byte for byte: hosts verify their signatures, and find versions and
 * channels in the index.
 * @returns whether anything changed
 */
export async function pushIndex(image: string, ports: PushPorts): Promise<boolean> {
  const { from } = ports;
  const index = await tryReadIndex(image, from, ports);
  if (index === undefined) throw new Failure(`${from.uri(indexKey(image))} is missing`);
  const document = { type: ociTypes.index, tag: indexTag, title: `${image}.index.json`, bytes: index.bytes };
  let changed = await pushDocument(document, ports);
  const heartbeat = await retryTransient(ports, async () => from.read(heartbeatKey(image), 64 * 1024));
  if (heartbeat !== undefined) {
    const { bytes } = heartbeat;
    const beat = { type: ociTypes.heartbeat, tag: heartbeatTag, title: `${image}.heartbeat.json`, bytes };
    changed = (await pushDocument(beat, ports)) || changed;
  }
  await warnOfMissing(index.parsed, ports);
  return changed;
}

async function tryReadIndex(
  image: string,
  store: ObjectReader,
  ports: PushPorts,
): Promise<{ readonly bytes: Buffer; readonly parsed: StoreIndex } | undefined> {
  const key = indexKey(image);
  const content = await retryTransient(ports, async () => store.read(key, indexKind.limit));
  if (content === undefined) return undefined;
  const parsed = parseDocument(indexKind, content.bytes, store.uri(key));
  if (parsed.image === image) return { bytes: content.bytes, parsed };
  throw new Failure(`${formatRepository(ports.client.repository)} already holds the image ${quoteText(parsed.image)}`, {
    fix: `push each image to a separate repository, e.g. one whose name ends with ${image}`,
  });
}

interface TaggedDocument {
  readonly type: string;
  readonly tag: string;
  readonly title: string;
  readonly bytes: Buffer;
}

async function pushDocument({ type, tag, title, bytes }: TaggedDocument, ports: PushPorts): Promise<boolean> {
  await uploadBlob(ports.client, bytes, ports);
  const annotations = { [ociAnnotations.title]: title };
  const content: OciManifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: type,
    config: await pushEmpty(type, ports),
    layers: [{ mediaType: type, digest: digestOf(bytes), size: bytes.length, annotations }],
  };
  return tagManifest({ bytes: formatOciDocument(content), tag }, ports);
}

/** Hosts that follow a channel to a version that was not pushed cannot pull. */
async function warnOfMissing({ image, channels }: StoreIndex, ports: PushPorts): Promise<void> {
  const missing: string[] = [];
  for (const [channel, { version }] of Object.entries(channels)) {
    const tagged = await retryTransient(ports, async () => tryReadDigest(ports.client, String(version)));
    if (tagged === undefined) missing.push(`${channel} (${image}.${version})`);
  }
  if (missing.length === 0) return;
  ports.log.warn(
    `${formatCount(missing.length, 'channel')} of the index cannot be pulled from the registry yet: ` +
      `${missing.join(', ')}; push them too: ch-golden push ${formatRepository(ports.client.repository)} CHANNEL`,
  );
}
