import type { ObjectReader } from '../../objects/object-store.js';
import { runConcurrently } from '../../platform/concurrency.js';
import { Failure } from '../../platform/errors.js';
import { formatBytes } from '../../platform/format.js';
import { HttpError } from '../../platform/http.js';
import { retryTransient, type RetryPorts } from '../../platform/retry.js';
import { hasBlob, readBlob } from '../../registry/blobs.js';
import {
  emptyBlob,
  formatOciDocument,
  mediaTypes,
  type Descriptor,
  type OciManifest,
} from '../../registry/documents.js';
import { tryReadDigest, tryFetchManifest, writeManifest } from '../../registry/manifests.js';
import { formatRepository } from '../../registry/reference.js';
import { digestOf, type RegistryClient } from '../../registry/registry-client.js';
import { uploadBlob } from '../../registry/upload.js';
import { manifestLimit, parseManifest, type Manifest } from '../documents/manifest.js';
import type { FoundVersion } from '../read-versions.js';
import {
  annotateLayer,
  annotateVersion,
  baseTag,
  identifyLayer,
  listFileLayers,
  ociAnnotations,
  ociTypes,
  planLayers,
  type PlannedLayer,
} from './layout.js';
import { readChunks } from './read-chunks.js';

export interface PushPorts extends RetryPorts {
  /** The store that the version comes from. */
  readonly from: ObjectReader;
  readonly client: RegistryClient;
}

export interface PushedVersion {
  /** Of the OCI manifest of the version. */
  readonly manifest: Descriptor;
  /** Bytes of layers that were sent. */
  readonly sentBytes: number;
  /** Bytes of layers that the registry had. */
  readonly presentBytes: number;
  /** Whether a tag was set or moved. */
  readonly changed: boolean;
}

/** Each holds a layer in memory. */
const concurrentLayers = 3;

/**
 * Pushes the files of a version, and its manifest under the tag of its number. Only layers that the registry lacks are
 * read from the store and sent; every byte is verified.
 * @param alike numbers of versions that the registry may have, with layers in common
 * @throws Failure if the tag names a different version
 */
export async function pushVersion(
  found: Pick<FoundVersion, 'manifest' | 'manifestSha256' | 'bytes'>,
  alike: readonly number[],
  ports: PushPorts,
): Promise<PushedVersion> {
  const { manifest, bytes } = found;
  const tag = String(manifest.version);
  const { client } = ports;
  const existing = await retryTransient(ports, async () => tryFetchManifest(client, tag));
  if (existing !== undefined && existing.manifest.config.digest !== `sha256:${found.manifestSha256}`)
    throw takenFailure(manifest, ports);
  const known = await listKnownLayers([manifest.version, ...alike], ports);
  const planned = manifest.files.flatMap(planLayers);
  const pushed = await pushLayers(planned, known, ports);
  const layers = planned.map((layer) => toLayer(layer, pushed));
  await uploadBlob(client, bytes, ports);
  const config = { mediaType: ociTypes.version, digest: `sha256:${found.manifestSha256}`, size: bytes.length };
  const content = formatOciDocument({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers,
    annotations: annotateVersion(manifest),
  } satisfies OciManifest);
  const hasNewBase = await tagBase(manifest, layers, ports);
  const changed = await tagManifest({ bytes: content, tag }, ports);
  const total = planned.reduce((sum, { length }) => sum + length, 0);
  return {
    manifest: { mediaType: mediaTypes.manifest, digest: digestOf(content), size: content.length },
    sentBytes: pushed.sentBytes,
    presentBytes: total - pushed.sentBytes,
    changed: changed || hasNewBase,
  };
}

function takenFailure({ image, version }: Manifest, { client }: PushPorts): Failure {
  return new Failure(
    `${formatRepository(client.repository)}:${version} is not ${image}.${version} of this store: the tag is taken`,
    { fix: 'push to a separate repository, or delete that tag in the registry' },
  );
}

/** Points a tag to a manifest. @returns false if it did already */
export async function tagManifest(
  { bytes, tag }: { readonly bytes: Buffer; readonly tag: string },
  ports: RetryPorts & { readonly client: RegistryClient },
): Promise<boolean> {
  const { client } = ports;
  return retryTransient(ports, async () => {
    if ((await tryReadDigest(client, tag)) === digestOf(bytes)) return false;
    await writeManifest(client, { bytes, type: mediaTypes.manifest, reference: tag });
    return true;
  });
}

/** A layered image needs its base, which all its versions share. @returns whether its tag was set */
async function tagBase(manifest: Manifest, layers: readonly Descriptor[], ports: PushPorts): Promise<boolean> {
  const base = manifest.files.find(({ role }) => role === 'base');
  if (base === undefined) return false;
  const content = {
    schemaVersion: 2 as const,
    mediaType: mediaTypes.manifest,
    artifactType: ociTypes.base,
    config: await pushEmpty(ociTypes.base, ports),
    layers: layers.filter(({ annotations }) => annotations?.[ociAnnotations.fileName] === base.name),
  } satisfies OciManifest;
  return tagManifest({ bytes: formatOciDocument(content), tag: baseTag(base.name) }, ports);
}

/**
 * The configuration of a manifest that has none. Its type is that of the artifact: some registries list a referrer by
 * that instead of its `artifactType`.
 */
export async function pushEmpty(
  artifactType: string,
  ports: RetryPorts & { readonly client: RegistryClient },
): Promise<Descriptor> {
  await uploadBlob(ports.client, emptyBlob, ports);
  return { mediaType: artifactType, digest: digestOf(emptyBlob), size: emptyBlob.length };
}

type LayerDigests = ReadonlyMap<string, string>;

/**
 * The digests of layers that versions in the registry have, by their chunks. If the registry lies about them, hosts
 * notice: they verify each chunk.
 */
async function listKnownLayers(versions: readonly number[], ports: PushPorts): Promise<LayerDigests> {
  const known = new Map<string, string>();
  for (const version of versions) {
    try {
      for (const [layer, digest] of await listLayersOf(version, ports)) known.set(layer, digest);
    } catch (error) {
      ports.signal.throwIfAborted();
      if (!(error instanceof Failure) || error instanceof HttpError) throw error;
      ports.log.detail(`Not compared with version ${version} in the registry: ${error.message}`);
    }
  }
  return known;
}

async function listLayersOf(version: number, ports: PushPorts): Promise<LayerDigests> {
  const { client } = ports;
  return retryTransient(ports, async () => {
    const found = await tryFetchManifest(client, String(version));
    if (found?.manifest.config.mediaType !== ociTypes.version) return new Map<string, string>();
    const what = `${formatRepository(client.repository)}:${version}`;
    const manifest = parseManifest(await readBlob(client, found.manifest.config, manifestLimit), what);
    const files = listFileLayers(found.manifest, what);
    return new Map(
      manifest.files.flatMap(planLayers).flatMap((planned) => {
        const layer = files.get(planned.file.name)?.find(({ start }) => start === planned.start);
        return layer?.length === planned.length ? [[identifyLayer(planned), layer.layer.digest] as const] : [];
      }),
    );
  });
}

interface PushedLayers {
  readonly digests: LayerDigests;
  readonly sentBytes: number;
}

function toLayer(planned: PlannedLayer, { digests }: PushedLayers): Descriptor {
  const digest = digests.get(identifyLayer(planned));
  if (digest === undefined) throw new TypeError(`no digest of ${planned.title}`);
  return { mediaType: ociTypes.part, digest, size: planned.length, annotations: annotateLayer(planned) };
}

async function pushLayers(
  planned: readonly PlannedLayer[],
  known: LayerDigests,
  ports: PushPorts,
): Promise<PushedLayers> {
  const unique = new Map(planned.map((layer) => [identifyLayer(layer), layer]));
  const total = [...unique.values()].reduce((sum, { length }) => sum + length, 0);
  const digests = new Map<string, string>();
  let [done, sentBytes] = [0, 0];
  await runConcurrently(
    { items: [...unique], concurrency: concurrentLayers, signal: ports.signal },
    (signal) =>
      async ([id, layer]) => {
        const { digest, sent } = await pushLayer(layer, known.get(id), { ...ports, signal });
        digests.set(id, digest);
        done += layer.length;
        if (sent) sentBytes += layer.length;
        ports.log.progress('push', done, total);
      },
  );
  return { digests, sentBytes };
}

async function pushLayer(
  layer: PlannedLayer,
  known: string | undefined,
  ports: PushPorts,
): Promise<{ readonly digest: string; readonly sent: boolean }> {
  const { client } = ports;
  if (known !== undefined && (await retryTransient(ports, async () => hasBlob(client, { digest: known }))))
    return { digest: known, sent: false };
  const bytes = await readChunks(layer, ports);
  const sent = await uploadBlob(client, bytes, ports);
  if (sent) ports.log.detail(`Sent ${layer.title}: ${formatBytes(bytes.length)}`);
  return { digest: digestOf(bytes), sent };
}
