import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open, readdir, readFile, rm, stat, statfs, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { ObjectReader, ObjectStore } from '../../../src/objects/object-store.js';
import { startOwnMounts, type OwnMounts } from '../../faults/own-mounts.js';
import { image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const isThere =
  process.getuid?.() === 0 && existsSync('/dev/loop-control') && spawnSync('mkfs.xfs', ['-V']).status === 0;
if (!isThere)
  process.stderr.write(
    'pulls on a filesystem with reflinks: NOT TESTED, for that takes root, loop devices and mkfs.xfs: ' +
      'apt-get install xfsprogs\n',
  );
const withXfs = isThere ? describe : describe.skip;

const mebibyte = 1024 ** 2;
const created = new Date('2026-11-23T06:00:00.123Z');
const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let mounts: OwnMounts;
let store: ObjectStore;
let root: string;

beforeAll(async () => {
  if (!isThere) return;
  directory = await makeTestDirectory('flat pull');
  mounts = await startOwnMounts();
  await mounts.run(
    `
    mkdir "$1/xfs" "$1/tmpfs"
    truncate -s 1G "$1/disk"
    mkfs.xfs -q -m reflink=1 "$1/disk"
    mount -o loop,discard "$1/disk" "$1/xfs"
    mount -t tmpfs tmpfs "$1/tmpfs"`,
    directory.path,
  );
});
afterAll(async () => {
  if (!isThere) return;
  await mounts.end();
  await directory.remove();
});
beforeEach(() => {
  store = createMemoryStore();
});

async function useFilesystem(name: 'xfs' | 'tmpfs'): Promise<void> {
  root = join(mounts.reach(join(directory.path, name)), 'host');
  await rm(root, { recursive: true, force: true });
}

async function pull(wanted: number | string = 'latest', from: ObjectReader = store, verify = false): Promise<Pulled> {
  return pullVersion(
    { root, image, wanted, verify },
    { store: from, processes, log: silentLog, clock: createTestClock(), signal: new AbortController().signal },
  );
}

/** Publishes an image whose kernel and initramfs are those of all others. */
async function publish(bytes: Buffer): Promise<void> {
  await publishTestVersion(store, {
    image: bytes,
    kernel: Buffer.from('kernel'),
    initramfs: Buffer.from('initramfs'),
    created,
  });
}

const pathOf = (version: number): string => join(root, `snapshots/ubuntu-base.${version}.qcow2`);

async function expectImage(version: number, bytes: Buffer): Promise<void> {
  expect((await readFile(pathOf(version))).equals(bytes)).toBe(true);
  const { mode, mtime } = await stat(pathOf(version));
  expect({ mode: mode & 0o777, mtime }).toEqual({ mode: 0o444, mtime: created });
}

async function writeByte(path: string, offset: number): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.write(Buffer.from([0xa5]), 0, 1, offset);
  } finally {
    await file.close();
  }
}

/** As bits rot: no date tells it. */
async function rotByte(path: string, offset: number): Promise<void> {
  await writeByte(path, offset);
  await utimes(path, created, created);
}

async function verify(): Promise<readonly (readonly [number, number])[]> {
  const verified = await verifyHost({ root, image }, { log: silentLog, signal: new AbortController().signal });
  return verified.map(({ version, problems }) => [version, problems.length]);
}

/** Of all that this process has read from files, whether from a disk or not. */
async function countRead(): Promise<number> {
  return Number(/^rchar: (\d+)$/m.exec(await readFile('/proc/self/io', 'utf8'))?.[1]);
}

async function countFree(): Promise<number> {
  const { bfree, bsize } = await statfs(root);
  return bfree * bsize;
}

/** A store that gives so many bytes of files, and no more. */
function giveOnly(bytes: number): ObjectReader {
  let left = bytes;
  return {
    ...store,
    open: async (key, range) => {
      const [all] = (await (await store.open(key, range))!.toArray()) as [Buffer];
      const given = all.subarray(0, left);
      left -= given.length;
      return Readable.from([given]);
    },
  };
}

withXfs('where blocks can be shared', () => {
  beforeEach(async () => useFilesystem('xfs'));

  test('what has not changed is neither read, nor written, nor fetched', async () => {
    await publish(makeImage(60));
    await pull();
    await expectImage(1, makeImage(60));
    await publish(makeImage(60, [3, 4, 20, 60]));
    const [read, free] = [await countRead(), await countFree()];
    const { transfer } = await pull();
    expect(transfer).toEqual({ fetched: 3 * mebibyte + 12_345, reused: 57 * mebibyte });
    expect((await countRead()) - read).toBeLessThan(10 * mebibyte);
    expect(free - (await countFree())).toBeLessThan(10 * mebibyte);
    await expectImage(1, makeImage(60));
    await expectImage(2, makeImage(60, [3, 4, 20, 60]));
  });

  test('room is asked for what changes alone', async () => {
    await publish(makeImage(60));
    await pull();
    await publish(makeImage(60, [3, 4, 20, 60]));
    await mounts.run('fallocate -l "$2" "$1/xfs/filler"', directory.path, String((await countFree()) - 40 * mebibyte));
    try {
      expect((await pull()).transfer.fetched).toBe(3 * mebibyte + 12_345);
      await expectImage(2, makeImage(60, [3, 4, 20, 60]));
      await publish(makeImage(60, [], 2));
      await expect(pull()).rejects.toThrow(/not enough disk space in .* needed, .* free$/);
    } finally {
      await mounts.run('rm "$1/xfs/filler"', directory.path);
    }
  });

  test('a byte that somebody wrote into the version before is noticed, and comes from the store', async () => {
    await publish(makeImage(10));
    await pull();
    await writeByte(pathOf(1), 7 * mebibyte + 5);
    await publish(makeImage(10, [2]));
    expect((await pull()).transfer.fetched).toBe(2 * mebibyte);
    await expectImage(2, makeImage(10, [2]));
  });

  test('a file of another date is not believed, and its clone is whole', async () => {
    await publish(makeImage(10));
    await pull();
    await rotByte(pathOf(1), 7 * mebibyte + 5);
    await utimes(pathOf(1), created, new Date(created.getTime() + 1));
    await publish(makeImage(10, [2]));
    expect((await pull()).transfer.fetched).toBe(2 * mebibyte);
    await expectImage(2, makeImage(10, [2]));
  });

  test('rot goes over into the next version, is found by host verify, and fixed by pull --verify', async () => {
    await publish(makeImage(10));
    await pull();
    await rotByte(pathOf(1), 7 * mebibyte + 5);
    await publish(makeImage(10, [2]));
    expect((await pull()).transfer.fetched).toBe(mebibyte);
    expect(await verify()).toEqual([
      [2, 1],
      [1, 1],
    ]);
    for (const version of [1, 2]) await pull(version, store, true);
    expect(await verify()).toEqual([
      [2, 0],
      [1, 0],
    ]);
    await expectImage(2, makeImage(10, [2]));
  });

  test('chunks that have moved are copied, and zeros behind the old end are not fetched', async () => {
    const old = makeImage(6).subarray(0, 6 * mebibyte);
    await publish(old);
    await pull();
    const grown = Buffer.concat([old, Buffer.alloc(2 * mebibyte), old.subarray(0, mebibyte)]);
    await publish(grown);
    expect((await pull()).transfer.fetched).toBe(0);
    await expectImage(2, grown);
    const shrunk = grown.subarray(0, 5 * mebibyte + 99);
    await publish(shrunk);
    expect((await pull()).transfer.fetched).toBe(99);
    await expectImage(3, shrunk);
  });

  test('what a broken pull has left is hashed, whatever its date', async () => {
    await publish(makeImage(4));
    await expect(pull('latest', giveOnly(2 * mebibyte))).rejects.toThrow('gave up after 5 attempts');
    const [partial] = (await readdir(join(root, 'snapshots'))).filter((name) => name.startsWith('.partial-'));
    await rotByte(join(root, 'snapshots', partial!), 5);
    await publish(makeImage(4, [1]));
    await pull();
    await expectImage(2, makeImage(4, [1]));
    await pull(1);
    await expectImage(1, makeImage(4));
  });
});

withXfs('where blocks cannot be shared', () => {
  beforeEach(async () => useFilesystem('tmpfs'));

  test('every chunk is compared with its digest, though the date says that nobody wrote', async () => {
    await publish(makeImage(10));
    await pull();
    await rotByte(pathOf(1), 7 * mebibyte + 5);
    await publish(makeImage(10, [2]));
    expect((await pull()).transfer.fetched).toBe(2 * mebibyte);
    await expectImage(2, makeImage(10, [2]));
  });
});
