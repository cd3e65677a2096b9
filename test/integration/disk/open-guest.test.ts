import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { Failure } from '../../../src/platform/errors.js';
import { openGuest, type Guest } from '../../../src/disk/open-guest.js';
import { openFileDisk } from '../../fixtures/file-disk.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import {
  below,
  bootTree,
  linuxRootX86,
  makeDisk,
  makeTestDirectory,
  type Filesystem,
  type SmallDisk,
  type SmallPartition,
} from '../../fixtures/small-image.js';

const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let count = 0;
beforeAll(async () => {
  directory = await makeTestDirectory('guest');
});
afterAll(async () => directory.remove());

/** Opens the guest of a new disk while `use` runs. */
async function withGuest<T>(disk: SmallDisk, use: (guest: Guest) => Promise<T>): Promise<T> {
  const path = join(directory.path, `disk-${count++}.raw`);
  await makeDisk(path, disk, processes);
  const file = await openFileDisk(path);
  try {
    return await use(await openGuest(file));
  } finally {
    await file.close();
  }
}

/** The partition numbers of root and boot, and the entries of /boot. */
async function describeGuest(guest: Guest): Promise<readonly [number, number | undefined, readonly string[]]> {
  const names = (await guest.files.list('/boot'))
    .map((file) => file.path.slice('/boot/'.length))
    .filter((name) => name !== 'lost+found');
  return [guest.root.partition.number, guest.boot?.partition.number, names];
}

const etc = { 'etc/fstab': 'x', 'etc/os-release': 'ID=ubuntu' };
const root: Filesystem = { tree: { ...etc, boot: { directory: true } } };
const rootWithKernel: Filesystem = { tree: { ...etc, ...below('boot', bootTree('6')) } };
const boot: Filesystem = { tree: bootTree('7') };
const data: Filesystem = { tree: { 'home/x': 'y' } };
const inRoot = ['grub', 'initrd.img-6', 'vmlinuz-6'];
const inBoot = ['grub', 'initrd.img-7', 'vmlinuz-7'];

function part(number: number, content?: Filesystem | Buffer, type?: string): SmallPartition {
  return { number, sizeMiB: 4, ...(content === undefined ? {} : { content }), ...(type === undefined ? {} : { type }) };
}

describe('finds root and boot by their content', () => {
  test.each<
    readonly [what: string, disk: SmallDisk, expected: readonly [number, number | undefined, readonly string[]]]
  >([
    [
      'noble: boot on 16, before the root',
      { table: 'gpt', partitions: [part(14), part(15), part(16, boot), part(1, root, linuxRootX86)] },
      [1, 16, inBoot],
    ],
    ['boot on another number', { table: 'gpt', partitions: [part(1, root), part(3, boot)] }, [1, 3, inBoot]],
    ['boot in the root', { table: 'gpt', partitions: [part(14), part(1, rootWithKernel)] }, [1, undefined, inRoot]],
    [
      'sectors of 4 KiB',
      { table: 'gpt4k', partitions: [part(16, boot), part(1, root, linuxRootX86)] },
      [1, 16, inBoot],
    ],
    ['MBR', { table: 'dos', partitions: [part(2, boot), part(1, root)] }, [1, 2, inBoot]],
    ['no table at all', { table: 'none', partitions: [part(0, rootWithKernel)] }, [0, undefined, inRoot]],
    [
      "the root's own kernel before another filesystem's",
      { table: 'gpt', partitions: [part(1, rootWithKernel), part(2, boot)] },
      [1, undefined, inRoot],
    ],
    [
      'other filesystems beside it',
      {
        table: 'gpt',
        partitions: [part(3, data), part(2, { tree: { x: 'y' }, type: 'ext2' }), part(1, rootWithKernel)],
      },
      [1, undefined, inRoot],
    ],
    [
      'two roots, one with the GPT type',
      { table: 'gpt', partitions: [part(1, rootWithKernel), part(2, rootWithKernel, linuxRootX86)] },
      [2, undefined, inRoot],
    ],
    [
      'two roots, one with the label',
      { table: 'dos', partitions: [part(1, rootWithKernel), part(2, { ...rootWithKernel, label: 'cloudimg-rootfs' })] },
      [2, undefined, inRoot],
    ],
    [
      'os-release alone makes a root',
      { table: 'gpt', partitions: [part(1, { tree: { 'usr/lib/os-release': 'x' } })] },
      [1, undefined, []],
    ],
  ])('%s', async (_, disk, expected) => {
    expect(await withGuest(disk, describeGuest)).toEqual(expected);
  });
});

describe('rejects', () => {
  const xfs = Buffer.concat([Buffer.from('XFSB'), Buffer.alloc(4096)]);
  test.each<readonly [what: string, disk: SmallDisk, message: RegExp, fix: RegExp]>([
    [
      'two roots',
      { table: 'gpt', partitions: [part(1, rootWithKernel), part(2, rootWithKernel)] },
      /2 root filesystems: partitions 1 and 2/,
      /label the right one cloudimg-rootfs/,
    ],
    [
      'two preferred roots',
      { table: 'gpt', partitions: [part(1, rootWithKernel, linuxRootX86), part(2, rootWithKernel, linuxRootX86)] },
      /2 root filesystems/,
      /label/,
    ],
    [
      'LVM on GPT',
      {
        table: 'gpt',
        partitions: [part(1, boot), part(2, Buffer.from('LABELONE'), 'E6D6D379-F507-44C2-A23C-238F2A3DF928')],
      },
      /LVM/,
      /plain ext4/,
    ],
    ['LVM on MBR', { table: 'dos', partitions: [part(1, Buffer.from('LABELONE'), '8e')] }, /LVM/, /plain ext4/],
    ['XFS', { table: 'gpt', partitions: [part(1, xfs, linuxRootX86)] }, /no ext4 root/, /ext4/],
    ['no filesystem', { table: 'gpt', partitions: [part(1)] }, /no ext4 root/, /ext4/],
    ['no partition', { table: 'gpt', partitions: [] }, /no ext4 root/, /ext4/],
    ['an empty disk', { table: 'none', partitions: [part(0)] }, /no ext4 root/, /ext4/],
    ['a boot partition alone', { table: 'gpt', partitions: [part(1, boot)] }, /no ext4 root/, /ext4/],
  ])('%s', async (_, disk, message, fix) => {
    const failure: unknown = await withGuest(disk, describeGuest).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ message: expect.stringMatching(message), fix: expect.stringMatching(fix) });
  });

  test('two boot partitions', async () => {
    await expect(
      withGuest({ table: 'gpt', partitions: [part(1, root), part(2, boot), part(3, boot)] }, describeGuest),
    ).rejects.toThrow(/more than one boot partition/);
  });
});
