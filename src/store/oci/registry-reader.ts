import { Readable } from 'node:stream';
import type { ObjectHead, ObjectReader, TaggedContent } from '../../objects/object-store.js';
import { parseKey } from '../../objects/keys.js';
import type { ByteRange } from '../../platform/byte-range.js';
import { Failure } from '../../platform/errors.js';
import type { Descriptor } from '../../registry/documents.js';
import { formatBlob, openBlob, openBlobRange, readBlob, readWhole } from '../../registry/blobs.js';
import { listReferrers, tryFetchManifest, type StoredManifest } from '../../registry/manifests.js';
import type { RegistryClient } from '../../registry/registry-client.js';
import {
  baseTag,
  formatKey,
  heartbeatTag,
  indexTag,
  listFileLayers,
  ociAnnotations,
  referrerTypes,
  type LayerRange,
  type ReferrerSuffix,
} from './layout.js';

/** What a key of a store is in a registry. */
type Place =
  | { readonly kind: 'document'; readonly tag: string }
  | { readonly kind: 'config'; readonly tag: string }
  | { readonly kind: 'referrer'; readonly tag: string; readonly suffix: ReferrerSuffix }
  | { readonly kind: 'file'; readonly tag: string; readonly name: string };

/** Undefined for a key that no registry has. */
export function tryFindPlace(key: string): Place | undefined {
  const [directory, name, ...rest] = parseKey(key).split('/');
  if (name === undefined || rest.length > 0) return undefined;
  if (directory === 'images') return { kind: 'file', tag: baseTag(name), name };
  if (directory !== 'snapshots') return undefined;
  const [, tag, suffix] = /\.(?:([1-9]\d{0,8})\.)?([A-Za-z0-9-]+(?:\.json)?)$/.exec(name) ?? [];
  if (tag === undefined) {
    if (suffix === 'index.json') return { kind: 'document', tag: indexTag };
    return suffix === 'heartbeat.json' ? { kind: 'document', tag: heartbeatTag } : undefined;
  }
  if (suffix === 'manifest.json') return { kind: 'config', tag };
  if (suffix !== undefined && Object.hasOwn(referrerTypes, suffix))
    return { kind: 'referrer', tag, suffix: suffix as ReferrerSuffix };
  return { kind: 'file', tag, name };
}

/** Whole layers in memory, for registries that ignore Range. As many as files are fetched with requests at a time. */
const cachedLayers = 4;
const maxCachedBytes = 128 * 1024 ** 2;

/**
 * A repository of a registry, as a store to read from. Nothing in it is trusted: hosts verify the index, the manifest
 * and every chunk as those of any other store. Tags only find things.
 */
export function createRegistryReader(client: RegistryClient): ObjectReader {
  const { repository } = client;
  const readTag = rememberManifests(client);
  const open = createLayerReader(client);
  const tryFindBlob = async (place: Place): Promise<Descriptor | undefined> => {
    if (place.kind === 'file') return undefined;
    if (place.kind === 'document') return singleLayer(await tryFetchManifest(client, place.tag));
    const version = await readTag(place.tag);
    if (version === undefined || place.kind === 'config') return version?.manifest.config;
    return tryFindReferrer(client, version.digest, place.suffix);
  };
  const tryFindFile = async (place: Place): Promise<readonly LayerRange[] | undefined> => {
    if (place.kind !== 'file') return undefined;
    const found = await readTag(place.tag);
    return found === undefined
      ? undefined
      : listFileLayers(found.manifest, `${repository.host}/${repository.name}:${place.tag}`).get(place.name);
  };
  return {
    uri: (key) => formatKey(repository, parseKey(key)),
    read: async (key, limit, known) => readObject(client, { key, limit, known }, tryFindBlob),
    open: async (key, range) => {
      const place = tryFindPlace(key);
      if (place === undefined) return undefined;
      const layers = await tryFindFile(place);
      if (layers !== undefined) return open(layers, range);
      const blob = await tryFindBlob(place);
      if (blob === undefined) return undefined;
      return range === undefined ? openBlob(client, blob) : open([{ layer: blob, start: 0, length: blob.size }], range);
    },
    head: async (key) => tryHead(key, { tryFindFile, tryFindBlob }),
  };
}

async function readObject(
  client: RegistryClient,
  { key, limit, known }: { readonly key: string; readonly limit: number; readonly known?: TaggedContent | undefined },
  tryFindBlob: (place: Place) => Promise<Descriptor | undefined>,
): Promise<TaggedContent | undefined> {
  const place = tryFindPlace(key);
  const blob = place === undefined ? undefined : await tryFindBlob(place);
  if (blob === undefined) return undefined;
  if (blob.digest === known?.tag) return known;
  return { bytes: await readBlob(client, blob, limit), tag: blob.digest };
}

interface Finders {
  readonly tryFindFile: (place: Place) => Promise<readonly LayerRange[] | undefined>;
  readonly tryFindBlob: (place: Place) => Promise<Descriptor | undefined>;
}

async function tryHead(key: string, { tryFindFile, tryFindBlob }: Finders): Promise<ObjectHead | undefined> {
  const place = tryFindPlace(key);
  if (place === undefined) return undefined;
  const layers = await tryFindFile(place);
  if (layers !== undefined) return { size: sizeOf(layers) };
  const blob = await tryFindBlob(place);
  return blob === undefined ? undefined : { size: blob.size, sha256: blob.digest.slice('sha256:'.length) };
}

/** The manifests of versions and bases do not change: each is read once. */
function rememberManifests(client: RegistryClient): (tag: string) => Promise<StoredManifest | undefined> {
  const known = new Map<string, Promise<StoredManifest | undefined>>();
  return async (tag) => {
    const reading = known.get(tag) ?? tryFetchManifest(client, tag);
    known.set(tag, reading);
    return reading.catch((error: unknown) => {
      known.delete(tag);
      throw error;
    });
  };
}

function singleLayer(found: StoredManifest | undefined): Descriptor | undefined {
  return found?.manifest.layers[0];
}

/** The newest document of a type: a version can be signed again. */
async function tryFindReferrer(
  client: RegistryClient,
  subject: string,
  suffix: ReferrerSuffix,
): Promise<Descriptor | undefined> {
  const newest = findNewest(await listReferrers(client, subject, referrerTypes[suffix]));
  return newest === undefined ? undefined : singleLayer(await tryFetchManifest(client, newest.digest));
}

/** By the date in the annotations. */
export function findNewest(referrers: readonly Descriptor[]): Descriptor | undefined {
  const dateOf = ({ annotations }: Descriptor): number => Date.parse(annotations?.[ociAnnotations.created] ?? '') || 0;
  return [...referrers].sort((one, other) => dateOf(other) - dateOf(one))[0];
}

function sizeOf(layers: readonly LayerRange[]): number {
  return layers.reduce((sum, { length }) => sum + length, 0);
}

type OpenLayers = (layers: readonly LayerRange[], range?: ByteRange) => Readable;

function createLayerReader(client: RegistryClient): OpenLayers {
  const cache = createLayerCache(client);
  const readPart = async (layer: Descriptor, range: ByteRange): Promise<Readable> => {
    if (range.start === 0 && range.length === layer.size) return openBlob(client, layer);
    return cache.openRange(layer, range);
  };
  return (layers, range = { start: 0, length: sizeOf(layers) }) => {
    const end = range.start + range.length;
    if (end > sizeOf(layers))
      throw new Failure(`a file in ${client.repository.host} is shorter than its manifest says`);
    const parts = async function* (): AsyncGenerator<Buffer> {
      for (const { layer, start, length } of layers) {
        const from = Math.max(range.start, start);
        const to = Math.min(end, start + length);
        if (to <= from) continue;
        yield* (await readPart(layer, { start: from - start, length: to - from })) as AsyncIterable<Buffer>;
      }
    };
    return Readable.from(parts(), { objectMode: false });
  };
}

/** Reads ranges of layers. From a registry that ignores Range, it fetches whole layers, and keeps the last ones. */
function createLayerCache(client: RegistryClient): {
  openRange(layer: Descriptor, range: ByteRange): Promise<Readable>;
} {
  const whole = new Map<string, Promise<Buffer>>();
  let ignoresRange = false;
  const keep = async (layer: Descriptor, reading: Promise<Buffer>): Promise<Buffer> => {
    whole.set(layer.digest, reading);
    const [oldest] = whole.keys();
    if (whole.size > cachedLayers && oldest !== undefined) whole.delete(oldest);
    return reading.catch((error: unknown) => {
      whole.delete(layer.digest);
      throw error;
    });
  };
  const slice = async (reading: Promise<Buffer>, { start, length }: ByteRange): Promise<Readable> =>
    Readable.from([(await reading).subarray(start, start + length)], { objectMode: false });
  return {
    openRange: async (layer, range) => {
      const known = whole.get(layer.digest);
      if (known !== undefined) return slice(known, range);
      if (ignoresRange) return slice(keep(layer, readBlob(client, layer, maxCachedBytes)), range);
      const opened = await openBlobRange(client, layer, range);
      if ('range' in opened) return opened.range;
      ignoresRange = true;
      if (layer.size > maxCachedBytes) {
        opened.whole.close();
        throw new Failure(
          `${formatBlob(client, layer)} has ${layer.size} bytes, too large to fetch from a registry that ignores Range`,
        );
      }
      return slice(keep(layer, readWhole(opened.whole, layer, formatBlob(client, layer))), range);
    },
  };
}
