import type { BlockReader } from './block-reader.js';

/** The signature of a kind of content. */
interface Signature {
  readonly name: string;
  readonly offset: number;
  readonly bytes: Buffer;
  /** Whether it can hold the root filesystem of a Linux guest. */
  readonly holdsRoot: boolean;
}

const text = (value: string): Buffer => Buffer.from(value, 'latin1');
const hex = (value: string): Buffer => Buffer.from(value, 'hex');

/** Source: util-linux, libblkid/src/superblocks. */
const signatures: readonly Signature[] = [
  { name: 'XFS', offset: 0, bytes: text('XFSB'), holdsRoot: true },
  { name: 'btrfs', offset: 0x10040, bytes: text('_BHRfS_M'), holdsRoot: true },
  { name: 'LVM', offset: 512, bytes: text('LABELONE'), holdsRoot: true },
  { name: 'LUKS (encrypted)', offset: 0, bytes: hex('4c554b53babe'), holdsRoot: true },
  { name: 'F2FS', offset: 1024, bytes: hex('1020f5f2'), holdsRoot: true },
  { name: 'bcachefs', offset: 4096 + 24, bytes: hex('c68573f64e1a45ca8265f57f48ba6d81'), holdsRoot: true },
  { name: 'JFS', offset: 0x8000, bytes: text('JFS1'), holdsRoot: true },
  { name: 'ReiserFS', offset: 0x10034, bytes: text('ReIsEr'), holdsRoot: true },
  { name: 'SquashFS', offset: 0, bytes: text('hsqs'), holdsRoot: true },
  { name: 'EROFS', offset: 1024, bytes: hex('e2e1f5e0'), holdsRoot: true },
  { name: 'NTFS', offset: 3, bytes: text('NTFS    '), holdsRoot: false },
  { name: 'exFAT', offset: 3, bytes: text('EXFAT   '), holdsRoot: false },
  { name: 'FAT', offset: 82, bytes: text('FAT32   '), holdsRoot: false },
  { name: 'FAT', offset: 54, bytes: text('FAT1'), holdsRoot: false },
  { name: 'ISO 9660', offset: 0x8001, bytes: text('CD001'), holdsRoot: false },
  { name: 'swap', offset: 4086, bytes: text('SWAPSPACE2'), holdsRoot: false },
];

/** Enough bytes for every signature. */
export const signatureBytes = 0x10040 + 8;

export type DiskContent = Pick<Signature, 'name' | 'holdsRoot'>;

/**
 * Identifies the content of a partition or disk, except ext4; undefined if it is unknown.
 * @param start the first `signatureBytes`, or less if there is less
 */
export function identifyContent(start: Buffer): DiskContent | undefined {
  return signatures.find(({ offset, bytes }) => start.subarray(offset, offset + bytes.length).equals(bytes));
}

/** Like `identifyContent`, but reads the partition. */
export async function readContentKind(partition: BlockReader): Promise<DiskContent | undefined> {
  return identifyContent(await partition.read(0, Math.min(signatureBytes, partition.size)));
}
