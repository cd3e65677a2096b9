import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openGuest } from '../../src/disk/open-guest.js';
import { withGuest } from '../../src/disk/with-guest.js';
import { createWorkBudget } from '../../src/disk/work-budget.js';
import type { GuestFiles } from '../../src/disk/guest-files.js';
import { auditImage } from '../../src/image/audit.js';
import { readInventory } from '../../src/image/inventory.js';
import { Failure } from '../../src/platform/errors.js';
import { inodeAt, inodes, makeRoot, writeDirectory, blockSize } from '../fixtures/handmade-ext4.js';
import { openMemoryDisk } from '../fixtures/memory-disk.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory } from '../fixtures/small-image.js';

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
/** The blocks of directories in `makeRoot`. */
const block = { root: 10, info: 16 } as const;

type Entry = readonly [name: string, inode: number];

/** A root of 64 KiB in which 56 names of a directory refer to one file of this size, nearly all of it a hole. */
function makeManyNames(fileBytes: number, directory: number): Buffer {
  const disk = makeRoot();
  const isRoot = directory === block.root;
  const names = Array.from({ length: 56 }, (_, index): Entry => [`${index}.list`, inodes.file]);
  const others: readonly Entry[] = [
    ['etc', 3],
    ['var', 4],
  ];
  writeDirectory(disk, block.info * blockSize, [['a.list', inodes.mapped]]);
  writeDirectory(disk, directory * blockSize, [...(isRoot ? others : []), ...names]);
  disk.writeUInt32LE(fileBytes % 2 ** 32, inodeAt(inodes.file) + 4);
  disk.writeUInt32LE(Math.floor(fileBytes / 2 ** 32), inodeAt(inodes.file) + 0x6c);
  return disk;
}

async function audit(files: GuestFiles): Promise<void> {
  await auditImage(files, { edits: [], forbiddenTexts: [] });
}

describe('row 39: an image that costs far more to read than it has bytes', () => {
  test.each<readonly [what: string, disk: Buffer, read: (files: GuestFiles) => Promise<unknown>]>([
    ['many names of one file, by the audit', makeManyNames(32 * mebibyte, block.root), audit],
    ['a file of 2^60 bytes that is one hole', makeManyNames(2 ** 60, block.root), audit],
    ['many names of one list of a package, by the inventory', makeManyNames(32 * mebibyte, block.info), readInventory],
    ['many names of one list of a package, by the audit', makeManyNames(32 * mebibyte, block.info), audit],
  ])('%s', async (_, bytes, read) => {
    const disk = openMemoryDisk(bytes);
    const { files } = await openGuest(disk, createWorkBudget(disk, 64 * mebibyte));
    const failure = await read(files).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({
      message: "reading the image's files takes more than 64 MiB, although its disk has only 64 KiB",
      fix: expect.stringContaining('another base'),
    });
  });

  test('many names of one file cost the inventory no more than one', async () => {
    const disk = openMemoryDisk(makeManyNames(4 * mebibyte, block.root));
    const { files } = await openGuest(disk, createWorkBudget(disk, 16 * mebibyte));
    const { files: listed = [] } = await readInventory(files);
    expect(listed.filter(({ size }) => size === 4 * mebibyte).length).toBeGreaterThanOrEqual(56);
  });

  test('the budget of an image is three times its disk, and at least 4 GiB', async () => {
    const small = createWorkBudget(openMemoryDisk(Buffer.alloc(0), gibibyte));
    await small.spend(3 * gibibyte);
    await expect(small.spend(gibibyte)).rejects.toThrow(/more than 4 GiB, although its disk has only 1 GiB/);
    const large = createWorkBudget(openMemoryDisk(Buffer.alloc(0), 100 * gibibyte));
    await large.spend(299 * gibibyte);
    await expect(large.spend(gibibyte)).rejects.toThrow(/more than 300 GiB/);
  });
});

describe('row 39: a signal while an image is read', () => {
  const endless = makeManyNames(2 ** 60, block.root);
  let place: Awaited<ReturnType<typeof makeTestDirectory>>;
  beforeAll(async () => {
    place = await makeTestDirectory('hostile');
  });
  afterAll(async () => place.remove());

  test('is handled: closing the disk stops the work', async () => {
    let isClosed = false as boolean;
    const assertOpen = (): void => {
      if (isClosed) throw new Failure('the disk is closed');
    };
    const { files } = await openGuest({ ...openMemoryDisk(endless), assertOpen });
    setImmediate(() => (isClosed = true));
    await expect(audit(files)).rejects.toThrow('the disk is closed');
  });

  test('stops the work on a disk of QEMU that is all in memory', async () => {
    const path = join(place.path, 'endless.raw');
    await writeFile(path, endless);
    const controller = new AbortController();
    const processes = createTestProcesses(controller.signal);
    const work = withGuest({ path, format: 'raw' }, place.path, { processes }, async ({ files }) => {
      setImmediate(() => controller.abort(new Failure('cancelled')));
      await audit(files);
    });
    await expect(work).rejects.toThrow(
      /NBD server closed the connection|the NBD server is closed|did not close the disk cleanly/,
    );
  });
});
