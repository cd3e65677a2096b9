import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, ToolError } from '../../../src/platform/errors.js';
import { sliceReader } from '../../../src/disk/block-reader.js';
import { openExt4, rootInode, type Ext4Reader } from '../../../src/disk/ext4-reader.js';
import { openGuestFiles, type GuestFile, type GuestFiles } from '../../../src/disk/guest-files.js';
import { openFileDisk } from '../../fixtures/file-disk.js';
import { openMemoryDisk } from '../../fixtures/memory-disk.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createRandom, makeBytes } from '../../fixtures/random.js';
import { makeFilesystem, makeTestDirectory, type Filesystem, type Tree } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;

beforeAll(async () => {
  directory = await makeTestDirectory('ext4');
});
afterAll(async () => directory.remove());

/** A file of `pieces` pieces of 4 KiB, each followed by a hole as large. */
function makePieces(pieces: number): Buffer {
  const content = Buffer.alloc(pieces * 8192);
  for (let piece = 0; piece < pieces; piece++) makeBytes(piece + 1, 4096).copy(content, piece * 8192);
  return content;
}

/** Data at the start and far behind. The last piece needs the third level of a block map with 1 KiB blocks. */
async function writeSparse(path: string, sizeMiB: number): Promise<void> {
  const file = await open(path, 'w');
  for (const place of [0, 300_000, (sizeMiB - 2) * mebibyte])
    await file.write(makeBytes(place + 1, 3000), 0, 3000, place);
  await file.truncate(sizeMiB * mebibyte + 5);
  await file.close();
}

const deep = Array.from({ length: 40 }, (_, level) => `level-${level}`).join('/');

function makeTree(names: number): Tree {
  return {
    small: 'content',
    empty: '',
    pieces: makePieces(400),
    solid: makeBytes(9, 3 * mebibyte + 17),
    [`${deep}/bottom`]: 'here',
    'link-59': { link: 'x'.repeat(59) },
    'link-60': { link: 'x'.repeat(60) },
    'link-long': { link: `/${'long/'.repeat(100)}x` },
    'link-deep': { link: `${deep}/bottom` },
    'with space, "quotes" and ü': 'named',
    ...Object.fromEntries(
      Array.from({ length: names }, (_, index) => [`many/a name that fills its directory ${index}`, '']),
    ),
  };
}

interface Opened {
  readonly reader: Ext4Reader;
  readonly files: GuestFiles;
  close(): Promise<void>;
}

async function make(name: string, sizeMiB: number, filesystem: Filesystem): Promise<string> {
  const path = join(directory.path, name);
  await writeFile(path, '');
  await makeFilesystem({ path, offset: 0, size: sizeMiB * mebibyte }, filesystem, processes);
  return path;
}

async function openImage(path: string): Promise<Opened> {
  const disk = await openFileDisk(path);
  try {
    const reader = await openExt4(sliceReader(disk, 0, disk.size));
    return { reader, files: openGuestFiles([{ path: '/', filesystem: reader }]), close: disk.close };
  } catch (error) {
    await disk.close();
    throw error;
  }
}

async function debugfs(path: string, commands: readonly string[], write = false): Promise<string> {
  const script = join(directory.path, 'commands');
  await writeFile(script, commands.map((command) => `${command}\n`).join(''));
  return (
    await processes.run({
      argv: ['debugfs', ...(write ? ['-w'] : []), '-f', script, path],
      env: { DEBUGFS_PAGER: 'cat' },
    })
  ).stdout;
}

/** The entries of a directory according to debugfs, as lines of `inode mode uid gid name size`. */
async function listByDebugfs(path: string, inDirectory: string): Promise<readonly string[]> {
  return (await debugfs(path, [`ls -p "${inDirectory}"`]))
    .split('\n')
    .map((line) => /^\/([1-9]\d*)\/(\d+)\/(\d+)\/(\d+)\/(.*)\/(\d*)\/$/.exec(line))
    .filter((match) => match !== null && match[5] !== '.' && match[5] !== '..')
    .map((match) => match!.slice(1).join(' '))
    .sort();
}

function describeFile({ path, inode }: GuestFile): string {
  const kind = { file: 0o100000, directory: 0o40000, link: 0o120000, other: 0 }[inode.kind];
  const mode = (kind | inode.mode).toString(8).padStart(6, '0');
  const name = path.slice(path.lastIndexOf('/') + 1);
  const size = inode.kind === 'directory' ? '' : inode.size;
  return `${inode.number} ${mode} ${inode.uid} ${inode.gid} ${name} ${size}`;
}

async function readAll(files: GuestFiles, path: string): Promise<Buffer> {
  return files.read(path, 100 * mebibyte);
}

const variants: readonly (readonly [
  name: string,
  sizeMiB: number,
  filesystem: Omit<Filesystem, 'tree'>,
  names: number,
])[] = [
  ['ext4, 1 KiB blocks', 64, { options: ['-b', '1024', '-N', '8000'] }, 5000],
  ['ext4, 4 KiB blocks, checksums', 64, { options: ['-b', '4096', '-N', '8000', '-O', 'metadata_csum,64bit'] }, 400],
  [
    'ext4 without 64bit and checksums, small inodes',
    32,
    { options: ['-b', '4096', '-I', '128', '-O', '^64bit,^metadata_csum,^flex_bg'] },
    10,
  ],
  [
    'ext4 with a checksum seed, an orphan file and large directories',
    32,
    { options: ['-O', 'metadata_csum_seed,orphan_file,large_dir,ea_inode'] },
    10,
  ],
  ['ext4 with clusters', 64, { options: ['-b', '4096', '-O', 'bigalloc', '-C', '16384'] }, 10],
  ['ext3, 4 KiB blocks', 64, { type: 'ext3', options: ['-b', '4096'] }, 10],
  ['ext2, 1 KiB blocks', 32, { type: 'ext2', options: ['-b', '1024'] }, 10],
];

describe.each(variants)('%s', (name, sizeMiB, filesystem, names) => {
  let image: Opened;
  let path: string;

  beforeAll(async () => {
    path = await make(name, sizeMiB, { ...filesystem, tree: makeTree(names), label: 'some label' });
    await writeSparse(join(directory.path, 'sparse'), filesystem.type === 'ext2' ? 70 : 10);
    await debugfs(
      path,
      [
        `write "${join(directory.path, 'sparse')}" sparse`,
        'set_inode_field small uid 100000',
        'set_inode_field small gid 2147483647',
        'set_inode_field small mode 0104751',
        'mknod pipe p',
      ],
      true,
    );
    // e2fsck turns large directories into hashed ones. Exit code 1: it changed something.
    if (names > 100)
      await processes.run({ argv: ['e2fsck', '-fyD', path] }).catch((error: unknown) => {
        if (!(error instanceof ToolError) || error.exitCode !== 1) throw error;
      });
    image = await openImage(path);
  });
  afterAll(async () => image.close());

  test('matches dumpe2fs', async () => {
    const { stdout } = await processes.run({ argv: ['dumpe2fs', '-h', path] });
    const field = (title: string): string => new RegExp(`^${title}: +(.*)$`, 'm').exec(stdout)?.[1] ?? '';
    expect(image.reader).toMatchObject({
      label: field('Filesystem volume name'),
      uuid: field('Filesystem UUID'),
      blockSize: Number(field('Block size')),
    });
    expect(new Date(image.reader.lastWrite * 1000).getTime()).toBe(
      new Date(`${field('Last write time')} UTC`).getTime(),
    );
  });

  test.each([['/'], ['/many'], [`/${deep}`]])(
    'directory %# has the names, modes, owners and sizes that debugfs finds',
    async (inDirectory) => {
      const own = (await image.files.list(inDirectory)).map(describeFile).sort();
      // Sockets and devices have the kind "other".
      expect(own.filter((line) => !line.includes(' pipe '))).toEqual(
        (await listByDebugfs(path, inDirectory)).filter((line) => !line.includes(' pipe ')),
      );
      expect(own.length).toBeGreaterThan(0);
    },
  );

  test('content matches debugfs', async () => {
    const paths = ['small', 'empty', 'pieces', 'solid', 'sparse', `${deep}/bottom`];
    const dumped = (index: number): string => join(directory.path, `dumped-${index}`);
    await debugfs(
      path,
      paths.map((file, index) => `dump "/${file}" "${dumped(index)}"`),
    );
    for (const [index, file] of paths.entries()) {
      expect((await readAll(image.files, `/${file}`)).equals(await readFile(dumped(index)))).toBe(true);
    }
    expect((await readAll(image.files, '/with space, "quotes" and ü')).toString()).toBe('named');
    expect((await image.files.tryStat('/small'))?.inode).toMatchObject({ uid: 100000, gid: 2147483647, mode: 0o4751 });
    expect((await image.files.tryStat('/pipe'))?.inode.kind).toBe('other');
  });

  test('content matches what was written', async () => {
    for (const [file, content] of Object.entries(makeTree(0))) {
      if (typeof content === 'string' || Buffer.isBuffer(content))
        expect((await readAll(image.files, `/${file}`)).equals(Buffer.from(content))).toBe(true);
      else if ('link' in content)
        expect(await image.reader.readLink((await image.files.tryStat(`/${file}`))!.inode)).toBe(content.link);
    }
    expect((await readAll(image.files, '/link-deep')).toString()).toBe('here');
  });

  test('large directories are hashed', async () => {
    const flags = (await image.files.tryStat('/many'))?.inode.flags ?? 0;
    expect((flags & 0x1000) !== 0).toBe(names > 100);
    expect(await image.files.list('/many')).toHaveLength(names);
  });
});

describe('features', () => {
  test.each([
    ['inline content', ['-O', 'inline_data'], /feature inline_data, which cannot be edited offline/],
    ['encryption', ['-O', 'encrypt'], /feature encrypt,/],
    ['meta block groups', ['-O', 'meta_bg,^resize_inode'], /feature meta_bg,/],
  ])('%s are rejected', async (name, options, message) => {
    const path = await make(name, 8, { tree: { a: 'b' }, options });
    await expect(openImage(path)).rejects.toThrow(Failure);
    await expect(openImage(path)).rejects.toThrow(message);
  });

  test('a journal that needs a replay is rejected, with a fix', async () => {
    const path = await make('journal', 8, { tree: { a: 'b' } });
    await debugfs(path, ['feature needs_recovery'], true);
    await expect(openImage(path)).rejects.toMatchObject({
      message: expect.stringMatching(/journal/),
      fix: expect.stringMatching(/e2fsck/),
    });
  });
});

test('random damage to a real filesystem gives a Failure or bounded reads', async () => {
  const path = await make('fuzz', 2, {
    tree: { ...makeTree(150), solid: makeBytes(1, 100_000), pieces: makePieces(90) },
    options: ['-b', '1024', '-O', '^has_journal'],
  });
  const sound = await readFile(path);
  const random = createRandom(42);
  const pick = (below: number): number => Math.floor(random() * below);
  const places = await findMetadata(path);
  let failures = 0;
  for (let round = 0; round < 80; round++) {
    const disk = Buffer.from(sound);
    for (let edits = 1 + pick(5); edits > 0; edits--) {
      const { start, length } = places[pick(places.length)]!;
      disk.writeUInt8([0, 1, 0x7f, 0x80, 0xff, pick(256)][pick(6)]!, start + pick(length));
    }
    const memory = openMemoryDisk(disk);
    try {
      await readEverything(await openExt4(sliceReader(memory, 0, disk.length)));
    } catch (error) {
      if (!(error instanceof Failure)) throw new Error(`round ${round}`, { cause: error });
      failures++;
    }
    expect(memory.asked.bytes).toBeLessThan(256 * mebibyte);
  }
  expect(failures).toBeGreaterThan(10);
});

/** The positions of superblock, descriptors, used inodes, directories and extent nodes. */
async function findMetadata(path: string): Promise<readonly { readonly start: number; readonly length: number }[]> {
  const { stdout } = await processes.run({ argv: ['dumpe2fs', path] });
  const table = Number(/Inode table at (\d+)/.exec(stdout)![1]);
  const inodeSize = Number(/Inode size:\s+(\d+)/.exec(stdout)![1]);
  const { reader, files, close } = await openImage(path);
  const nodes: { readonly start: number; readonly length: number }[] = [];
  const numbers: number[] = [rootInode];
  for await (const file of files.walk('/')) numbers.push(file.inode.number);
  for (const number of numbers) {
    const inode = await reader.getInode(number);
    nodes.push({ start: table * 1024 + (number - 1) * inodeSize, length: 128 });
    // The first record of an extent tree's root refers to an inner node, or the first block.
    const depth = inode.blockMap.readUInt16LE(6);
    if (inode.kind === 'directory' || (inode.kind === 'file' && depth > 0))
      nodes.push({ start: inode.blockMap.readUInt32LE(depth > 0 ? 16 : 20) * 1024, length: 64 });
  }
  await close();
  return [{ start: 1024, length: 0x170 }, { start: 2048, length: 64 }, { start: 2048, length: 64 }, ...nodes];
}

async function readEverything(reader: Ext4Reader): Promise<void> {
  const files = openGuestFiles([{ path: '/', filesystem: reader }]);
  for await (const file of files.walk('/')) {
    if (file.inode.kind === 'link') await reader.readLink(file.inode);
    else if (file.inode.kind === 'file' && file.inode.size < 4 * mebibyte)
      for await (const piece of reader.readContent(file.inode)) expect(piece.length).toBeLessThanOrEqual(4 * mebibyte);
  }
}
