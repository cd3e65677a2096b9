import { open } from 'node:fs/promises';
import { Failure } from '../platform/errors.js';

/** The parts of a qcow2 header that decide who can read the file. Source: QEMU, docs/interop/qcow2.txt. */
export interface Qcow2Header {
  readonly version: 2 | 3;
  /** Bytes. */
  readonly clusterSize: number;
  /** Bytes of the disk that a guest sees. */
  readonly virtualSize: number;
  readonly backingFile?: string;
  readonly encrypted: boolean;
  readonly compressionType: 'zlib' | 'zstd';
  readonly externalDataFile: boolean;
  readonly extendedL2: boolean;
  readonly corrupt: boolean;
  /** Incompatible features that this reader does not know, as a bit mask. */
  readonly unknownFeatures: bigint;
}

const magic = 0x514649fb;
const headerBytes = 1024 + 4096;
const largestDisk = 64n * 1024n ** 4n;
const feature = { dirty: 1n, corrupt: 2n, externalData: 4n, compression: 8n, extendedL2: 16n } as const;
const knownFeatures = Object.values(feature).reduce((mask, bit) => mask | bit, 0n);

/** True where a file starts with qcow2's magic number. */
export function isQcow2(bytes: Buffer): boolean {
  return bytes.length >= 4 && bytes.readUInt32BE(0) === magic;
}

/** Reads a qcow2 header, bounded: nothing that the file says makes this read more than 5 KiB. @throws Failure */
export async function readQcow2Header(path: string): Promise<Qcow2Header> {
  return parseQcow2Header(await readStart(path));
}

/** As `readQcow2Header`; undefined where the file is no qcow2 image at all. */
export async function tryReadQcow2Header(path: string): Promise<Qcow2Header | undefined> {
  const bytes = await readStart(path);
  return isQcow2(bytes) ? parseQcow2Header(bytes) : undefined;
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headerBytes), 0, headerBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** @throws Failure where the bytes are no qcow2 header, or one that no honest tool writes. */
export function parseQcow2Header(bytes: Buffer): Qcow2Header {
  if (!isQcow2(bytes)) throw new Failure('not a qcow2 image: it does not start with its magic number');
  if (bytes.length < 72) throw new Failure('not a whole qcow2 image: its header ends early');
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new Failure(`qcow2 version ${version} is unknown: 2 and 3 are known`);
  if (version === 3 && bytes.length < 105) throw new Failure('not a whole qcow2 image: its header ends early');
  const features = version === 3 ? bytes.readBigUInt64BE(72) : 0n;
  const backingFile = readBackingFile(bytes);
  return {
    version,
    clusterSize: readClusterSize(bytes),
    virtualSize: readVirtualSize(bytes),
    ...(backingFile === undefined ? {} : { backingFile }),
    encrypted: bytes.readUInt32BE(32) !== 0,
    compressionType: readCompressionType(bytes, features),
    externalDataFile: (features & feature.externalData) !== 0n,
    extendedL2: (features & feature.extendedL2) !== 0n,
    corrupt: (features & feature.corrupt) !== 0n,
    unknownFeatures: features & ~knownFeatures,
  };
}

function readClusterSize(bytes: Buffer): number {
  const bits = bytes.readUInt32BE(20);
  if (bits < 9 || bits > 21) throw new Failure(`qcow2 cluster size of 2^${bits} bytes: 2^9 to 2^21 are valid`);
  return 2 ** bits;
}

function readVirtualSize(bytes: Buffer): number {
  const size = bytes.readBigUInt64BE(24);
  if (size > largestDisk) throw new Failure(`qcow2 disk of ${size} bytes: more than 64 TiB is refused`);
  return Number(size);
}

function readBackingFile(bytes: Buffer): string | undefined {
  const offset = bytes.readBigUInt64BE(8);
  if (offset === 0n) return undefined;
  const length = bytes.readUInt32BE(16);
  if (length > 1023 || offset + BigInt(length) > BigInt(bytes.length)) {
    throw new Failure('qcow2 backing file name lies outside of the header');
  }
  return bytes.toString('utf8', Number(offset), Number(offset) + length);
}

function readCompressionType(bytes: Buffer, features: bigint): 'zlib' | 'zstd' {
  if ((features & feature.compression) === 0n) return 'zlib';
  const type = bytes.readUInt8(104);
  if (type > 1) throw new Failure(`qcow2 compression type ${type} is unknown: zlib and zstd are known`);
  return type === 1 ? 'zstd' : 'zlib';
}
