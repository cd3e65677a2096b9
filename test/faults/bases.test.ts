import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, open, symlink, truncate, writeFile, type FileHandle } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createTestProcesses } from '../fixtures/ports.js';
import {
  below,
  bootTree,
  guestTree,
  kernelVersion,
  linuxRootX86,
  makeBase,
  makeDisk,
  nobleDisk,
  type SmallDisk,
  type SmallPartition,
  type Tree,
} from '../fixtures/small-image.js';
import { pickCases, seed } from './how-many.js';
import { listFiles } from '../fixtures/list-files.js';
import { expectNothingLeft, expectRejection, createPipeline, type Pipeline } from './pipeline.js';

/*
 * Damaged and hostile bases, through the whole CLI. The messages of each room are tested in test/integration/base and
 * test/integration/image. Here one of each class is tested with the whole program.
 */

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
/** For all processes together. */
const maxMemoryMiB = 512;

let pipeline: Pipeline;
let goodRaw: string;
let goodQcow2: string;
beforeAll(async () => {
  pipeline = await createPipeline('bases');
  goodRaw = join(pipeline.directory, 'good.raw');
  await makeDisk(goodRaw, nobleDisk, processes);
  goodQcow2 = (await makeBase(goodRaw, 'zlib', processes)).path;
});
afterAll(async () => pipeline.remove());

/** Creates a base in the directory of a case, and returns the value of `base-image`. */
type CreateBase = (place: string) => Promise<string>;

function disk(table: SmallDisk, ...commands: readonly string[]): CreateBase {
  return async (place) => {
    const path = join(place, 'base.raw');
    await makeDisk(path, table, processes);
    for (const command of commands)
      await processes.run({ argv: ['debugfs', '-w', '-R', command, `${path}?offset=${mebibyte}`] });
    return path;
  };
}

function root(changes: Tree = {}, rest: Partial<SmallPartition> & { readonly label?: string } = {}): SmallPartition {
  const { label = 'cloudimg-rootfs', ...partition } = rest;
  return {
    number: 1,
    sizeMiB: 12,
    content: { tree: { ...guestTree, ...below('boot', bootTree()), ...changes }, label },
    ...partition,
  };
}

/** A damaged copy of the valid image. */
function spoilt(original: () => string, spoil: (file: FileHandle) => Promise<unknown>): CreateBase {
  return async (place) => {
    const path = join(place, 'base.img');
    await copyFile(original(), path);
    const file = await open(path, 'r+');
    try {
      await spoil(file);
    } finally {
      await file.close();
    }
    return path;
  };
}

/** Integers of a qcow2 header, by offset (QEMU, docs/interop/qcow2.txt). */
function qcow2(...fields: readonly (readonly [place: number, value: number | bigint])[]): CreateBase {
  return spoilt(
    () => goodQcow2,
    async (file) => {
      for (const [place, value] of fields) await file.write(toBytes(value), 0, null, place);
    },
  );
}

/** A number has 32 bits there, a bigint 64. */
function toBytes(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(typeof value === 'bigint' ? 8 : 4);
  if (typeof value === 'bigint') bytes.writeBigUInt64BE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * Makes an entry of a table of the valid image point to one of its tables. `L1` starts at the address in byte 40, and
 * so on.
 */
function loop(from: keyof typeof tables, to: keyof typeof tables): CreateBase {
  return spoilt(
    () => goodQcow2,
    async (file) => {
      const header = (await file.read(Buffer.alloc(104), 0, 104, 0)).buffer;
      await file.write(
        toBytes(header.readBigUInt64BE(tables[to]) | (from === 'L1' ? 1n << 63n : 0n)),
        0,
        null,
        Number(header.readBigUInt64BE(tables[from])),
      );
    },
  );
}
const tables = { L1: 40, refcount: 48 } as const;

/**
 * A qcow2 image with clusters of 512 bytes, and more of them than fit into the memory of a program that counts them.
 */
const tinyClusters: CreateBase = async (place) => {
  const path = join(place, 'base.qcow2');
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-o', 'cluster_size=512,refcount_bits=64', path, '64M'],
  });
  await truncate(path, 64 * gibibyte);
  return path;
};

function special(create: (path: string) => Promise<unknown>): CreateBase {
  return async (place) => {
    await create(join(place, 'base.img'));
    return join(place, 'base.img');
  };
}

const run = promisify(execFile);
const notSupported = /LVM, which is not supported$/;
const rejected: readonly (readonly [what: string, make: CreateBase, message: RegExp, fix?: RegExp])[] = [
  [
    'a damaged filesystem: a block of two files',
    disk({ table: 'gpt', partitions: [root()] }, 'set_inode_field /etc/os-release block[IND] 1', 'freeb 1 3000'),
    /has errors after the edits$/,
  ],
  [
    'a damaged filesystem: a superblock without groups',
    disk({ table: 'gpt', partitions: [root()] }, 'set_super_value inodes_per_group 0'),
    /the ext4 superblock is damaged$/,
  ],
  [
    'a damaged filesystem: a root directory that is a file',
    disk({ table: 'gpt', partitions: [root()] }, 'set_inode_field <2> mode 0100644'),
    /.+/,
  ],
  [
    'a filesystem that was in use',
    disk({ table: 'gpt', partitions: [root()] }, 'feature needs_recovery'),
    /not unmounted cleanly/,
    /e2fsck/,
  ],
  [
    'one label on two filesystems',
    disk({
      table: 'gpt',
      partitions: [root(), { number: 2, sizeMiB: 4, content: { tree: { x: 'y' }, label: 'cloudimg-rootfs' } }],
    }),
    /partitions 1 and 2 have the same label cloudimg-rootfs/,
    /e2label/,
  ],
  [
    'no kernel',
    disk({ table: 'gpt', partitions: [{ number: 1, sizeMiB: 12, content: { tree: guestTree } }] }),
    /no kernel with an initramfs/,
    /install a kernel/,
  ],
  [
    'two roots',
    disk({ table: 'gpt', partitions: [root(), root({}, { number: 2 })] }),
    /2 root filesystems: partitions 1 and 2$/,
    /label the right one/,
  ],
  [
    'LVM',
    disk({
      table: 'gpt',
      partitions: [
        { number: 1, sizeMiB: 4, type: 'E6D6D379-F507-44C2-A23C-238F2A3DF928', content: Buffer.from('LABELONE') },
      ],
    }),
    notSupported,
    /plain ext4/,
  ],
  [
    'LVM on an MBR',
    disk({ table: 'dos', partitions: [{ number: 1, sizeMiB: 4, type: '8e', content: Buffer.from('LABELONE') }] }),
    notSupported,
    /plain ext4/,
  ],
  [
    'XFS',
    disk({ table: 'gpt', partitions: [{ number: 1, sizeMiB: 4, type: linuxRootX86, content: Buffer.from('XFSB') }] }),
    /no ext4 root filesystem: partition 1 has XFS/,
    /ext4/,
  ],
  [
    'a partition that ends outside the disk',
    spoilt(
      () => goodRaw,
      async (file) => file.write(Buffer.from('ffffffffffff0000', 'hex'), 0, 8, 1024 + 40),
    ),
    /partition 1 is outside the disk$/,
  ],
  [
    'a partition table of a million entries',
    spoilt(
      () => goodRaw,
      async (file) => file.write(Buffer.from('40420f00', 'hex'), 0, 4, 512 + 80),
    ),
    /the GPT header is damaged/,
  ],
  [
    'a raw disk truncated within a sector',
    spoilt(
      () => goodRaw,
      async (file) => file.truncate(20 * mebibyte + 1),
    ),
    /raw image is truncated: 20971521 bytes/,
  ],
  [
    'a raw disk truncated within a partition',
    spoilt(
      () => goodRaw,
      async (file) => file.truncate(20 * mebibyte),
    ),
    /raw image is truncated: it has \d+ bytes, but partition 1 ends at byte 34603008$/,
  ],
  [
    'a raw disk with a truncated MBR',
    async (place) => {
      const path = await disk({ table: 'dos', partitions: [root()] })(place);
      await truncate(path, 10 * mebibyte);
      return path;
    },
    /raw image is truncated: it has \d+ bytes, but partition 1 ends at byte 13631488$/,
  ],
  [
    'a file of 2 TiB that is not a disk',
    special(async (path) => {
      await writeFile(path, '');
      await truncate(path, 2 * 1024 * gibibyte);
    }),
    /neither qcow2, nor raw with a partition table or an ext4 filesystem$/,
  ],
  [
    'a raw disk of 2 TiB',
    spoilt(
      () => goodRaw,
      async (file) => file.truncate(2 * 1024 * gibibyte),
    ),
    /its disk has 2199023255552 bytes, but disk-size is 134217728$/,
    /larger disk-size/,
  ],
  ['qcow2 with a huge L1 table', qcow2([36, 0x7fff_ffff]), /could not be checked|damaged/],
  ['qcow2 with an L1 table outside the file', qcow2([40, 1n << 40n]), /could not be checked|damaged/],
  ['qcow2 with a huge refcount table', qcow2([56, 0x7fff_ffff]), /could not be checked|damaged/],
  ['qcow2 with refcounts of 2^63 bits', qcow2([96, 63]), /could not be checked|damaged/],
  ['qcow2 with four billion snapshots', qcow2([60, 0xffff_ffff], [64, 65536n]), /could not be checked|damaged/],
  [
    'qcow2 with a header extension of 4 GB',
    qcow2([104 + 8, 0xe279_2aca], [104 + 12, 0xffff_fff0]),
    /could not be checked|damaged/,
  ],
  ['qcow2 with clusters of 2^40 bytes', qcow2([20, 40]), /invalid qcow2 cluster size 2\^40 /],
  ['qcow2 of 2 EiB', qcow2([24, 1n << 61n]), /qcow2 disk is too large: 2305843009213693952 bytes \(limit: 64 TiB\)$/],
  [
    'qcow2 of 60 TiB',
    async (place) => {
      await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', join(place, 'base.qcow2'), '60T'] });
      return join(place, 'base.qcow2');
    },
    /its disk has 65970697666560 bytes, but disk-size is 134217728$/,
    /larger disk-size/,
  ],
  ['qcow2 with more clusters than memory', tinyClusters, /could not be checked|damaged|leaked clusters/],
  [
    'qcow2 backed by /etc/passwd',
    async (place) => {
      await processes.run({
        argv: [
          'qemu-img',
          'create',
          '-q',
          '-f',
          'qcow2',
          '-b',
          '/etc/passwd',
          '-F',
          'raw',
          join(place, 'base.qcow2'),
          '64M',
        ],
      });
      return join(place, 'base.qcow2');
    },
    /qcow2 image with a backing file cannot be a base$/,
    /qemu-img convert/,
  ],
  [
    'qcow2 with an external data file',
    async (place) => {
      await processes.run({
        argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-o', 'data_file=data', 'base.qcow2', '64M'],
        cwd: place,
      });
      return join(place, 'base.qcow2');
    },
    /qcow2 image with an external data file cannot be a base$/,
    /qemu-img convert/,
  ],
  [
    'qcow2 whose refcount table is its own block',
    loop('refcount', 'refcount'),
    /truncated or damaged|could not be checked/,
  ],
  ['qcow2 whose refcounts are its L1 table', loop('refcount', 'L1'), /truncated or damaged|could not be checked/],
  ['qcow2 whose L1 table is its own L2 table', loop('L1', 'L1'), /truncated or damaged|could not be checked/],
  ['qcow2 whose L2 table is its refcount table', loop('L1', 'refcount'), /truncated or damaged|could not be checked/],
  [
    'qcow2, truncated',
    spoilt(
      () => goodQcow2,
      async (file) => file.truncate((await file.stat()).size - 200_000),
    ),
    /truncated or damaged/,
  ],
  [
    'qcow2, only its header',
    spoilt(
      () => goodQcow2,
      async (file) => file.truncate(104),
    ),
    /ends early|damaged|could not/,
  ],
  ['a FIFO', special(async (path) => run('mkfifo', [path])), /is not a file$/, /the path of a qcow2 or raw image/],
  [
    'a socket',
    special(async (path) => {
      await once(createServer().unref().listen(path), 'listening');
    }),
    /is not a file$/,
    /the path of/,
  ],
  ['a directory', special(async (path) => mkdir(path)), /is not a file$/, /the path of/],
  ['a link to itself', special(async (path) => symlink(path, path)), /is not a file$/, /the path of/],
  ['a link to an endless device', special(async (path) => symlink('/dev/zero', path)), /is not a file$/, /the path of/],
  ['nothing at all', async (place) => Promise.resolve(join(place, 'nowhere')), /is not a file$/, /the path of/],
];

describe(`rejected, within ${maxMemoryMiB} MiB (FAULTS_SEED=${seed})`, () => {
  for (const [what, make, message, fix = /./] of pickCases(rejected, 8))
    test(what, async () => {
      const place = await pipeline.createPlace();
      const base = await make(place);
      const result = await pipeline.build(place, { 'base-image': base });
      expectRejection(result, message, fix);
      expect(result.peakMiB).toBeLessThan(maxMemoryMiB);
      await expectNothingLeft(place);
    });
});

const supported: readonly (readonly [what: string, make: CreateBase])[] = [
  ["noble's layout", async () => Promise.resolve(goodQcow2)],
  ['an MBR', disk({ table: 'dos', partitions: [root()] })],
  ['sectors of 4 KiB', disk({ table: 'gpt4k', partitions: [root()] })],
  [
    'no partition table, in qcow2',
    async (place) => {
      const path = join(place, 'whole.raw');
      await makeDisk(path, { table: 'none', partitions: [root()] }, processes);
      return (await makeBase(path, 'zstd', processes)).path;
    },
  ],
  [
    'a label twice, of which one is not on ext4',
    disk({ table: 'gpt', partitions: [root(), { number: 2, sizeMiB: 4, content: Buffer.from('XFSB') }] }),
  ],
];

for (const [what, make] of pickCases(supported, 2))
  test(`supported: ${what}`, async () => {
    const place = await pipeline.createPlace();
    const result = await pipeline.build(place, { 'base-image': await make(place) });
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining(`Published`) });
    expect(result.peakMiB).toBeLessThan(maxMemoryMiB);
    expect(await listFiles(join(place, 'store'))).toContain('snapshots/ubuntu-base.1.manifest.json');
    expect(await listFiles(join(place, 'work'))).toEqual([]);
    expect(result.stdout).toContain(kernelVersion);
  });
