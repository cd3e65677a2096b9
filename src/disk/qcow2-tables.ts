import type { ByteRange } from '../platform/byte-range.js';
import type { BlockReader } from './block-reader.js';
import { parseQcow2Header } from './qcow2-header.js';

/** The bytes of an image's file. */
export interface TableFile extends Pick<BlockReader, 'read'> {
  write(offset: number, bytes: Buffer): Promise<void>;
}

/** The positions of an image's tables. Offsets in bytes. Source: QEMU, docs/interop/qcow2.txt. */
interface Layout {
  readonly l1Offset: number;
  readonly l1Entries: number;
  readonly refcountTableOffset: number;
  readonly refcountTableEntries: number;
}

interface Table {
  /** Its entry in the L1 table. */
  readonly index: number;
  /** Bytes. */
  readonly offset: number;
}

/** The defaults of `qemu-img create`. */
const clusterSize = 65536;
const refcountOrder = 4;

const entrySize = 8;
const refcountSize = 2;
/** Disk bytes that one L2 table maps. */
const bytesPerTable = (clusterSize / entrySize) * clusterSize;
const clustersPerRefcountBlock = clusterSize / refcountSize;
const offsetMask = 0x00ff_ffff_ffff_fe00n;
/** The cluster that the entry points to has a refcount of exactly one. */
const copiedFlag = 1n << 63n;
/** In the first byte of an L2 entry. */
const compressedFlag = 0x40;
/** In the last byte of an L2 entry. */
const zeroFlag = 0x01;

/**
 * Moves the L2 tables of disk ranges to the end of the image's file, where QEMU also allocates new clusters. Writing to
 * these ranges then changes the file in one place, not wherever a table was. The old clusters stay allocated, because
 * QEMU would reuse them, until `freeTables` is called with the returned ranges.
 * Moves nothing if the image does not have QEMU's default layout, or its last refcount block is full.
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
  const [newRefcounts, ...oldRefcounts] = await Promise.all([
    tryFindRefcounts(first, tables.length, layout, file),
    ...tables.map(async ({ offset }) => tryFindRefcounts(offset / clusterSize, 1, layout, file)),
  ]);
  if (
    tables.length === 0 ||
    newRefcounts === undefined ||
    !oldRefcounts.every((range) => range !== undefined) ||
    !(await isFree(newRefcounts, file))
  )
    return [];
  for (const [place, { index, offset }] of tables.entries()) {
    const to = (first + place) * clusterSize;
    await file.write(to, await file.read(offset, clusterSize));
    await file.write(newRefcounts.start + place * refcountSize, Buffer.of(0, 1));
    await file.write(layout.l1Offset + index * entrySize, formatEntry(BigInt(to) | copiedFlag));
  }
  return oldRefcounts;
}

/**
 * Whether an L2 table of one of the ranges marks a cluster as zeros. Also true if the image's layout is not supported.
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

/** Frees the clusters that `moveTables` left allocated. Takes the refcounts that it returned. */
export async function freeTables(file: Pick<TableFile, 'write'>, oldRefcounts: readonly ByteRange[]): Promise<void> {
  for (const { start, length } of oldRefcounts) await file.write(start, Buffer.alloc(length));
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

/** The L2 tables of disk ranges. Parts that were never written have none. */
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

/** The refcounts of adjacent clusters; undefined if they have no refcount block yet, or more than one. */
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

/** Checks the refcounts, because a file may be shorter than the clusters that are allocated in it. */
async function isFree({ start, length }: ByteRange, file: TableFile): Promise<boolean> {
  return (await file.read(start, length)).every((byte) => byte === 0);
}

function formatEntry(value: bigint): Buffer {
  const bytes = Buffer.alloc(entrySize);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
