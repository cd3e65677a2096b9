import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Guest } from '../../../src/disk/open-guest.js';
import { withGuest } from '../../../src/disk/with-guest.js';
import { carryFiles, type CarriedFiles } from '../../../src/image/carry-files.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import { bootTree, guestTree, makeDisk, makeTestDirectory, type Tree } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const ports = { processes, log: silentLog };
const mebibyte = 1024 ** 2;
const large = makeBytes(5, 3 * mebibyte + 77);
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let old: string;
let fresh: string;
let runs = 0;

const oldTree: Tree = {
  ...guestTree,
  boot: { directory: true },
  'srv/app/data/db': large,
  'srv/app/data/empty': '',
  'srv/app/data/deep/er/file name, with a space': 'deep',
  'srv/app/data/out': { link: '../../../../etc/shadow' },
  'srv/app/data/host': { link: '/proc/1/root/etc/passwd' },
  'srv/app/data/up': { link: '..' },
  'srv/app/data/one': 'two names',
  'srv/app/data/pipe': 'becomes a pipe',
  'srv/app/beside': 'not asked for',
  'srv/hostile/new\nline': 'x',
  'srv/hostile/qu"ote': 'x',
  'srv/nested/x': '1',
  'etc/app.conf': 'kept = yes',
};

beforeAll(async () => {
  directory = await makeTestDirectory('carry');
  old = join(directory.path, 'old.raw');
  fresh = join(directory.path, 'fresh.raw');
  const make = async (path: string, tree: Tree, sizeMiB: number, slack = 0): Promise<void> =>
    makeDisk(
      path,
      {
        table: 'gpt',
        partitions: [
          { number: 2, sizeMiB: 8, content: { tree: bootTree('6') } },
          { number: 1, sizeMiB, content: { tree, label: 'cloudimg-rootfs' } },
        ],
        slack,
      },
      processes,
    );
  await make(old, oldTree, 24);
  await make(fresh, { ...guestTree, boot: { directory: true }, 'etc/app.conf': 'from the image' }, 24, 256 * mebibyte);
  const attribute = join(directory.path, 'attribute');
  await writeFile(attribute, 'a value');
  const commands = [
    'ln /srv/app/data/one /srv/app/data/two',
    'sif /srv/app/data/one links_count 2',
    'sif /srv/app/data/one mode 0104751',
    'sif /srv/app/data/one uid 1234',
    'sif /srv/app/data/one gid 54321',
    'sif /srv/app/data/one mtime @1000000001',
    'sif /srv/app/data mtime @1000000002',
    'sif /srv/app/data mode 040700',
    'sif /srv/app uid 77',
    'sif /srv/app/data/out uid 1234',
    `ea_set -f "${attribute}" /srv/app/data/one user.comment`,
    'rm /srv/app/data/pipe',
    // mknod takes a name, not a path.
    'cd /srv/app/data',
    'mknod pipe p',
    'mknod disk b 8 0',
  ];
  const script = join(directory.path, 'script');
  await writeFile(script, commands.map((command) => `${command}\n`).join(''));
  await processes.run({ argv: ['debugfs', '-w', '-f', script, `${old}?offset=${9 * mebibyte}`] });
  await processes.run({ argv: ['e2fsck', '-fn', `${old}?offset=${9 * mebibyte}`] });
});
afterAll(async () => directory.remove());

interface Carried {
  readonly carried: CarriedFiles;
  readonly overlay: string;
  readonly place: string;
}

async function carry(paths: readonly string[], from = old): Promise<Carried> {
  const place = join(directory.path, `run-${runs++}`);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', fresh, overlay] });
  const carried = await carryFiles({ from: { path: from, format: 'raw' }, overlay, paths, directory: place }, ports);
  return { carried, overlay, place };
}

async function inGuest<T>({ overlay, place }: Carried, work: (guest: Guest) => Promise<T>): Promise<T> {
  return withGuest({ path: overlay, format: 'qcow2' }, place, ports, work);
}

test('a directory arrives with contents, owners, modes, times and attributes', async () => {
  const run = await carry(['/srv/app/data', '/etc/app.conf']);
  expect(run.carried).toMatchObject({
    count: 12,
    skipped: { count: 2, first: ['/srv/app/data/disk', '/srv/app/data/pipe'] },
  });
  await inGuest(run, async ({ files }) => {
    expect(sha256Of(await files.read('/srv/app/data/db', 2 * large.length))).toBe(sha256Of(large));
    expect(await files.tryReadText('/srv/app/data/deep/er/file name, with a space')).toBe('deep');
    expect(await files.tryReadText('/etc/app.conf')).toBe('kept = yes');
    const data = await files.tryStat('/srv/app/data');
    expect(data?.inode).toMatchObject({ kind: 'directory', mode: 0o700, modified: 1_000_000_002 });
    // A directory above, which the image does not have, comes with its owner, and without what is in it.
    expect((await files.tryStat('/srv/app'))?.inode).toMatchObject({ uid: 77 });
    expect(await files.tryStat('/srv/app/beside')).toBeUndefined();
    for (const name of ['one', 'two']) {
      const file = (await files.tryStat(`/srv/app/data/${name}`))!;
      expect(file.inode).toMatchObject({ mode: 0o4751, uid: 1234, gid: 54321, links: 1, modified: 1_000_000_001 });
      expect(String((await file.mount.filesystem.readAttributes(file.inode)).get('user.comment'))).toBe('a value');
    }
    const out = (await files.tryStat('/srv/app/data/out'))!;
    expect(out.inode).toMatchObject({ kind: 'link', uid: 1234 });
    expect(await out.mount.filesystem.readLink(out.inode)).toBe('../../../../etc/shadow');
    expect(await files.tryStat('/srv/app/data/disk')).toBeUndefined();
  });
});

test('a path below another one is not copied twice', async () => {
  expect((await carry(['/srv/nested', '/srv/nested/x'])).carried.count).toBe(2);
});

test('a link that is named is kept as a link', async () => {
  const run = await carry(['/srv/app/data/host']);
  expect(run.carried).toMatchObject({ count: 1, bytes: 0 });
  await inGuest(run, async ({ files }) => expect((await files.tryStat('/srv/app/data/host'))?.inode.kind).toBe('link'));
});

describe('what cannot be kept exactly is rejected', () => {
  test.each<readonly [string, readonly string[], RegExp]>([
    ['a missing path', ['/srv/missing'], /the guest has no "\/srv\/missing" to keep/],
    ['a line break in a name', ['/srv/hostile'], /the path "\/srv\/hostile\/new.*line" cannot be kept/],
    ['a directory in the place of which the image has a file', ['/etc/app.conf/x'], /has no "\/etc\/app\.conf\/x"/],
  ])('%s', async (_, paths, message) => {
    await expect(carry(paths)).rejects.toThrow(message);
  });
});

/** A disk with one more debugfs command. */
async function changeOld(...commands: readonly string[]): Promise<string> {
  const copy = join(directory.path, `changed-${runs++}.raw`);
  await processes.run({ argv: ['cp', '--sparse=always', old, copy] });
  for (const command of commands)
    await processes.run({ argv: ['debugfs', '-w', '-R', command, `${copy}?offset=${9 * mebibyte}`] });
  return copy;
}

test('a sparse file of a terabyte is rejected before it is read', async () => {
  const from = await changeOld('sif /srv/app/data/empty size 1099511627776');
  await expect(carry(['/srv/app/data'], from)).rejects.toThrow('the files to be kept have more than 16 GiB');
});

test('a disk that was not unmounted cleanly is rejected', async () => {
  const from = await changeOld('feature needs_recovery');
  await expect(carry(['/srv/app/data'], from)).rejects.toThrow('was not unmounted cleanly');
});

test('the new filesystem grows if the files do not fit', async () => {
  const run = await carry(['/srv/app/data']);
  const size = await inGuest(run, async ({ root }) => Promise.resolve(root.mount.filesystem.size));
  // 64 MiB are kept free, which the image's 24 MiB do not have.
  expect(size).toBeGreaterThan(200 * mebibyte);
});
