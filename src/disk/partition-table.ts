import type { ByteRange } from '../platform/byte-range.js';
import { Failure } from '../platform/errors.js';
import type { BlockReader } from './block-reader.js';

export interface Partition extends ByteRange {
  /** As the kernel numbers it, such as 16 for `/dev/vda16`. */
  readonly number: number;
  /** The GPT type as an upper-case GUID, or the MBR type as two hexadecimal digits. */
  readonly type: string;
}

const gptSignature = 'EFI PART';
const maxEntries = 1024;
const mbrProtective = 'EE';
const mbrExtended = new Set(['05', '0F', '85']);

/**
 * The partitions of a disk, sorted by offset: GPT with sectors of 512 or 4096 bytes, or primary partitions of an MBR.
 * Empty if the disk has no partition table. Source: UEFI specification 2.10, section 5.
 * @throws Failure if the table is damaged
 */
export async function readPartitions(disk: BlockReader): Promise<readonly Partition[]> {
  if (disk.size < 64 * 1024) return [];
  for (const sector of [512, 4096]) {
    const header = await disk.read(sector, 92);
    if (header.toString('latin1', 0, 8) === gptSignature) return readGpt(disk, header, sector);
  }
  return parseMbr(await disk.read(0, 512), disk.size);
}

async function readGpt(disk: BlockReader, header: Buffer, sector: number): Promise<readonly Partition[]> {
  const entriesAt = Number(header.readBigUInt64LE(72)) * sector;
  const count = header.readUInt32LE(80);
  const entrySize = header.readUInt32LE(84);
  if (count > maxEntries || entrySize < 128 || entrySize > 4096 || entriesAt + count * entrySize > disk.size) {
    throw new Failure('the GPT header is damaged: its partition entries are outside the disk', refetchFix);
  }
  const entries = await disk.read(entriesAt, count * entrySize);
  return Array.from({ length: count }, (_, index) => entries.subarray(index * entrySize, (index + 1) * entrySize))
    .map((entry, index) => parseGptEntry(entry, index + 1, sector))
    .filter((partition) => partition !== undefined)
    .map((partition) => assertBounds(partition, disk.size))
    .sort((a, b) => a.start - b.start);
}

function parseGptEntry(entry: Buffer, number: number, sector: number): Partition | undefined {
  if (entry.subarray(0, 16).every((byte) => byte === 0)) return undefined;
  const first = Number(entry.readBigUInt64LE(32));
  const last = Number(entry.readBigUInt64LE(40));
  return {
    number,
    start: first * sector,
    length: (last - first + 1) * sector,
    type: formatGuid(entry.subarray(0, 16)),
  };
}

/** GUIDs are stored with their first three fields in little endian. */
function formatGuid(bytes: Buffer): string {
  const hex = (from: number, to: number): string => bytes.toString('hex', from, to);
  const reversed = (from: number, to: number): string =>
    Buffer.from(bytes.subarray(from, to)).reverse().toString('hex');
  return [reversed(0, 4), reversed(4, 6), reversed(6, 8), hex(8, 10), hex(10, 16)].join('-').toUpperCase();
}

function parseMbr(sector: Buffer, diskSize: number): readonly Partition[] {
  if (sector.readUInt16LE(510) !== 0xaa55 || !hasEntries(sector)) return [];
  return [0, 1, 2, 3]
    .map((index) => ({ index, entry: sector.subarray(446 + index * 16, 462 + index * 16) }))
    .map(({ index, entry }) => ({
      number: index + 1,
      start: entry.readUInt32LE(8) * 512,
      length: entry.readUInt32LE(12) * 512,
      type: entry.toString('hex', 4, 5).toUpperCase(),
    }))
    .filter(({ type, length }) => type !== '00' && type !== mbrProtective && !mbrExtended.has(type) && length > 0)
    .filter(({ start, length }) => start > 0 && start + length <= diskSize)
    .sort((a, b) => a.start - b.start);
}

/**
 * The boot sector of a filesystem without partitions has the same signature, and code instead of the entries.
 * Distinguishes them as Linux does (block/partitions/msdos.c).
 */
function hasEntries(sector: Buffer): boolean {
  return [0, 1, 2, 3].every((index) => (sector.readUInt8(446 + index * 16) & 0x7f) === 0);
}

const refetchFix = { fix: 'fetch the base again, or use another one' } as const;

function assertBounds(partition: Partition, diskSize: number): Partition {
  const { number, start, length } = partition;
  if (start <= 0 || length <= 0 || start + length > diskSize) {
    throw new Failure(`the GPT is damaged: partition ${number} is outside the disk`, refetchFix);
  }
  return partition;
}
