import { Failure } from '../platform/errors.js';
import type { BlockReader } from './block-reader.js';
import { parseFeatures } from './ext4-features.js';
import { countFree, parseSuperblock, type Geometry } from './ext4-superblock.js';
import { parseAttributeBlock, parseChecksumSeed, type AttributeBlock } from './ext4-attribute-block.js';
import { parseBlockAttributes, parseInodeAttributes, type ExtendedAttributes } from './ext4-xattrs.js';
import { createWorkBudget, type WorkBudget } from './work-budget.js';

/**
 * A reader for ext2, ext3 and ext4: names, attributes and contents, straight from the blocks.
 * It needs no mount, no root and no process. It trusts nothing that it reads: every length is bounded.
 * Source of all offsets: Linux, Documentation/filesystems/ext4.
 */
export interface Ext4Reader {
  readonly label: string;
  readonly uuid: string;
  /** Bytes. */
  readonly blockSize: number;
  /** Time of the last write, in seconds since the epoch. */
  readonly lastWrite: number;
  /** Files are mapped by extents. False for ext2 and ext3, which map each block. */
  readonly hasExtents: boolean;
  /** Names as in tune2fs(8). */
  readonly features: readonly string[];
  /** Bytes. The partition can be larger. */
  readonly size: number;
  /** Bytes that are free without root's reserve, like `f_bavail` of statfs(2). */
  readonly freeBytes: number;
  getInode(number: number): Promise<Inode>;
  /** The names in a directory, without `.` and `..`. */
  readDirectory(inode: Inode): Promise<readonly DirectoryEntry[]>;
  readLink(inode: Inode): Promise<string>;
  /** The content in order, in pieces of at most 4 MiB. */
  readContent(inode: Inode): AsyncIterable<Buffer>;
  /** The extended attributes in the inode and its attribute block. */
  readAttributes(inode: Inode): Promise<ExtendedAttributes>;
  /** The attribute block of an inode that has one. @throws Failure if it cannot be edited */
  readAttributeBlock(inode: Inode): Promise<AttributeBlock>;
  /** Where the content is stored, in file order. */
  listRuns(inode: Inode): Promise<readonly BlockRun[]>;
}

/** Blocks that are adjacent in a file and on the disk. */
export interface BlockRun {
  /** Position in the file, in blocks. */
  readonly first: number;
  readonly count: number;
  /** Position in the filesystem, in blocks; undefined for a hole. */
  readonly start: number | undefined;
  /** False for an uninitialised extent: allocated, but reads as zeros. */
  readonly isWritten: boolean;
}

/** A run that is not a hole. */
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
  /** Time of the last change of the content, in seconds since the epoch. */
  readonly modified: number;
  readonly links: number;
  readonly flags: number;
  /** The block of extended attributes that do not fit into the inode; 0 without one. */
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

const hasExtents = 0x40;
const inodeFlag = { inlineData: 0x1000_0000, extents: 0x8_0000, encrypted: 0x800 } as const;
const kinds: Readonly<Record<number, FileKind>> = { 0x4000: 'directory', 0x8000: 'file', 0xa000: 'link' };
const extentMagic = 0xf30a;
const uninitialised = 32768;
const maxDirectoryBytes = 4 * 1024 ** 2;
const maxRuns = 500_000;
const pieceSize = 4 * 1024 ** 2;

/** @throws Failure if the filesystem cannot be read, or was not unmounted cleanly */
export async function openExt4(partition: BlockReader, budget = createWorkBudget(partition)): Promise<Ext4Reader> {
  const superblock = await partition.read(1024, 1024);
  return new Ext4(superblock, parseSuperblock(superblock, partition.size), new BlockCache(partition, budget));
}

class Ext4 implements Ext4Reader {
  readonly label: string;
  readonly uuid: string;
  readonly blockSize: number;
  readonly lastWrite: number;
  readonly hasExtents: boolean;
  readonly features: readonly string[];
  readonly size: number;
  readonly freeBytes: number;
  readonly #geometry: Geometry;
  readonly #checksumSeed: number | undefined;
  readonly #blocks: BlockCache;

  constructor(superblock: Buffer, geometry: Geometry, blocks: BlockCache) {
    this.label = superblock.toString('utf8', 0x78, 0x88).replace(/\0.*$/s, '');
    this.uuid = superblock.toString('hex', 0x68, 0x78).replace(/(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    this.blockSize = geometry.blockSize;
    this.lastWrite = superblock.readUInt32LE(0x30);
    this.hasExtents = (superblock.readUInt32LE(0x60) & hasExtents) !== 0;
    this.features = parseFeatures(superblock);
    this.size = geometry.blockCount * geometry.blockSize;
    this.freeBytes = countFree(superblock) * geometry.blockSize;
    this.#geometry = geometry;
    this.#checksumSeed = parseChecksumSeed(superblock);
    this.#blocks = blocks;
  }

  async getInode(number: number): Promise<Inode> {
    return parseInode(number, await this.#blocks.read(await this.#locateInode(number), 128));
  }

  /** The inode's position in the partition, in bytes. */
  async #locateInode(number: number): Promise<number> {
    const { blockSize, inodeCount, inodesPerGroup, inodeSize, descriptorsAt, descriptorSize } = this.#geometry;
    if (number < 1 || number > inodeCount)
      throw new Failure(`the ext4 filesystem is damaged: inode ${number} does not exist`);
    const group = Math.floor((number - 1) / inodesPerGroup);
    const descriptor = await this.#blocks.read(descriptorsAt + group * descriptorSize, descriptorSize);
    const table = descriptor.readUInt32LE(8) + (descriptorSize >= 64 ? descriptor.readUInt32LE(0x28) * 2 ** 32 : 0);
    return table * blockSize + ((number - 1) % inodesPerGroup) * inodeSize;
  }

  async readAttributes({ number, attributeBlock }: Inode): Promise<ExtendedAttributes> {
    const inode = await this.#blocks.read(await this.#locateInode(number), this.#geometry.inodeSize);
    const inBlock = attributeBlock === 0 ? [] : parseBlockAttributes(await this.#readBlock(attributeBlock));
    return new Map([...parseInodeAttributes(inode), ...inBlock]);
  }

  async readAttributeBlock({ attributeBlock }: Inode): Promise<AttributeBlock> {
    return parseAttributeBlock(attributeBlock, await this.#readBlock(attributeBlock), this.#checksumSeed);
  }

  async readDirectory(inode: Inode): Promise<readonly DirectoryEntry[]> {
    if (inode.kind !== 'directory') throw new Failure(`inode ${inode.number} is not a directory`);
    return parseDirectory(await collect(this.readContent(inode), inode, maxDirectoryBytes), this.blockSize);
  }

  async readLink(inode: Inode): Promise<string> {
    return inode.size < 60
      ? inode.blockMap.toString('utf8', 0, inode.size)
      : (await collect(this.readContent(inode), inode, 4096)).toString('utf8');
  }

  async *readContent(inode: Inode): AsyncIterable<Buffer> {
    let done = 0;
    for (const run of await this.listRuns(inode)) {
      const from = Math.max(run.first * this.blockSize, done);
      const to = Math.min((run.first + run.count) * this.blockSize, inode.size);
      yield* this.#zeros(Math.min(from, inode.size) - done);
      for (let at = from; at < to; at += pieceSize) {
        const length = Math.min(pieceSize, to - at);
        if (run.start === undefined || !run.isWritten) yield* this.#zeros(length);
        else yield await this.#blocks.read(run.start * this.blockSize + at - run.first * this.blockSize, length);
      }
      done = Math.max(done, to);
    }
    yield* this.#zeros(inode.size - done);
  }

  async listRuns(inode: Inode): Promise<readonly BlockRun[]> {
    if ((inode.flags & (inodeFlag.inlineData | inodeFlag.encrypted)) !== 0) {
      throw new Failure(`inode ${inode.number} is inline or encrypted and cannot be read offline`);
    }
    const runs =
      (inode.flags & inodeFlag.extents) !== 0
        ? await this.#readExtents(inode.blockMap, 5)
        : await this.#readBlockMap(inode);
    return [...runs].sort((a, b) => a.first - b.first);
  }

  async #readExtents(node: Buffer, deepest: number): Promise<readonly BlockRun[]> {
    const entries = node.readUInt16LE(2);
    const depth = node.readUInt16LE(6);
    if (node.readUInt16LE(0) !== extentMagic || depth > deepest || 12 + entries * 12 > node.length) {
      throw new Failure('the ext4 filesystem is damaged: a broken extent tree');
    }
    const records = Array.from({ length: entries }, (_, index) => node.subarray(12 + index * 12, 24 + index * 12));
    if (depth === 0) return records.map(parseExtent);
    const children: BlockRun[] = [];
    for (const record of records) {
      const child = await this.#readBlock(record.readUInt32LE(4) + record.readUInt16LE(8) * 2 ** 32);
      const runs = await this.#readExtents(child, depth - 1);
      // Without this check a few blocks that name each other and nothing else make a tree of billions of nodes.
      if (runs.length === 0) throw new Failure('the ext4 filesystem is damaged: an empty node in an extent tree');
      for (const run of runs) children.push(run);
      assertRunCount(children);
    }
    return children;
  }

  /** The block map of ext2 and ext3: twelve direct blocks, then one, two and three levels of tables. */
  async #readBlockMap(inode: Inode): Promise<readonly BlockRun[]> {
    const runs: BlockRun[] = [];
    const wanted = Math.ceil(inode.size / this.blockSize);
    const perTable = this.blockSize / 4;
    let next = 0;
    const visit = async (block: number, level: number): Promise<void> => {
      if (next >= wanted) return;
      if (level === 0 || block === 0) {
        const count = perTable ** level;
        runs.push({ first: next, count, start: block === 0 ? undefined : block, isWritten: true });
        assertRunCount(runs);
        next += count;
        return;
      }
      const table = await this.#readBlock(block);
      for (let index = 0; index < perTable && next < wanted; index++)
        await visit(table.readUInt32LE(index * 4), level - 1);
    };
    for (let index = 0; index < 15; index++)
      await visit(inode.blockMap.readUInt32LE(index * 4), Math.max(0, index - 11));
    return runs;
  }

  async #readBlock(block: number): Promise<Buffer> {
    return this.#blocks.read(block * this.blockSize, this.blockSize);
  }

  async *#zeros(length: number): AsyncIterable<Buffer> {
    for (let rest = length; rest > 0; rest -= pieceSize) {
      const piece = Math.min(rest, pieceSize);
      await this.#blocks.budget.spend(piece);
      yield Buffer.alloc(piece);
    }
  }
}

/** A cluster of qcow2, which QEMU decompresses as a whole for each request. */
const windowBytes = 64 * 1024;
const maxWindows = 1024;

/** Metadata, directories and small files lie close together, so whole windows are read and kept. */
class BlockCache {
  readonly budget: WorkBudget;
  readonly #partition: BlockReader;
  readonly #windows = new Map<number, Promise<Buffer>>();

  constructor(partition: BlockReader, budget: WorkBudget) {
    this.#partition = partition;
    this.budget = budget;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    if (offset < 0 || offset + length > this.#partition.size)
      throw new Failure('the ext4 filesystem is damaged: a block is outside the filesystem');
    await this.budget.spend(length);
    const index = Math.floor(offset / windowBytes);
    const start = index * windowBytes;
    if (offset + length > start + windowBytes) return this.#partition.read(offset, length);
    return (await this.#getWindow(index)).subarray(offset - start, offset - start + length);
  }

  async #getWindow(index: number): Promise<Buffer> {
    const known = this.#windows.get(index);
    if (known !== undefined) return known;
    const start = index * windowBytes;
    const loading = this.#partition.read(start, Math.min(windowBytes, this.#partition.size - start));
    this.#windows.set(index, loading);
    const [oldest] = this.#windows.keys();
    if (this.#windows.size > maxWindows && oldest !== undefined) this.#windows.delete(oldest);
    return loading;
  }
}

function parseInode(number: number, raw: Buffer): Inode {
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

function parseExtent(record: Buffer): BlockRun {
  const length = record.readUInt16LE(4);
  const start = record.readUInt32LE(8) + record.readUInt16LE(6) * 2 ** 32;
  const first = record.readUInt32LE(0);
  const isWritten = length <= uninitialised;
  return { first, count: isWritten ? length : length - uninitialised, start, isWritten };
}

function assertRunCount(runs: readonly BlockRun[]): void {
  if (runs.length > maxRuns) throw new Failure(`the ext4 filesystem has a file with more than ${maxRuns} extents`);
}

async function collect(content: AsyncIterable<Buffer>, inode: Inode, largest: number): Promise<Buffer> {
  if (inode.size > largest)
    throw new Failure(`inode ${inode.number} of ${inode.size} bytes is larger than ${largest} bytes`);
  const pieces: Buffer[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Also reads hashed directories: their index blocks look like one unused entry. */
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
    if (inode !== 0 && name !== '.' && name !== '..') entries.push({ name: assertName(name), inode });
    at += length;
  }
  return entries;
}

function assertName(name: string): string {
  if (name === '' || name.includes('/') || name.includes('\0'))
    throw new Failure('the ext4 filesystem is damaged: an invalid file name');
  return name;
}
