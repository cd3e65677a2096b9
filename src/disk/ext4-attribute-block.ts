import { Failure } from '../platform/errors.js';
import { attributesMagic } from './ext4-xattrs.js';

/** A block of extended attributes. Inodes with the same attributes share one. */
export interface AttributeBlock {
  readonly number: number;
  /** How many inodes share it. */
  readonly references: number;
  /** With another reference count: bytes by their offset. */
  changeReferences(references: number): ReadonlyMap<number, number>;
}

/** Source: Linux, fs/ext4/xattr.h, ext4_xattr_header. */
const at = { references: 4, checksum: 16, entries: 32 } as const;
const entryHeaderSize = 16;

/**
 * @param seed of the filesystem's checksums; undefined if it has none
 * @throws Failure if it is not such a block, has values in inodes of their own, or cannot be named in a block map
 */
export function parseAttributeBlock(number: number, block: Buffer, seed: number | undefined): AttributeBlock {
  if (block.length < at.entries || block.readUInt32LE(0) !== attributesMagic)
    throw new Failure(`block ${number} of the ext4 filesystem is not a block of extended attributes`);
  if (number > 0xffff_ffff) throw new Failure(`block ${number} of the ext4 filesystem is beyond 32 bits`);
  if (hasValueInodes(block))
    throw new Failure(`block ${number} of the ext4 filesystem has extended attributes in separate inodes`);
  return {
    number,
    references: block.readUInt32LE(at.references),
    changeReferences: (references) => {
      const changed = Buffer.from(block);
      changed.writeUInt32LE(references, at.references);
      if (seed !== undefined) changed.writeUInt32LE(checksumOf(number, changed, seed), at.checksum);
      return new Map([...changed].flatMap((byte, offset) => (byte === block[offset] ? [] : [[offset, byte] as const])));
    },
  };
}

function hasValueInodes(block: Buffer): boolean {
  for (let entry = at.entries; entry + entryHeaderSize <= block.length && block.readUInt32LE(entry) !== 0; ) {
    if (block.readUInt32LE(entry + 4) !== 0) return true;
    entry += Math.ceil((entryHeaderSize + block.readUInt8(entry)) / 4) * 4;
  }
  return false;
}

/** Of its place and its bytes, with zeros for the checksum itself. Source: Linux, ext4_xattr_block_csum. */
function checksumOf(number: number, block: Buffer, seed: number): number {
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(number));
  const bytes = Buffer.from(block);
  bytes.writeUInt32LE(0, at.checksum);
  return crc32c(bytes, crc32c(place, seed));
}

/** CRC-32C without the final inversion, as ext4 has it. */
export function crc32c(bytes: Buffer, seed: number): number {
  let crc = seed >>> 0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) === 0 ? 0 : 0x82f6_3b78);
  }
  return crc >>> 0;
}

const metadataChecksums = 0x400;
const storedSeed = 0x2000;

/** The seed of a filesystem's checksums; undefined if it has none. Source: Linux, ext4_init_metadata_csum. */
export function parseChecksumSeed(superblock: Buffer): number | undefined {
  if ((superblock.readUInt32LE(0x64) & metadataChecksums) === 0) return undefined;
  if ((superblock.readUInt32LE(0x60) & storedSeed) !== 0) return superblock.readUInt32LE(0x270);
  return crc32c(superblock.subarray(0x68, 0x78), 0xffff_ffff);
}
