import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { open, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { checkBaseImage } from '../../src/app/doctor/checks/base-image.js';
import type { Finding } from '../../src/app/doctor/finding.js';
import { Failure } from '../../src/platform/errors.js';
import { openWritableDisk } from '../../src/disk/storage-daemon.js';
import { assemble, planTestDaemon } from '../fixtures/assemble.js';
import { expectSound } from '../fixtures/golden-proof.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { linuxData, makeTestDirectory, type SmallDisk } from '../fixtures/small-image.js';
import { guestFilesystem, makeCaseBase, oneDisk, rootPartition } from './guest.js';

const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('filesystems');
});
afterAll(async () => directory.remove());

async function check(path: string): Promise<Finding> {
  const [finding, ...more] = await checkIn(join(directory.path, 'work'), path);
  expect(more).toEqual([]);
  return finding!;
}

async function checkIn(work: string, path: string): Promise<readonly Finding[]> {
  const base = { reference: path, verify: false, allowDowngrade: false };
  const directories = { cache: work, work };
  return checkBaseImage({ base, directories }, { processes, signal: new AbortController().signal });
}

const signature = (offset: number, text: string): Buffer =>
  Buffer.concat([Buffer.alloc(offset), Buffer.from(text, 'latin1')]);
const featured = (options: string): SmallDisk => oneDisk(guestFilesystem({}, ['-O', options]));

describe('a base that cannot be edited is named before anything heavy', () => {
  test.each<readonly [row: string, disk: SmallDisk, says: RegExp, fix: RegExp]>([
    [
      '52 XFS root',
      oneDisk(signature(0, 'XFSB')),
      /no ext4 root filesystem: partition 1 has XFS \(supported: ext4\)$/,
      /ext4 root/,
    ],
    [
      '52 btrfs root',
      oneDisk(signature(0x10040, '_BHRfS_M')),
      /partition 1 has btrfs \(supported: ext4\)/,
      /ext4 root/,
    ],
    [
      '52 XFS root beside an ext4 /boot',
      {
        table: 'gpt',
        partitions: [
          { number: 2, sizeMiB: 4, type: linuxData, content: { tree: { 'vmlinuz-6': 'x' } } },
          rootPartition(signature(0, 'XFSB'), 4),
        ],
      },
      /no ext4 root filesystem: partition 1 has XFS/,
      /ext4 root/,
    ],
    [
      '52 XFS on the whole disk',
      { table: 'none', partitions: [{ number: 0, sizeMiB: 4, content: signature(0, 'XFSB') }] },
      /the disk has XFS \(supported: ext4\)/,
      /ext4 root/,
    ],
    [
      '52 LVM by its content, whatever its type',
      oneDisk(signature(512, 'LABELONE')),
      /partition 1 has LVM \(supported: ext4\)/,
      /ext4 root/,
    ],
    ['52 an encrypted root', oneDisk(signature(0, 'LUKS\xba\xbe')), /partition 1 has LUKS \(encrypted\)/, /ext4 root/],
    [
      '26 quota',
      featured('quota'),
      /partition 1 has the feature quota, which cannot be edited offline$/,
      /^remove it from the base: tune2fs -O \^quota on partition 1$/,
    ],
    [
      '26 project quota',
      featured('quota,project'),
      /has the features quota and project, /,
      /tune2fs -O \^quota,\^project/,
    ],
    [
      '48 encrypt',
      featured('encrypt'),
      /has the feature encrypt, which cannot be edited offline$/,
      /filesystem without it \(mke2fs -O \^encrypt\)/,
    ],
    [
      '48 inline_data',
      featured('inline_data'),
      /has the feature inline_data, /,
      /without it \(mke2fs -O \^inline_data\)/,
    ],
  ])('row %s', async (_, disk, says, fix) => {
    const base = await makeCaseBase(directory.path, disk, processes);
    const finding = await check(base.path);
    expect(finding).toEqual({
      name: 'base image',
      state: 'broken',
      text: expect.stringMatching(says) as unknown,
      fix: expect.stringMatching(fix) as unknown,
    });
    // A downloaded base is rejected with the same message, before it is digested.
    const failure: unknown = await assemble(
      base,
      { directory: directory.path, name: `g-${base.origin.reference}` },
      { edits: [], compression: 'none' },
      processes,
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(finding.text).toBe(`${base.path}: ${(failure as Failure).message}`);
    expect((failure as Failure).fix).toBe(finding.fix);
  });

  test("row 26: a feature that this machine's e2fsprogs does not know", async () => {
    const base = await makeCaseBase(directory.path, oneDisk(guestFilesystem()), processes, {
      spoil: ['feature FEATURE_C30'],
    });
    await expect(
      assemble(base, { directory: directory.path, name: 'unknown' }, { edits: [], compression: 'none' }, processes),
    ).rejects.toMatchObject({
      message: "the filesystem of partition 1 has features unknown to this machine's e2fsprogs: FEATURE_C30",
      fix: expect.stringMatching(/^install a newer e2fsprogs/) as unknown,
    });
  });
});

describe('supported features', () => {
  test.each([
    'verity',
    'orphan_file',
    'bigalloc',
    'casefold',
    'ea_inode',
    'fast_commit',
    'stable_inodes',
    'sparse_super2',
    '^metadata_csum,uninit_bg',
  ])('row R: %s', async (options) => {
    const base = await makeCaseBase(directory.path, featured(options), processes);
    expect(await check(base.path)).toMatchObject({ state: 'ok', text: `${base.path}: ext4 on partition 1 (/)` });
    const edits = await planTestDaemon(directory.path);
    await expect(
      assemble(
        base,
        { directory: directory.path, name: `f-${options.replaceAll(/\W/g, '-')}` },
        { edits, compression: 'none' },
        processes,
      ),
    ).resolves.toMatchObject({ driver: 'inject' });
  });
});

describe('ext4 on the whole disk, without a partition table', () => {
  test.each(['raw', 'none'] as const)('row 47: as %s', async (format) => {
    const base = await makeCaseBase(
      directory.path,
      { table: 'none', partitions: [{ number: 0, sizeMiB: 12, content: guestFilesystem() }] },
      processes,
      { format },
    );
    expect(await check(base.path)).toMatchObject({ state: 'ok', text: `${base.path}: ext4 on the whole disk (/)` });
    const edits = await planTestDaemon(directory.path);
    const golden = await assemble(
      base,
      { directory: directory.path, name: `whole-${format}` },
      { edits, compression: 'none' },
      processes,
    );
    await expectSound(golden, join(directory.path, `whole-${format}.raw`), processes);
  });

  test('row 47: one that is cut off is truncated', async () => {
    const base = await makeCaseBase(
      directory.path,
      { table: 'none', partitions: [{ number: 0, sizeMiB: 12, content: guestFilesystem() }] },
      processes,
    );
    await truncate(base.path, 6 * 1024 ** 2);
    expect((await check(base.path)).text).toMatch(/superblock is damaged/);
  });

  test('noise is not a disk', async () => {
    const path = join(directory.path, 'noise');
    const file = await open(path, 'w');
    await file.write('hello').finally(async () => file.close());
    expect((await check(path)).text).toMatch(
      /not a disk image: neither qcow2, nor raw with a partition table or an ext4 filesystem$/,
    );
  });
});

test('an unusable work directory is not blamed on the base', async () => {
  const base = await makeCaseBase(directory.path, oneDisk(guestFilesystem()), processes);
  const findings = await checkIn(join(base.path, 'below-a-file'), base.path);
  expect(findings).toEqual([
    { name: 'base image', state: 'warning', text: expect.stringMatching(/cannot be inspected: ENOTDIR/) as unknown },
  ]);
});

test('row 27: a base that another program writes to is in use, not damaged', async () => {
  const base = await makeCaseBase(directory.path, oneDisk(guestFilesystem()), processes, { format: 'none' });
  const other = await openWritableDisk(base.path, directory.path, { processes });
  try {
    expect(await check(base.path)).toEqual({
      name: 'base image',
      state: 'broken',
      text: `${base.path}: qcow2 image is in use: another program has it open for writing`,
      fix: expect.stringMatching(/^stop that program/) as unknown,
    });
  } finally {
    await other.closeDisk();
  }
});
