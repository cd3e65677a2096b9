import { createHash } from 'node:crypto';
import type { ByteRange } from '../../platform/byte-range.js';
import { Failure } from '../../platform/errors.js';
import { formatRepository, type Repository } from '../../registry/reference.js';
import type { Descriptor, OciManifest } from '../../registry/documents.js';
import type { Manifest, ManifestFile } from '../documents/manifest.js';
import type { DocumentSuffix } from '../names.js';

/** How a version of a store looks in an OCI registry: see docs/reference/store.md. */

/** The largest layer in bytes. Unchanged layers are neither sent nor fetched again. */
const layerBytes = 64 * 1024 ** 2;

export const ociTypes = {
  /** The configuration of a version: its manifest.json. */
  version: 'application/vnd.ch-golden.manifest.v1+json',
  /** A part of a file of a version. */
  part: 'application/vnd.ch-golden.file.v1',
  base: 'application/vnd.ch-golden.base.v1',
  index: 'application/vnd.ch-golden.index.v1+json',
  heartbeat: 'application/vnd.ch-golden.heartbeat.v1+json',
  changelog: 'application/vnd.ch-golden.changelog.v1',
} as const;

export const ociAnnotations = {
  created: 'org.opencontainers.image.created',
  version: 'org.opencontainers.image.version',
  revision: 'org.opencontainers.image.revision',
  source: 'org.opencontainers.image.source',
  title: 'org.opencontainers.image.title',
  description: 'org.opencontainers.image.description',
  /** The file that a layer is a part of. */
  fileName: 'vnd.ch-golden.file.name',
  /** The offset of the layer in that file. */
  fileOffset: 'vnd.ch-golden.file.offset',
  /** The digest of the document that an artifact is about. */
  content: 'vnd.ch-golden.content.digest',
} as const;

/** Tags with a dot, which no channel has. */
export const indexTag = 'ch-golden.index';
export const heartbeatTag = 'ch-golden.heartbeat';

export function baseTag(name: string): string {
  return `ch-golden.base.${name}`;
}

export type ReferrerSuffix = Exclude<DocumentSuffix, 'claim' | 'manifest.json'> | 'dsse.json' | 'sigstore.json';

/** The artifact types of documents about a version, by the suffix that they have in a store. */
export const referrerTypes: Readonly<Record<ReferrerSuffix, string>> = {
  SHA256SUMS: 'application/vnd.ch-golden.checksums.v1',
  'spdx.json': 'application/spdx+json',
  'inventory.json': 'application/vnd.ch-golden.inventory.v1+json',
  'apt-state.json': 'application/vnd.ch-golden.apt-state.v1+json',
  'dsse.json': 'application/vnd.dsse.envelope.v1+json',
  'sigstore.json': 'application/vnd.dev.sigstore.bundle.v0.3+json',
};

/** A part of a file that becomes a layer. */
export interface PlannedLayer extends ByteRange {
  readonly file: ManifestFile;
  /** SHA-256 of its chunks, in order. */
  readonly chunks: readonly string[];
  /** The file name that other tools give it. */
  readonly title: string;
}

/** Cuts a file at borders of its chunks. */
export function planLayers(file: ManifestFile): readonly PlannedLayer[] {
  const { chunkSize, chunks, size, name } = file;
  const perLayer = Math.max(1, Math.floor(layerBytes / chunkSize));
  const count = Math.ceil(chunks.length / perLayer);
  return Array.from({ length: count }, (_, index) => {
    const first = index * perLayer;
    const start = first * chunkSize;
    return {
      file,
      start,
      length: Math.min(perLayer * chunkSize, size - start),
      chunks: chunks.slice(first, first + perLayer),
      title: count === 1 ? name : `${name}.part-${String(index).padStart(4, '0')}`,
    };
  });
}

/** Equal for layers with equal bytes. */
export function identifyLayer({ file: { chunkSize }, length, chunks }: PlannedLayer): string {
  return createHash('sha256').update(`${chunkSize} ${length} ${chunks.join()}`).digest('hex');
}

export function annotateLayer({ file, start, title }: PlannedLayer): Readonly<Record<string, string>> {
  return {
    [ociAnnotations.title]: title,
    [ociAnnotations.fileName]: file.name,
    [ociAnnotations.fileOffset]: String(start),
  };
}

/** The standard annotations of a version. */
export function annotateVersion({ image, version, created, builder, distribution }: Manifest): Record<string, string> {
  const { repository, commit } = builder;
  const system = distribution === undefined ? '' : ` (${distribution.id} ${distribution.version ?? ''})`;
  return {
    [ociAnnotations.created]: created,
    [ociAnnotations.version]: String(version),
    [ociAnnotations.title]: `${image}.${version}`,
    [ociAnnotations.description]: `Golden image ${image}${system.replace(' )', ')')} for Cloud Hypervisor`,
    ...(commit === undefined ? {} : { [ociAnnotations.revision]: commit }),
    ...(repository === undefined ? {} : { [ociAnnotations.source]: repository }),
  };
}

export interface LayerRange extends ByteRange {
  readonly layer: Descriptor;
}

/** The layers of each file, in order. @throws Failure if a file has gaps, or overlapping layers */
export function listFileLayers(manifest: OciManifest, what: string): ReadonlyMap<string, readonly LayerRange[]> {
  const files = new Map<string, LayerRange[]>();
  for (const layer of manifest.layers) {
    const { [ociAnnotations.fileName]: name, [ociAnnotations.fileOffset]: offset } = layer.annotations ?? {};
    if (name === undefined || offset === undefined || !/^(0|[1-9]\d{0,14})$/.test(offset)) continue;
    files.set(name, [...(files.get(name) ?? []), { layer, start: Number(offset), length: layer.size }]);
  }
  for (const [name, layers] of files) {
    let end = 0;
    for (const { start, length } of layers) {
      if (start !== end) throw new Failure(`${what}: the layers of ${JSON.stringify(name)} are not in order`);
      end += length;
    }
  }
  return files;
}

/** `oci://ghcr.io/org/ubuntu-base/snapshots/ubuntu-base.3.qcow2`: for messages. */
export function formatKey(repository: Repository, key: string): string {
  return `${formatRepository(repository)}/${key}`;
}
