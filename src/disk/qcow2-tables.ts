import type { ByteRange } from '../platform/byte-range.js';
import type { BlockReader } from './block-reader.js';
import { parseQcow2Header } from './qcow2-header.js';

/** The bytes of an image's file. */
export interface TableFile extends Pick<BlockReader, 'read'> {
  write(offset: number, bytes: Buffer): Promise<void>;
}

/** Where an image has its tables. Source of all offsets: QEMU, docs/interop/qcow2.txt. */
interface Layout {
  /** Bytes. */
  readonly l1Offset: number;
  readonly l1Entries: number;
  /** Bytes. */
  readonly refcountTableOffset: number;
  readonly refcountTableEntries: number;
}

interface Table {
  /** Its entry in the L1 table. */
  readonly index: number;
  /** Bytes. */
  readonly offset: number;
}

/** What `qemu-img create` takes where nobody asks for something else. */
const clusterSize = 65536;
const refcountOrder = 4;

const entrySize = 8;
const refcountSize = 2;
/** Bytes of a disk. */
const bytesPerTable = (clusterSize / entrySize) * clusterSize;
const clustersPerRefcountBlock = clusterSize / refcountSize;
const offsetMask = 0x00ff_ffff_ffff_fe00n;
/** What the entry points to has a refcount of exactly one. */
const copiedFlag = 1n << 63n;
/** Of the first byte of an entry of an L2 table, and of its last. */
const compressedFlag = 0x40;
const zeroFlag = 0x01;

/**
 * Moves the L2 tables of ranges of a disk to the end of the image's file, where QEMU puts new clusters: so writing to these ranges changes the
 * file in one place, and not wherever a table lies. The old places stay taken, for QEMU would use them, until `freeTables` gets the answer.
 * Moves nothing in an image with other clusters or refcounts than QEMU's usual ones, or whose last refcount block has no room.
 * @param end the size of the image's file in bytes
 */
export async function moveTables(
  file: TableFile,
  ranges: readonly ByteRange[],
  end: number,
): Promise<readonly ByteRange[]> {
  const layout = tryParseLayout(await file.read(0, clusterSize));
  if (layout === undefined) return [];
  const tables = await findTables(ranges, layout, file);
  const first = Math.ceil(end / clusterSize);
  const [taken, ...left] = await Promise.all([
    tryFindRefcounts(first, tables.length, layout, file),
    ...tables.map(async ({ offset }) => tryFindRefcounts(offset / clusterSize, 1, layout, file)),
  ]);
  if (
    tables.length === 0 ||
    taken === undefined ||
    !left.every((range) => range !== undefined) ||
    !(await isFree(taken, file))
  )
    return [];
  for (const [place, { index, offset }] of tables.entries()) {
    const to = (first + place) * clusterSize;
    await file.write(to, await file.read(offset, clusterSize));
    await file.write(taken.start + place * refcountSize, Buffer.of(0, 1));
    await file.write(layout.l1Offset + index * entrySize, formatEntry(BigInt(to) | copiedFlag));
  }
  return left;
}

/**
 * Whether a cluster is marked as zeros by an L2 table that one of the ranges has. True also where the layout is one that is not read here.
 * Source: QEMU, docs/interop/qcow2.txt, "L2 table entry".
 */
export async function hasZeroMarks(file: Pick<TableFile, 'read'>, ranges: readonly ByteRange[]): Promise<boolean> {
  const layout = tryParseLayout(await file.read(0, clusterSize));
  if (layout === undefined) return true;
  for (const { offset } of await findTables(ranges, layout, file)) {
    const table = await file.read(offset, clusterSize);
    for (let at = 0; at < clusterSize; at += entrySize) {
      const isCompressed = (table.readUInt8(at) & compressedFlag) !== 0;
      if (!isCompressed && (table.readUInt8(at + entrySize - 1) & zeroFlag) !== 0) return true;
    }
  }
  return false;
}

/** Frees the places that `moveTables` has left; its answer is where they are counted. */
export async function freeTables(file: Pick<TableFile, 'write'>, left: readonly ByteRange[]): Promise<void> {
  for (const { start, length } of left) await file.write(start, Buffer.alloc(length));
}

function tryParseLayout(bytes: Buffer): Layout | undefined {
  const header = parseQcow2Header(bytes);
  const snapshots = bytes.readUInt32BE(60);
  const order = header.version === 2 ? refcountOrder : bytes.readUInt32BE(96);
  if (
    header.clusterSize !== clusterSize ||
    order !== refcountOrder ||
    header.extendedL2 ||
    header.externalDataFile ||
    snapshots > 0
  )
    return undefined;
  return {
    l1Offset: Number(bytes.readBigUInt64BE(40)),
    l1Entries: bytes.readUInt32BE(36),
    refcountTableOffset: Number(bytes.readBigUInt64BE(48)),
    refcountTableEntries: (bytes.readUInt32BE(56) * clusterSize) / entrySize,
  };
}

/** The tables that ranges of the disk have: where nothing was ever written, there is none. */
async function findTables(
  ranges: readonly ByteRange[],
  { l1Offset, l1Entries }: Layout,
  file: Pick<TableFile, 'read'>,
): Promise<readonly Table[]> {
  const indexes = new Set(
    ranges.flatMap(({ start, length }) => {
      const [first, last] = [
        Math.floor(start / bytesPerTable),
        Math.min(Math.floor((start + length - 1) / bytesPerTable), l1Entries - 1),
      ];
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
    }),
  );
  const tables: Table[] = [];
  for (const index of [...indexes].sort((one, other) => one - other)) {
    const entry = (await file.read(l1Offset + index * entrySize, entrySize)).readBigUInt64BE();
    const offset = Number(entry & offsetMask);
    if (offset > 0 && (entry & copiedFlag) !== 0n) tables.push({ index, offset });
  }
  return tables;
}

/** Where clusters that follow each other are counted; undefined where that is nowhere yet, or not in one block. */
async function tryFindRefcounts(
  cluster: number,
  count: number,
  layout: Layout,
  file: TableFile,
): Promise<ByteRange | undefined> {
  const [block, place] = [Math.floor(cluster / clustersPerRefcountBlock), cluster % clustersPerRefcountBlock];
  if (block >= layout.refcountTableEntries || place + count > clustersPerRefcountBlock) return undefined;
  const offset = Number(
    (await file.read(layout.refcountTableOffset + block * entrySize, entrySize)).readBigUInt64BE() & offsetMask,
  );
  return offset === 0 ? undefined : { start: offset + place * refcountSize, length: count * refcountSize };
}

/** A file may be shorter than what is taken in it. */
async function isFree({ start, length }: ByteRange, file: TableFile): Promise<boolean> {
  return (await file.read(start, length)).every((byte) => byte === 0);
}

function formatEntry(value: bigint): Buffer {
  const bytes = Buffer.alloc(entrySize);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
