import { Failure } from '../platform/errors.js';
import type { BlockReader } from './block-reader.js';
import { assertReadableFeatures } from './ext4-features.js';

const magic = 0xef53;
const has64bit = 0x80;

/** The values that locate everything else in a filesystem. Sizes and offsets in bytes. */
export interface Geometry {
  readonly blockSize: number;
  readonly blockCount: number;
  readonly inodeSize: number;
  readonly inodeCount: number;
  readonly inodesPerGroup: number;
  readonly descriptorSize: number;
  readonly descriptorsAt: number;
}

/** Whether a partition holds an ext2, ext3 or ext4 filesystem. */
export async function isExt4(partition: BlockReader): Promise<boolean> {
  return partition.size >= 4096 && isExt4Superblock(await partition.read(0, 4096));
}

/** Like `isExt4`, given the first bytes of a partition. */
export function isExt4Superblock(start: Buffer): boolean {
  return start.length >= 2048 && start.readUInt16LE(1024 + 0x38) === magic;
}

/** @throws Failure if the filesystem cannot be read, or was not unmounted cleanly */
export function parseSuperblock(superblock: Buffer, partitionSize: number): Geometry {
  if (superblock.readUInt16LE(0x38) !== magic) throw new Failure('not an ext4 filesystem');
  assertReadableFeatures(superblock);
  const is64bit = uses64bit(superblock);
  const blockSize = 2 ** (10 + superblock.readUInt32LE(0x18));
  const blockCount = superblock.readUInt32LE(0x4) + (is64bit ? superblock.readUInt32LE(0x150) * 2 ** 32 : 0);
  const inodeSize = superblock.readUInt32LE(0x4c) === 0 ? 128 : superblock.readUInt16LE(0x58);
  const geometry = {
    blockSize,
    blockCount,
    inodeSize,
    inodeCount: superblock.readUInt32LE(0),
    inodesPerGroup: superblock.readUInt32LE(0x28),
    descriptorSize: is64bit ? superblock.readUInt16LE(0xfe) : 32,
    // bigalloc counts from block 0 also if blocks of 1,024 bytes put the superblock into block 1.
    descriptorsAt: (Math.max(superblock.readUInt32LE(0x14), blockSize === 1024 ? 1 : 0) + 1) * blockSize,
  };
  if (!isSane(geometry, partitionSize))
    throw new Failure('the ext4 superblock is damaged', { fix: 'run e2fsck -f on it, or use another base' });
  return geometry;
}

function isSane(geometry: Geometry, partitionSize: number): boolean {
  const { blockSize, inodeSize, descriptorSize } = geometry;
  return (
    blockSize <= 65536 &&
    geometry.blockCount * blockSize <= partitionSize &&
    geometry.inodesPerGroup > 0 &&
    inodeSize >= 128 &&
    inodeSize <= blockSize &&
    descriptorSize >= 32 &&
    descriptorSize <= 1024
  );
}

function uses64bit(superblock: Buffer): boolean {
  return (superblock.readUInt32LE(0x60) & has64bit) !== 0;
}

/** Free blocks without root's reserve. */
export function countFree(superblock: Buffer): number {
  const [reserved = 0, free = 0] = (
    [
      [0x8, 0x154],
      [0xc, 0x158],
    ] as const
  ).map(
    ([low, high]) =>
      superblock.readUInt32LE(low) + (uses64bit(superblock) ? superblock.readUInt32LE(high) * 2 ** 32 : 0),
  );
  return Math.max(0, free - reserved);
}
