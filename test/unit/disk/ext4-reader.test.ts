import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { sliceReader } from '../../../src/disk/block-reader.js';
import { openExt4, rootInode, type Ext4Reader } from '../../../src/disk/ext4-reader.js';
import { isExt4 } from '../../../src/disk/ext4-superblock.js';
import {
  at,
  blockSize,
  extent,
  extentNode,
  extentsFlag,
  index,
  inodeAt,
  inodeCount,
  inodes,
  longTarget,
  makeExt4,
  writeDirectory,
} from '../../fixtures/handmade-ext4.js';
import { openMemoryDisk } from '../../fixtures/memory-disk.js';
import { createRandom } from '../../fixtures/random.js';

async function open(disk: Buffer): Promise<Ext4Reader> {
  return openExt4(sliceReader(openMemoryDisk(disk), 0, disk.length));
}

async function readAll(reader: Ext4Reader, number: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of reader.readContent(await reader.getInode(number))) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The first byte of each block. */
function firstBytes(content: Buffer): readonly number[] {
  return Array.from({ length: Math.ceil(content.length / blockSize) }, (_, block) => content[block * blockSize]!);
}

describe('a sound filesystem', () => {
  test('reports its properties', async () => {
    const reader = await open(makeExt4());
    expect(reader).toMatchObject({
      label: 'handmade',
      uuid: '00112233-4455-6677-8899-aabbccddeeff',
      blockSize: 1024,
      lastWrite: 1_700_000_000,
      hasExtents: true,
    });
  });

  test('lists a directory without . and ..', async () => {
    const reader = await open(makeExt4());
    expect(await reader.readDirectory(await reader.getInode(rootInode))).toEqual(
      Object.entries(inodes).map(([name, inode]) => ({ name, inode })),
    );
  });

  test('reports kinds, permissions, and 32-bit owners', async () => {
    const reader = await open(makeExt4());
    const kinds = await Promise.all(
      [rootInode, inodes.file, inodes.shortLink, inodes.socket].map(
        async (number) => (await reader.getInode(number)).kind,
      ),
    );
    expect(kinds).toEqual(['directory', 'file', 'link', 'other']);
    expect(await reader.getInode(inodes.file)).toMatchObject({
      mode: 0o640,
      uid: 66536,
      gid: 131172,
      links: 1,
      size: 4 * blockSize + 10,
    });
  });

  test('reads extents, and holes and unwritten extents as zeros', async () => {
    const content = await readAll(await open(makeExt4()), inodes.file);
    expect(content.length).toBe(4 * blockSize + 10);
    expect(firstBytes(content)).toEqual([30, 31, 0, 0, 32]);
  });

  test('lists the runs of a file, and which of them are unwritten', async () => {
    const reader = await open(makeExt4());
    expect(await reader.listRuns(await reader.getInode(inodes.file))).toEqual([
      { first: 0, count: 2, start: 30, isWritten: true },
      { first: 3, count: 1, start: 40, isWritten: false },
      { first: 4, count: 1, start: 32, isWritten: true },
    ]);
  });

  test('reads an extent tree with inner nodes', async () => {
    expect(firstBytes(await readAll(await open(makeExt4()), inodes.deep))).toEqual([35, 33, 34]);
  });

  test('reads a block map with a hole and an indirect table', async () => {
    expect(firstBytes(await readAll(await open(makeExt4()), inodes.mapped))).toEqual([
      40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 0, 55,
    ]);
  });

  test('reads short and long links', async () => {
    const reader = await open(makeExt4());
    expect(await reader.readLink(await reader.getInode(inodes.shortLink))).toBe('target');
    expect(await reader.readLink(await reader.getInode(inodes.longLink))).toBe(longTarget);
  });

  test('reads an empty file with an empty extent tree', async () => {
    const disk = makeExt4();
    disk.writeUInt32LE(0, inodeAt(inodes.file) + 4);
    extentNode(0, []).copy(disk, inodeAt(inodes.file) + 0x28);
    expect(await readAll(await open(disk), inodes.file)).toHaveLength(0);
  });

  test('skips the unused entries of hashed directories and checksums', async () => {
    const disk = makeExt4();
    writeDirectory(disk, at.rootDirectory, [
      ['.', 2],
      ['..', 2],
      ['', 0],
      ['file', inodes.file],
      ['', 0],
    ]);
    const reader = await open(disk);
    expect(await reader.readDirectory(await reader.getInode(rootInode))).toEqual([
      { name: 'file', inode: inodes.file },
    ]);
  });

  test('reads adjacent directories and small files from the disk once', async () => {
    const memory = openMemoryDisk(makeExt4().subarray(0, 64 * 1024));
    const asked: number[] = [];
    const reader = await openExt4({
      size: memory.size,
      read: async (offset, length) => {
        asked.push(offset);
        return memory.read(offset, length);
      },
    });
    await reader.readDirectory(await reader.getInode(rootInode));
    await readAll(reader, inodes.file);
    await readAll(reader, inodes.deep);
    expect(asked).toEqual([1024, 0]);
  });

  test('is distinguished from other content', async () => {
    expect(await isExt4(openMemoryDisk(makeExt4()))).toBe(true);
    expect(await isExt4(openMemoryDisk(Buffer.alloc(64 * 1024)))).toBe(false);
    expect(await isExt4(openMemoryDisk(makeExt4().subarray(0, 4095)))).toBe(false);
  });
});

describe('an invalid superblock', () => {
  const cases: readonly (readonly [what: string, edit: (disk: Buffer) => unknown, message: RegExp])[] = [
    ['no magic', (disk) => disk.writeUInt16LE(0, at.superblock + 0x38), /not an ext4/],
    ['a journal to replay', (disk) => disk.writeUInt32LE(0x46, at.superblock + 0x60), /journal must be replayed/],
    [
      'an unknown feature',
      (disk) => disk.writeUInt32LE(0x8000_0042, at.superblock + 0x60),
      /incompatible feature 0x80000000/,
    ],
    ['meta block groups', (disk) => disk.writeUInt32LE(0x52, at.superblock + 0x60), /feature meta_bg/],
    ['blocks of 2^4294967305 bytes', (disk) => disk.writeUInt32LE(0xffff_ffff, at.superblock + 0x18), /damaged/],
    ['blocks of 128 KiB', (disk) => disk.writeUInt32LE(7, at.superblock + 0x18), /damaged/],
    ['more blocks than the partition has', (disk) => disk.writeUInt32LE(65, at.superblock + 4), /damaged/],
    [
      '2^63 blocks',
      (disk) => {
        disk.writeUInt32LE(0xc2, at.superblock + 0x60);
        disk.writeUInt32LE(0x8000_0000, at.superblock + 0x150);
      },
      /damaged/,
    ],
    ['no inodes in a group', (disk) => disk.writeUInt32LE(0, at.superblock + 0x28), /damaged/],
    ['inodes of 0 bytes', (disk) => disk.writeUInt16LE(0, at.superblock + 0x58), /damaged/],
    ['inodes larger than a block', (disk) => disk.writeUInt16LE(2048, at.superblock + 0x58), /damaged/],
    ['descriptors of 0 bytes', (disk) => disk.writeUInt32LE(0xc2, at.superblock + 0x60), /damaged/],
  ];
  test.each(cases)('%s', async (_, edit, message) => {
    const disk = makeExt4();
    edit(disk);
    await expect(open(disk)).rejects.toThrow(Failure);
    await expect(open(disk)).rejects.toThrow(message);
  });
});

describe('invalid structures', () => {
  const map = (number: number): number => inodeAt(number) + 0x28;
  const cases: readonly (readonly [what: string, edit: (disk: Buffer) => unknown, number: number, message: RegExp])[] =
    [
      [
        'an inode table outside the disk',
        (disk) => disk.writeUInt32LE(0xffff_fff0, at.descriptor + 8),
        inodes.file,
        /a block is outside the filesystem/,
      ],
      [
        'descriptors outside the disk',
        (disk) => disk.writeUInt32LE(0xffff_fff0, at.superblock + 0x14),
        inodes.file,
        /a block is outside the filesystem/,
      ],
      ['inode 0', () => undefined, 0, /inode 0/],
      ['an inode that is not there', () => undefined, inodeCount + 1, /inode 17/],
      [
        'an extent outside the disk',
        (disk) => extent(0, 2, 0xffff_fff0).copy(disk, map(inodes.file) + 12),
        inodes.file,
        /a block is outside the filesystem/,
      ],
      [
        'more extents than fit',
        (disk) => disk.writeUInt16LE(5, map(inodes.file) + 2),
        inodes.file,
        /broken extent tree/,
      ],
      [
        'a tree without its magic',
        (disk) => disk.writeUInt16LE(0, map(inodes.file)),
        inodes.file,
        /broken extent tree/,
      ],
      ['a tree of depth 6', (disk) => disk.writeUInt16LE(6, map(inodes.deep) + 6), inodes.deep, /broken extent tree/],
      [
        'a node that names itself',
        (disk) => extentNode(1, [index(0, 20)]).copy(disk, at.node),
        inodes.deep,
        /broken extent tree/,
      ],
      [
        'an inner node outside the disk',
        (disk) => index(0, 0xffff_fff0).copy(disk, map(inodes.deep) + 12),
        inodes.deep,
        /a block is outside the filesystem/,
      ],
      ['an empty inner node', (disk) => extentNode(0, []).copy(disk, at.node), inodes.deep, /empty node/],
      [
        'inline content',
        (disk) => disk.writeUInt32LE(0x1000_0000, inodeAt(inodes.file) + 0x20),
        inodes.file,
        /inline or encrypted/,
      ],
      [
        'encrypted content',
        (disk) => disk.writeUInt32LE(0x800 | extentsFlag, inodeAt(inodes.file) + 0x20),
        inodes.file,
        /inline or encrypted/,
      ],
      [
        'an indirect table outside the disk',
        (disk) => disk.writeUInt32LE(0xffff_fff0, map(inodes.mapped) + 48),
        inodes.mapped,
        /a block is outside the filesystem/,
      ],
    ];
  test.each(cases)('%s', async (_, edit, number, message) => {
    const disk = makeExt4();
    edit(disk);
    const reader = await open(disk);
    await expect(readAll(reader, number)).rejects.toThrow(Failure);
    await expect(readAll(reader, number)).rejects.toThrow(message);
  });

  test('overlapping extents do not exceed the file size', async () => {
    const disk = makeExt4();
    extentNode(0, [extent(0, 2, 30), extent(1, 30000, 31), extent(0, 1, 40)]).copy(disk, map(inodes.file));
    expect(await readAll(await open(disk), inodes.file)).toHaveLength(4 * blockSize + 10);
  });
});

describe('structures that would take forever', () => {
  /** Block n refers to block n-1 as often as possible, down to a leaf. */
  function chainNodes(disk: Buffer, leaf: Buffer): void {
    const full = (block: number): readonly Buffer[] => Array.from({ length: 84 }, () => index(0, block));
    leaf.copy(disk, 30 * blockSize);
    for (let depth = 1; depth < 5; depth++) extentNode(depth, full(29 + depth)).copy(disk, (30 + depth) * blockSize);
    extentNode(5, [index(0, 34)]).copy(disk, inodeAt(inodes.file) + 0x28);
  }

  test.each([
    ['empty leaves', extentNode(0, []), /empty node/],
    [
      'full leaves',
      extentNode(
        0,
        Array.from({ length: 84 }, (_, first) => extent(first, 1, 40)),
      ),
      /extents/,
    ],
  ])('four blocks that make an extent tree of 84^4 nodes with %s', async (_, leaf, message) => {
    const disk = makeExt4();
    chainNodes(disk, leaf);
    await expect(readAll(await open(disk), inodes.file)).rejects.toThrow(message);
  });

  test('a block that is its own triple indirect table', async () => {
    const disk = makeExt4();
    for (let slot = 0; slot < 256; slot++) disk.writeUInt32LE(22, 22 * blockSize + slot * 4);
    disk.writeUInt32LE(22, map3(inodes.mapped));
    disk.writeUInt32LE(0xffff_ffff, inodeAt(inodes.mapped) + 4);
    await expect(readAll(await open(disk), inodes.mapped)).rejects.toThrow(/extents/);
  });

  test('a directory of 2^40 bytes is rejected before it is read', async () => {
    const disk = makeExt4();
    disk.writeUInt32LE(256, inodeAt(rootInode) + 0x6c);
    const reader = await open(disk);
    await expect(reader.readDirectory(await reader.getInode(rootInode))).rejects.toThrow(/larger than/);
  });

  test('a link of 2^40 bytes is rejected before it is read', async () => {
    const disk = makeExt4();
    disk.writeUInt32LE(256, inodeAt(inodes.longLink) + 0x6c);
    const reader = await open(disk);
    await expect(reader.readLink(await reader.getInode(inodes.longLink))).rejects.toThrow(/larger than/);
  });

  /** The slot of the triple indirect table. */
  function map3(number: number): number {
    return inodeAt(number) + 0x28 + 14 * 4;
  }
});

describe('a broken directory', () => {
  const cases: readonly (readonly [what: string, edit: (disk: Buffer) => unknown, message: RegExp])[] = [
    ['an entry of no length', (disk) => disk.writeUInt16LE(0, at.rootDirectory + 4), /broken directory/],
    ['an entry of odd length', (disk) => disk.writeUInt16LE(13, at.rootDirectory + 4), /broken directory/],
    ['an entry that leaves its block', (disk) => disk.writeUInt16LE(1028, at.rootDirectory + 4), /broken directory/],
    ['a name that leaves its entry', (disk) => disk.writeUInt8(200, at.rootDirectory + 6), /broken directory/],
    ['a name with a slash', (disk) => writeDirectory(disk, at.rootDirectory, [['a/b', 11]]), /invalid file name/],
    ['a name with a NUL', (disk) => writeDirectory(disk, at.rootDirectory, [['a\0b', 11]]), /invalid file name/],
    ['a name of no length', (disk) => writeDirectory(disk, at.rootDirectory, [['', 11]]), /invalid file name/],
  ];
  test.each(cases)('%s', async (_, edit, message) => {
    const disk = makeExt4();
    edit(disk);
    const reader = await open(disk);
    await expect(reader.readDirectory(await reader.getInode(rootInode))).rejects.toThrow(message);
  });

  test('a file is not a directory', async () => {
    const reader = await open(makeExt4());
    await expect(reader.readDirectory(await reader.getInode(inodes.file))).rejects.toThrow(/not a directory/);
  });
});

test('random damage gives a Failure or bounded reads', async () => {
  const random = createRandom(20261123);
  const pick = (below: number): number => Math.floor(random() * below);
  const places = [
    [at.superblock, 0x170],
    [at.descriptor, 32],
    [at.inodes, inodeCount * 128],
    [at.rootDirectory, 200],
    [at.node, 64],
    [22 * blockSize, 16],
  ] as const;
  let failures = 0;
  for (let round = 0; round < 400; round++) {
    const disk = makeExt4();
    for (let edits = 1 + pick(4); edits > 0; edits--) {
      const [start, length] = places[pick(places.length)]!;
      disk.writeUInt8([0, 1, 0x7f, 0x80, 0xff, pick(256)][pick(6)]!, start + pick(length));
    }
    const memory = openMemoryDisk(disk);
    try {
      await readEverything(await openExt4(sliceReader(memory, 0, disk.length)));
    } catch (error) {
      if (!(error instanceof Failure)) throw new Error(`round ${round}`, { cause: error });
      failures++;
    }
    expect(memory.asked.bytes).toBeLessThan(64 * 1024 ** 2);
  }
  expect(failures).toBeGreaterThan(40);
});

async function readEverything(reader: Ext4Reader): Promise<void> {
  for (const { inode: number } of await reader.readDirectory(await reader.getInode(rootInode))) {
    const inode = await reader.getInode(number);
    if (inode.kind === 'link') await reader.readLink(inode);
    else if (inode.kind === 'directory') await reader.readDirectory(inode);
    else if (inode.size < 1024 ** 2) await readAll(reader, number);
  }
}
