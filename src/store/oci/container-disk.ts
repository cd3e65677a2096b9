import { Failure } from '../../platform/errors.js';
import { retryTransient } from '../../platform/retry.js';
import { hasBlob } from '../../registry/blobs.js';
import { formatOciDocument, maxBlobBytes, mediaTypes, type Descriptor } from '../../registry/documents.js';
import { tryFetchManifest } from '../../registry/manifests.js';
import { digestOf } from '../../registry/registry-client.js';
import { uploadBlob, uploadStream } from '../../registry/upload.js';
import type { Manifest, ManifestFile } from '../documents/manifest.js';
import type { FoundVersion } from '../read-versions.js';
import { annotateVersion, ociAnnotations } from './layout.js';
import { tagManifest, type PushedVersion, type PushPorts } from './push-version.js';
import { readChunks } from './read-chunks.js';

/** A containerDisk of KubeVirt: a container image with one file, `/disk/<image>.qcow2`, that QEMU can read. */

/** The user and group of QEMU in KubeVirt's containers. */
const qemuId = 107;
const blockBytes = 512;
const readBytes = 16 * 1024 ** 2;
const imageTypes = {
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
} as const;

/** `3.containerdisk`: no channel has a dot. */
export function containerDiskTag(name: number | string): string {
  return `${name}.containerdisk`;
}

/**
 * Pushes the image of a version as a containerDisk. Equal versions become equal bytes. The layer is sent while it is
 * read, once, and verified against the manifest.
 */
export async function pushContainerDisk(
  { manifest, manifestSha256 }: Pick<FoundVersion, 'manifest' | 'manifestSha256'>,
  ports: PushPorts,
): Promise<PushedVersion & { readonly bytes: Buffer }> {
  const file = getImage(manifest);
  const tag = containerDiskTag(manifest.version);
  const content = `sha256:${manifestSha256}`;
  const known = await tryFindLayer({ tag, content }, ports);
  const size = planTar(manifest, file).reduce((sum, part) => sum + sizeOf(part), 0);
  if (size > maxBlobBytes)
    throw new Failure(`${file.name} has ${size} bytes, more than a registry layer can have (${maxBlobBytes})`, {
      fix: 'build with a smaller disk-size, or with compression zstd',
    });
  const layer = known ?? (await pushTar(manifest, file, size, ports));
  const { bytes, manifest: pushed } = await writeImage({ manifest, layer, content }, ports);
  const changed = await tagManifest({ bytes, tag }, ports);
  const sentBytes = known === undefined ? layer.size : 0;
  return { manifest: pushed, bytes, sentBytes, presentBytes: layer.size - sentBytes, changed };
}

function getImage({ image, version, layout, files }: Manifest): ManifestFile {
  const file = files.find(({ role }) => role === 'image');
  if (file === undefined) throw new Failure(`${image}.${version} has no image`);
  if (layout === 'flattened') return file;
  throw new Failure(`${image}.${version} is layered: a containerDisk has one file, and it needs its base too`, {
    fix: 'build it with layout flattened',
  });
}

type Layer = Pick<Descriptor, 'digest' | 'size'>;

/** The layer that was pushed for this version before, if the registry has all of it. */
async function tryFindLayer(
  { tag, content }: { readonly tag: string; readonly content: string },
  ports: PushPorts,
): Promise<Layer | undefined> {
  const { client } = ports;
  return retryTransient(ports, async () => {
    const found = await tryFetchManifest(client, tag);
    const [layer] = found?.manifest.layers ?? [];
    if (layer === undefined || found?.manifest.annotations?.[ociAnnotations.content] !== content) return undefined;
    return (await hasBlob(client, layer)) ? layer : undefined;
  });
}

async function pushTar(manifest: Manifest, file: ManifestFile, size: number, ports: PushPorts): Promise<Layer> {
  const { log, client } = ports;
  const onProgress = (done: number): void => log.progress('push', done, size);
  return uploadStream(client, readTar(manifest, file, ports), { ...ports, onProgress });
}

interface ImageParts {
  readonly manifest: Manifest;
  readonly layer: Layer;
  readonly content: string;
}

/** Writes the configuration that containerd requires. @returns the manifest, which has no tag yet */
async function writeImage(
  { manifest, layer, content }: ImageParts,
  ports: PushPorts,
): Promise<{ readonly bytes: Buffer; readonly manifest: Descriptor }> {
  const { created, image, version } = manifest;
  const config = Buffer.from(
    JSON.stringify({
      created,
      architecture: 'amd64',
      os: 'linux',
      config: {},
      // The layer is not compressed, so its digest is that of its content too.
      rootfs: { type: 'layers', diff_ids: [layer.digest] },
      history: [{ created, created_by: `ch-golden: containerDisk of ${image}.${version}` }],
    }),
  );
  await uploadBlob(ports.client, config, ports);
  const bytes = formatOciDocument({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: imageTypes.config, digest: digestOf(config), size: config.length },
    layers: [{ mediaType: imageTypes.layer, digest: layer.digest, size: layer.size }],
    annotations: { ...annotateVersion(manifest), [ociAnnotations.content]: content },
  });
  return { bytes, manifest: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length } };
}

type TarPart = Buffer | ManifestFile;

function sizeOf(part: TarPart): number {
  return Buffer.isBuffer(part) ? part.length : part.size;
}

/** The archive without the content of its file. */
function planTar({ image, created }: Manifest, file: ManifestFile): readonly TarPart[] {
  const seconds = Math.floor(Date.parse(created) / 1000);
  const padding = (blockBytes - (file.size % blockBytes)) % blockBytes;
  return [
    formatTarHeader({ name: 'disk/', mode: 0o555, size: 0, type: '5', seconds }),
    formatTarHeader({ name: diskName(image), mode: 0o440, size: file.size, type: '0', seconds }),
    file,
    Buffer.alloc(padding + 2 * blockBytes),
  ];
}

/** Any name will do for KubeVirt. A header has 100 characters for it. */
function diskName(image: string): string {
  const name = `disk/${image}.qcow2`;
  return name.length <= 100 ? name : 'disk/image.qcow2';
}

export interface TarEntry {
  /** At most 100 characters. */
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** `0` a file, `5` a directory. */
  readonly type: '0' | '5';
  /** Since the epoch. */
  readonly seconds: number;
}

/** A header of POSIX ustar. Sizes from 8 GiB on are in base 256, as GNU tar and Go write and read them. */
export function formatTarHeader({ name, mode, size, type, seconds }: TarEntry): Buffer {
  if (Buffer.byteLength(name) > 100) throw new RangeError(`a name in a tar header is too long: ${name}`);
  const header = Buffer.alloc(blockBytes);
  const octal = (value: number, offset: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  };
  header.write(name, 0, 'utf8');
  octal(mode, 100, 7);
  octal(qemuId, 108, 7);
  octal(qemuId, 116, 7);
  if (size < 8 ** 11) octal(size, 124, 11);
  else {
    header[124] = 0x80;
    header.writeBigUInt64BE(BigInt(size), 128);
  }
  octal(seconds, 136, 11);
  header.fill(' ', 148, 156);
  header.write(type, 156, 'latin1');
  header.write('ustar\0' + '00', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

async function* readTar(manifest: Manifest, file: ManifestFile, ports: PushPorts): AsyncGenerator<Buffer> {
  for (const part of planTar(manifest, file)) {
    if (Buffer.isBuffer(part)) yield part;
    else yield* readVerified(part, ports);
  }
}

/** All chunks of a file, verified before anything of them is sent. */
async function* readVerified(file: ManifestFile, ports: PushPorts): AsyncGenerator<Buffer> {
  const perRead = Math.max(1, Math.floor(readBytes / file.chunkSize));
  for (let first = 0; first < file.chunks.length; first += perRead) {
    const start = first * file.chunkSize;
    const length = Math.min(perRead * file.chunkSize, file.size - start);
    yield readChunks({ file, start, length, chunks: file.chunks.slice(first, first + perRead) }, ports);
  }
}
