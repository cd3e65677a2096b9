import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { Failure } from '../platform/errors.js';
import { readFully } from '../platform/fs/files.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';

/**
 * The parts of a qcow2 header that decide who can read it, and what it refers to. Source: QEMU, docs/interop/qcow2.txt.
 */
export interface Qcow2Header {
  readonly version: 2 | 3;
  /** Bytes. */
  readonly clusterSize: number;
  /** Bytes of the disk that a guest sees. */
  readonly virtualSize: number;
  readonly backingFile?: string;
  /** From a header extension: `raw` or `qcow2`. Without it, every reader guesses. */
  readonly backingFormat?: string;
  readonly encrypted: boolean;
  readonly compressionType: 'zlib' | 'zstd';
  /** True also if only a header extension names one. */
  readonly externalDataFile: boolean;
  readonly extendedL2: boolean;
  readonly corrupt: boolean;
  /** Internal snapshots. */
  readonly snapshots: number;
  /** Whether there are persistent bitmaps, in whatever state. */
  readonly bitmaps: boolean;
  /** Bit mask of the incompatible features that this reader does not know. */
  readonly unknownFeatures: bigint;
}

const magic = 0x514649fb;
/**
 * Read limit. The header, its extensions and the backing file's name must be within it, and within the first cluster.
 */
const headerBytes = 64 * 1024;
const maxVirtualSize = 64n * 1024n ** 4n;
const feature = { dirty: 1n, corrupt: 2n, externalData: 4n, compression: 8n, extendedL2: 16n } as const;
const knownFeatures = Object.values(feature).reduce((mask, bit) => mask | bit, 0n);
const autoclear = { bitmaps: 1n, rawExternalData: 2n } as const;
const extension = {
  end: 0,
  backingFormat: 0xe2792aca,
  externalData: 0x44415441,
  bitmaps: 0x23852875,
  encryption: 0x0537be77,
} as const;

export function isQcow2(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === magic;
}

/** Reads a qcow2 header. Never reads more than 64 KiB, whatever the file contains. @throws Failure */
export async function readQcow2Header(path: string): Promise<Qcow2Header> {
  return parseQcow2Header(await readStart(path));
}

/** Like `readQcow2Header`, but undefined if the file is not a qcow2 image. */
export async function tryReadQcow2Header(path: string): Promise<Qcow2Header | undefined> {
  const bytes = await readStart(path);
  return isQcow2(bytes) ? parseQcow2Header(bytes) : undefined;
}

async function readStart(path: string): Promise<Buffer> {
  // Without O_NONBLOCK, opening a pipe would wait for a writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await withPathInErrors(path, async () => readFully(file, Buffer.alloc(headerBytes), 0));
  } finally {
    await file.close();
  }
}

/** @throws Failure if this is not a qcow2 header, or one that no honest tool writes */
export function parseQcow2Header(bytes: Buffer): Qcow2Header {
  const version = parseVersion(bytes);
  const features = version === 3 ? bytes.readBigUInt64BE(72) : 0n;
  const autoclearFeatures = version === 3 ? bytes.readBigUInt64BE(88) : 0n;
  const clusterSize = parseClusterSize(bytes);
  const virtualSize = parseVirtualSize(bytes);
  const compressionType = parseCompressionType(bytes, features);
  const firstCluster = bytes.subarray(0, Math.min(clusterSize, headerBytes));
  const backingFile = parseBackingFile(firstCluster);
  const extensions = parseExtensions(firstCluster, version);
  const format = extensions.get(extension.backingFormat);
  return {
    version,
    clusterSize,
    virtualSize,
    compressionType,
    ...(backingFile === undefined ? {} : { backingFile }),
    ...(format === undefined ? {} : { backingFormat: format.toString('latin1') }),
    encrypted: bytes.readUInt32BE(32) !== 0 || extensions.has(extension.encryption),
    externalDataFile:
      has(features, feature.externalData) ||
      has(autoclearFeatures, autoclear.rawExternalData) ||
      extensions.has(extension.externalData),
    extendedL2: has(features, feature.extendedL2),
    corrupt: has(features, feature.corrupt),
    snapshots: bytes.readUInt32BE(60),
    bitmaps: has(autoclearFeatures, autoclear.bitmaps) || extensions.has(extension.bitmaps),
    unknownFeatures: features & ~knownFeatures,
  };
}

function has(features: bigint, bit: bigint): boolean {
  return (features & bit) !== 0n;
}

function parseVersion(bytes: Buffer): 2 | 3 {
  if (!isQcow2(bytes)) throw new Failure('not a qcow2 image: wrong magic number');
  if (bytes.length < 72) throw new Failure('truncated qcow2 image: incomplete header');
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new Failure(`unsupported qcow2 version ${version} (supported: 2, 3)`);
  if (version === 3 && bytes.length < 105) throw new Failure('truncated qcow2 image: incomplete header');
  return version;
}

function parseClusterSize(bytes: Buffer): number {
  const bits = bytes.readUInt32BE(20);
  if (bits < 9 || bits > 21) throw new Failure(`invalid qcow2 cluster size 2^${bits} (expected 2^9 to 2^21 bytes)`);
  return 2 ** bits;
}

function parseVirtualSize(bytes: Buffer): number {
  const size = bytes.readBigUInt64BE(24);
  if (size > maxVirtualSize) throw new Failure(`qcow2 disk is too large: ${size} bytes (limit: 64 TiB)`);
  return Number(size);
}

function parseBackingFile(firstCluster: Buffer): string | undefined {
  const offset = firstCluster.readBigUInt64BE(8);
  if (offset === 0n) return undefined;
  const length = firstCluster.readUInt32BE(16);
  if (length > 1023 || offset + BigInt(length) > BigInt(firstCluster.length)) {
    throw new Failure("the backing file's name is outside the qcow2 header");
  }
  return firstCluster.toString('utf8', Number(offset), Number(offset) + length);
}

/**
 * The header extensions by type. QEMU stops reading them at the backing file's name, Cloud Hypervisor only at the end
 * marker. If the marker does not come first, the two could see different images, so such a file is rejected. A file
 * that has a type twice is rejected too.
 */
function parseExtensions(firstCluster: Buffer, version: 2 | 3): ReadonlyMap<number, Buffer> {
  const found = new Map<number, Buffer>();
  const backingOffset = firstCluster.readBigUInt64BE(8);
  const end = backingOffset === 0n ? firstCluster.length : Number(backingOffset);
  let offset = parseHeaderLength(firstCluster, version);
  // Without extensions, the name may directly follow the header: Cloud Hypervisor writes version 2 like that.
  if (backingOffset === BigInt(offset)) return found;
  for (;;) {
    if (offset + 8 > end) throw endlessExtensions();
    const [type, length] = [firstCluster.readUInt32BE(offset), firstCluster.readUInt32BE(offset + 4)];
    if (type === extension.end) return found;
    if (length > end - offset - 8) throw endlessExtensions();
    if (found.has(type)) throw new Failure(`duplicate qcow2 header extension 0x${type.toString(16)}`);
    found.set(type, firstCluster.subarray(offset + 8, offset + 8 + length));
    offset += 8 + Math.ceil(length / 8) * 8;
  }
}

function endlessExtensions(): Failure {
  return new Failure('qcow2 header extensions do not end within the header');
}

/** Version 3 headers may be longer than this reader knows. A feature bit marks fields that must not be ignored. */
function parseHeaderLength(firstCluster: Buffer, version: 2 | 3): number {
  if (version === 2) return 72;
  const length = firstCluster.readUInt32BE(100);
  if (length < 104 || length % 8 !== 0 || length > firstCluster.length)
    throw new Failure(`invalid qcow2 header length ${length}`);
  return length;
}

function parseCompressionType(bytes: Buffer, features: bigint): 'zlib' | 'zstd' {
  if (!has(features, feature.compression)) return 'zlib';
  const type = bytes.readUInt8(104);
  if (type > 1) throw new Failure(`unsupported qcow2 compression type ${type} (supported: zlib, zstd)`);
  return type === 1 ? 'zstd' : 'zlib';
}
