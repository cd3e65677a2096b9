import { Failure } from '../platform/errors.js';
import type { BlockReader } from './block-reader.js';
import { assertReadableFeatures, parseFeatures } from './ext4-features.js';

/**
 * A reader for ext2, ext3 and ext4: names, attributes and contents, straight from the blocks.
 * It needs no mount, no root and no process, and trusts nothing that it reads: every length is bounded.
 * Source of all offsets: Linux, Documentation/filesystems/ext4.
 */
export interface Ext4Reader {
  readonly label: string;
  readonly uuid: string;
  /** Bytes. */
  readonly blockSize: number;
  /** When it was last written, in seconds since the epoch. */
  readonly lastWrite: number;
  /** Its files note where they lie as runs; ext2 and ext3 note each block. */
  readonly hasExtents: boolean;
  /** By the names that tune2fs(8) has for them. */
  readonly features: readonly string[];
  /** Bytes; its partition can be larger. */
  readonly size: number;
  /** Bytes that programs without root's reserve can still fill, as statfs(2) counts them. */
  readonly freeBytes: number;
  getInode(number: number): Promise<Inode>;
  /** The names in a directory, without `.` and `..`. */
  readDirectory(inode: Inode): Promise<readonly DirectoryEntry[]>;
  readLink(inode: Inode): Promise<string>;
  /** The content in order, in pieces of at most 4 MiB. */
  readContent(inode: Inode): AsyncIterable<Buffer>;
  /** Where the content lies, in order. */
  listRuns(inode: Inode): Promise<readonly BlockRun[]>;
}

/** Blocks that follow each other in a file and on the disk. */
export interface BlockRun {
  /** Its place in the file, in blocks. */
  readonly first: number;
  readonly count: number;
  /** Its place in the filesystem, in blocks; undefined for a hole. */
  readonly start: number | undefined;
  /** False for an uninitialised extent: it has space but no content, and reads as zeros. */
  readonly isWritten: boolean;
}

/** A run that is no hole. */
export type PlacedRun = BlockRun & { readonly start: number };

export interface Inode {
  readonly number: number;
  readonly kind: FileKind;
  /** The twelve permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes. */
  readonly size: number;
  /** When the content was last changed, in seconds since the epoch. */
  readonly modified: number;
  readonly links: number;
  readonly flags: number;
  /** The block that extended attributes have for themselves where they do not fit into the inode; else 0. */
  readonly attributeBlock: number;
  /** The 60 bytes of `i_block`: the root of the extent tree, the block map, or a short link's target. */
  readonly blockMap: Buffer;
}

export type FileKind = 'file' | 'directory' | 'link' | 'other';

export interface DirectoryEntry {
  readonly name: string;
  readonly inode: number;
}

export const rootInode = 2;

const magic = 0xef53;
const has64bit = 0x80;
const hasExtents = 0x40;
const inodeFlag = { inlineData: 0x1000_0000, extents: 0x8_0000, encrypted: 0x800 } as const;
const kinds: Readonly<Record<number, FileKind>> = { 0x4000: 'directory', 0x8000: 'file', 0xa000: 'link' };
const extentMagic = 0xf30a;
const uninitialised = 32768;
const largestDirectory = 4 * 1024 ** 2;
const mostRuns = 500_000;
const pieceSize = 4 * 1024 ** 2;

interface Geometry {
  readonly blockSize: number;
  readonly blockCount: number;
  readonly inodeSize: number;
  readonly inodeCount: number;
  readonly inodesPerGroup: number;
  readonly descriptorSize: number;
  readonly descriptorsAt: number;
}

/** True where a partition holds an ext filesystem. */
export async function isExt4(partition: BlockReader): Promise<boolean> {
  return partition.size >= 4096 && isExt4Superblock(await partition.read(0, 4096));
}

/** As `isExt4`, by the first bytes of a partition. */
export function isExt4Superblock(start: Buffer): boolean {
  return start.length >= 2048 && start.readUInt16LE(1024 + 0x38) === magic;
}

/** @throws Failure where the filesystem is not one that can be read, or was not unmounted cleanly. */
export async function openExt4(partition: BlockReader): Promise<Ext4Reader> {
  const superblock = await partition.read(1024, 1024);
  const geometry = parseSuperblock(superblock, partition.size);
  const blocks = cacheBlocks(partition, geometry.blockSize);
  const readContent = async function* (inode: Inode): AsyncIterable<Buffer> {
    yield* readRuns(blocks, geometry, inode, await mapBlocks(blocks, geometry, inode));
  };
  return {
    label: superblock.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, ''),
    uuid: superblock.toString('hex', 0x68, 0x78).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'),
    blockSize: geometry.blockSize,
    lastWrite: superblock.readUInt32LE(0x30),
    hasExtents: (superblock.readUInt32LE(0x60) & hasExtents) !== 0,
    features: parseFeatures(superblock),
    size: geometry.blockCount * geometry.blockSize,
    freeBytes: countFree(superblock) * geometry.blockSize,
    getInode: async (number) => readInode(blocks, geometry, number),
    readDirectory: async (inode) => {
      if (inode.kind !== 'directory') throw new Failure(`inode ${inode.number} is no directory`);
      return parseDirectory(await collect(readContent(inode), inode, largestDirectory), geometry.blockSize);
    },
    readLink: async (inode) =>
      inode.size < 60
        ? inode.blockMap.toString('utf8', 0, inode.size)
        : (await collect(readContent(inode), inode, 4096)).toString('utf8'),
    readContent,
    listRuns: async (inode) => mapBlocks(blocks, geometry, inode),
  };
}

function parseSuperblock(superblock: Buffer, partitionSize: number): Geometry {
  if (superblock.readUInt16LE(0x38) !== magic) throw new Failure('no ext4 filesystem');
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

/** Blocks. Root's reserve is not counted. */
function countFree(superblock: Buffer): number {
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

interface BlockCache {
  read(offset: number, length: number): Promise<Buffer>;
}

/**
 * Metadata, directories and small files lie close together: windows of 64 KiB are kept. That is a cluster of qcow2, which
 * QEMU decompresses as a whole, and anew for each request.
 */
function cacheBlocks(partition: BlockReader, blockSize: number): BlockCache {
  const windowSize = Math.max(64 * 1024, blockSize);
  const mostWindows = 1024;
  const windows = new Map<number, Promise<Buffer>>();
  const getWindow = async (index: number): Promise<Buffer> => {
    const known = windows.get(index);
    if (known !== undefined) return known;
    const start = index * windowSize;
    const loading = partition.read(start, Math.min(windowSize, partition.size - start));
    windows.set(index, loading);
    const [oldest] = windows.keys();
    if (windows.size > mostWindows && oldest !== undefined) windows.delete(oldest);
    return loading;
  };
  return {
    read: async (offset, length) => {
      const index = Math.floor(offset / windowSize);
      if (offset < 0 || offset + length > partition.size)
        throw new Failure('the ext4 filesystem points outside of itself');
      if (offset + length > (index + 1) * windowSize) return partition.read(offset, length);
      return (await getWindow(index)).subarray(offset - index * windowSize, offset - index * windowSize + length);
    },
  };
}

async function readInode(blocks: BlockCache, geometry: Geometry, number: number): Promise<Inode> {
  if (number < 1 || number > geometry.inodeCount)
    throw new Failure(`the ext4 filesystem names inode ${number}, which it does not have`);
  const group = Math.floor((number - 1) / geometry.inodesPerGroup);
  const descriptor = await blocks.read(
    geometry.descriptorsAt + group * geometry.descriptorSize,
    geometry.descriptorSize,
  );
  const table =
    descriptor.readUInt32LE(8) + (geometry.descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
  const at = table * geometry.blockSize + ((number - 1) % geometry.inodesPerGroup) * geometry.inodeSize;
  const raw = await blocks.read(at, 128);
  const mode = raw.readUInt16LE(0);
  return {
    number,
    kind: kinds[mode & 0xf000] ?? 'other',
    mode: mode & 0o7777,
    uid: raw.readUInt16LE(2) + raw.readUInt16LE(0x78) * 65536,
    gid: raw.readUInt16LE(0x18) + raw.readUInt16LE(0x7a) * 65536,
    size: raw.readUInt32LE(4) + raw.readUInt32LE(0x6c) * 2 ** 32,
    modified: raw.readUInt32LE(0x10),
    links: raw.readUInt16LE(0x1a),
    flags: raw.readUInt32LE(0x20),
    attributeBlock: raw.readUInt32LE(0x68) + raw.readUInt16LE(0x76) * 2 ** 32,
    blockMap: Buffer.from(raw.subarray(0x28, 0x28 + 60)),
  };
}

async function mapBlocks(blocks: BlockCache, geometry: Geometry, inode: Inode): Promise<readonly BlockRun[]> {
  if ((inode.flags & (inodeFlag.inlineData | inodeFlag.encrypted)) !== 0) {
    throw new Failure(`inode ${inode.number} is inline or encrypted and cannot be read offline`);
  }
  const runs =
    (inode.flags & inodeFlag.extents) !== 0
      ? await readExtents(blocks, geometry, inode.blockMap, 5)
      : await readBlockMap(blocks, geometry, inode);
  return [...runs].sort((a, b) => a.first - b.first);
}

async function readExtents(
  blocks: BlockCache,
  geometry: Geometry,
  node: Buffer,
  deepest: number,
): Promise<readonly BlockRun[]> {
  const entries = node.readUInt16LE(2);
  const depth = node.readUInt16LE(6);
  if (node.readUInt16LE(0) !== extentMagic || depth > deepest || 12 + entries * 12 > node.length) {
    throw new Failure('the ext4 filesystem is damaged: a broken extent tree');
  }
  const records = Array.from({ length: entries }, (_, index) => node.subarray(12 + index * 12, 24 + index * 12));
  if (depth === 0) return records.map(parseExtent);
  const children: BlockRun[] = [];
  for (const record of records) {
    const block = record.readUInt32LE(4) + record.readUInt16LE(8) * 2 ** 32;
    const child = await blocks.read(block * geometry.blockSize, geometry.blockSize);
    const runs = await readExtents(blocks, geometry, child, depth - 1);
    // Without this a few blocks that name each other and nothing else make a tree of billions of nodes.
    if (runs.length === 0) throw new Failure('the ext4 filesystem is damaged: an empty node in an extent tree');
    for (const run of runs) children.push(run);
    checkRuns(children);
  }
  return children;
}

function parseExtent(record: Buffer): BlockRun {
  const length = record.readUInt16LE(4);
  const start = record.readUInt32LE(8) + record.readUInt16LE(6) * 2 ** 32;
  const first = record.readUInt32LE(0);
  const isWritten = length <= uninitialised;
  return { first, count: isWritten ? length : length - uninitialised, start, isWritten };
}

function checkRuns(runs: readonly BlockRun[]): void {
  if (runs.length > mostRuns) throw new Failure(`the ext4 filesystem has a file in more than ${mostRuns} pieces`);
}

/** The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables. */
async function readBlockMap(blocks: BlockCache, geometry: Geometry, inode: Inode): Promise<readonly BlockRun[]> {
  const runs: BlockRun[] = [];
  const wanted = Math.ceil(inode.size / geometry.blockSize);
  const perTable = geometry.blockSize / 4;
  let next = 0;
  const visit = async (block: number, level: number): Promise<void> => {
    if (next >= wanted) return;
    if (level === 0 || block === 0) {
      const count = perTable ** level;
      runs.push({ first: next, count, start: block === 0 ? undefined : block, isWritten: true });
      checkRuns(runs);
      next += count;
      return;
    }
    const table = await blocks.read(block * geometry.blockSize, geometry.blockSize);
    for (let index = 0; index < perTable && next < wanted; index++)
      await visit(table.readUInt32LE(index * 4), level - 1);
  };
  for (let index = 0; index < 15; index++) await visit(inode.blockMap.readUInt32LE(index * 4), Math.max(0, index - 11));
  return runs;
}

async function* readRuns(
  blocks: BlockCache,
  geometry: Geometry,
  inode: Inode,
  runs: readonly BlockRun[],
): AsyncIterable<Buffer> {
  let done = 0;
  for (const run of runs) {
    const from = Math.max(run.first * geometry.blockSize, done);
    const to = Math.min((run.first + run.count) * geometry.blockSize, inode.size);
    yield* zeros(Math.min(from, inode.size) - done);
    for (let at = from; at < to; at += pieceSize) {
      const length = Math.min(pieceSize, to - at);
      yield run.start === undefined || !run.isWritten
        ? Buffer.alloc(length)
        : await blocks.read(run.start * geometry.blockSize + at - run.first * geometry.blockSize, length);
    }
    done = Math.max(done, to);
  }
  yield* zeros(inode.size - done);
}

function* zeros(length: number): Iterable<Buffer> {
  for (let rest = length; rest > 0; rest -= pieceSize) yield Buffer.alloc(Math.min(rest, pieceSize));
}

async function collect(content: AsyncIterable<Buffer>, inode: Inode, largest: number): Promise<Buffer> {
  if (inode.size > largest)
    throw new Failure(`inode ${inode.number} of ${inode.size} bytes is larger than ${largest} bytes`);
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Hashed directories read the same way: their index blocks look like one unused entry. */
function parseDirectory(content: Buffer, blockSize: number): readonly DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at + 8 <= content.length; ) {
    const inode = content.readUInt32LE(at);
    const length = content.readUInt16LE(at + 4);
    const nameLength = content.readUInt8(at + 6);
    if (length < 8 || length % 4 !== 0 || (at % blockSize) + length > blockSize || nameLength + 8 > length) {
      throw new Failure('the ext4 filesystem is damaged: a broken directory');
    }
    const name = content.toString('utf8', at + 8, at + 8 + nameLength);
    if (inode !== 0 && name !== '.' && name !== '..') entries.push({ name: checkName(name), inode });
    at += length;
  }
  return entries;
}

function checkName(name: string): string {
  if (name === '' || name.includes('/') || name.includes('\0'))
    throw new Failure('the ext4 filesystem is damaged: an impossible file name');
  return name;
}
