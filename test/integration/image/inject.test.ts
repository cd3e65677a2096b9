import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { openDisk } from '../../../src/disk/storage-daemon.js';
import { openGuest, type Guest } from '../../../src/disk/open-guest.js';
import { injectDriver } from '../../../src/image/inject/inject-driver.js';
import { assertCleanFilesystems } from '../../../src/image/clean-filesystems.js';
import { mapOverlay } from '../../../src/image/disk-map.js';
import { rootOwned, type FileEdit } from '../../../src/image/plan.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import { bootTree, guestTree, makeDisk, makeTestDirectory, type Tree } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const ports = { processes, log: silentLog };
const mebibyte = 1024 ** 2;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let raw: string;
let count = 0;

const tree: Tree = {
  ...guestTree,
  boot: { directory: true },
  'opt/old/deep/file': 'x',
  'opt/old/link': { link: '/etc' },
  'opt/replaced': 'old and longer than the new one',
  srv: { link: 'opt' },
  'usr/share/attributes': 'x',
};

beforeAll(async () => {
  directory = await makeTestDirectory('inject');
  raw = join(directory.path, 'disk.raw');
  await makeDisk(
    raw,
    {
      table: 'gpt',
      partitions: [
        { number: 1, sizeMiB: 16, content: { tree } },
        { number: 2, sizeMiB: 8, content: { tree: bootTree('6') } },
      ],
    },
    processes,
  );
  // What mke2fs does not make of a host's directory: a second name of a file, an attribute in a block of its own.
  const attribute = join(directory.path, 'attribute');
  await writeFile(attribute, 'a'.repeat(900));
  for (const command of [
    'ln /var/log/syslog /var/log/second',
    'sif /var/log/syslog links_count 2',
    `ea_set -f "${attribute}" /usr/share/attributes user.large`,
  ]) {
    await processes.run({ argv: ['debugfs', '-w', '-R', command, `${raw}?offset=${mebibyte}`] });
  }
  await processes.run({ argv: ['e2fsck', '-fn', `${raw}?offset=${mebibyte}`] });
});
afterAll(async () => directory.remove());

interface Injected {
  readonly overlay: string;
  readonly place: string;
}

async function inject(edits: readonly FileEdit[], base = raw): Promise<Injected> {
  const place = join(directory.path, `run-${count++}`);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, overlay] });
  await injectDriver.apply({ overlay, edits, directory: place }, ports);
  return { overlay, place };
}

async function withGuest<T>({ overlay, place }: Injected, use: (guest: Guest) => Promise<T>): Promise<T> {
  const disk = await openDisk({ path: overlay, format: 'qcow2' }, place, ports);
  try {
    return await use(await openGuest(disk));
  } finally {
    await disk.closeDisk();
  }
}

async function flatten({ overlay, place }: Injected): Promise<string> {
  const flat = join(place, 'flat.raw');
  await processes.run({ argv: ['qemu-img', 'convert', '-O', 'raw', overlay, flat] });
  return flat;
}

/** What debugfs says of a path in the filesystem at an offset: its own words, not ours. */
async function stat(flat: string, path: string, offset = mebibyte): Promise<string> {
  const { stdout, stderr } = await processes.run({
    argv: ['debugfs', '-R', `stat "${path}"`, `${flat}?offset=${offset}`],
    env: { DEBUGFS_PAGER: 'cat' },
  });
  return `${stdout}${stderr}`;
}

test('files, directories, links and attributes, as debugfs sees them', async () => {
  const file = join(directory.path, 'large');
  const large = makeBytes(3, 3 * mebibyte + 7);
  await writeFile(file, large);
  const sha256 = sha256Of(large);
  const injected = await inject([
    {
      kind: 'write',
      path: '/usr/local/bin/tool',
      content: { file, sha256 },
      attributes: { mode: 0o4755, uid: 100000, gid: 70000 },
    },
    { kind: 'write', path: '/opt/replaced', content: { text: 'new' }, attributes: rootOwned(0o600) },
    {
      kind: 'write',
      path: "/srv/through a link, ü 'quoted' #1",
      content: { text: 'größer\n' },
      attributes: rootOwned(0o644),
    },
    { kind: 'directory', path: '/var/lib/made', attributes: { mode: 0o1777, uid: 7, gid: 8 } },
    { kind: 'directory', path: '/home', attributes: rootOwned(0o711) },
    { kind: 'link', path: '/etc/long', target: `/${'very-long/'.repeat(20)}end` },
    { kind: 'link', path: '/etc/short', target: '../opt' },
    { kind: 'remove', pattern: '/opt/old' },
    { kind: 'write', path: '/opt/old/again', content: { text: '' }, attributes: rootOwned(0o644) },
    { kind: 'write', path: '/boot/extra', content: { text: 'on the other partition' }, attributes: rootOwned(0o600) },
  ]);
  const flat = await flatten(injected);
  expect(await stat(flat, '/usr/local/bin/tool')).toMatch(
    /Type: regular +Mode: +04755[^]*User: 100000 +Group: 70000[^]*Size: 3145735/,
  );
  expect(await stat(flat, '/var/lib/made')).toMatch(/Type: directory +Mode: +01777[^]*User: +7 +Group: +8/);
  expect(await stat(flat, '/home')).toMatch(/Type: directory +Mode: +0711/);
  expect(await stat(flat, '/etc/short')).toMatch(/Type: symlink[^]*Fast link dest: "..\/opt"/);
  expect(await stat(flat, '/opt/old/deep')).toMatch(/File not found/);
  expect(await stat(flat, '/extra', 17 * mebibyte)).toMatch(/Mode: +0600[^]*Size: 22/);
  await withGuest(injected, async ({ files }) => {
    expect((await files.read('/usr/local/bin/tool', large.length)).equals(large)).toBe(true);
    expect(await files.tryReadText('/opt/replaced')).toBe('new');
    expect(await files.tryReadText("/opt/through a link, ü 'quoted' #1")).toBe('größer\n');
    expect(await files.tryReadText('/boot/extra')).toBe('on the other partition');
    expect((await files.list('/opt/old')).map(({ path }) => path)).toEqual(['/opt/old/again']);
    expect((await files.tryStat('/etc/long'))?.inode.size).toBe(204);
  });
});

describe('a large file, whose blocks debugfs takes and whose content goes past it', () => {
  const names = ['/usr/bin/first', '/usr/bin/second', '/usr/bin/third'] as const;
  const large = makeBytes(4, 4 * mebibyte + 4097);
  const small = Object.fromEntries(
    Array.from({ length: 3000 }, (_, index) => [
      `opt/${index}-${index % 2 === 0 ? 'goes' : 'stays'}`,
      'x'.repeat(4096),
    ]),
  );
  let file: string;
  beforeAll(async () => {
    file = join(directory.path, 'larger');
    await writeFile(file, large);
  });

  /** Three of them are more than what is free in one piece: of many small files every other one goes. */
  async function injectLarge(
    type: 'ext2' | 'ext3' | 'ext4',
    options: readonly string[],
  ): Promise<{ readonly runs: number }> {
    const base = join(directory.path, `${type}-${options.join('')}.raw`);
    await makeDisk(
      base,
      {
        table: 'none',
        partitions: [{ number: 1, sizeMiB: 25, content: { tree: { ...guestTree, ...small }, type, options } }],
      },
      processes,
    );
    const injected = await inject(
      [
        { kind: 'remove', pattern: '/opt/*-goes' },
        ...names.map(
          (path): FileEdit => ({
            kind: 'write',
            path,
            content: { file, sha256: sha256Of(large) },
            attributes: rootOwned(0o755),
          }),
        ),
      ],
      base,
    );
    await assertCleanFilesystems(injected.overlay, injected.place, ports);
    return withGuest(injected, async ({ files }) => {
      for (const path of names) expect((await files.read(path, large.length)).equals(large)).toBe(true);
      const made = await Promise.all(names.map(async (path) => files.tryStat(path)));
      const runs = (
        await Promise.all(made.map(async (found) => found!.mount.filesystem.listRuns(found!.inode)))
      ).flat();
      expect(runs.filter(({ isWritten }) => !isWritten)).toEqual([]);
      return { runs: runs.length };
    });
  }

  test.each([
    ['ext4', ['-b', '1024']],
    ['ext4', ['-b', '4096']],
    ['ext4', ['-b', '4096', '-O', '^metadata_csum,^64bit,^flex_bg']],
    ['ext3', ['-b', '1024']],
    ['ext2', ['-b', '4096']],
  ] as const)('%s %j', async (type, options) => {
    expect((await injectLarge(type, options)).runs).toBeGreaterThan(100);
  });
});

test('what is removed is gone, in whatever form it was', async () => {
  const injected = await inject([{ kind: 'remove', pattern: '/var/log/**' }]);
  await withGuest(injected, async ({ files }) => {
    const left: string[] = [];
    for await (const file of files.walk('/var/log')) left.push(file.path);
    expect(left).toEqual(['/var/log/journal', '/var/log/journal/0123']);
  });
});

test('a block of attributes goes with its file, and the filesystem stays clean', async () => {
  for (const edit of [
    { kind: 'remove', pattern: '/usr/share' },
    { kind: 'write', path: '/usr/share/attributes', content: { text: '' }, attributes: rootOwned(0o644) },
  ] as const) {
    const path = await flatten(await inject([edit]));
    await processes.run({ argv: ['e2fsck', '-fn', `${path}?offset=${1024 ** 2}`] });
  }
});

test('a file with two names keeps the other one', async () => {
  const injected = await inject([{ kind: 'remove', pattern: '/var/log/second' }]);
  expect(await stat(await flatten(injected), '/var/log/syslog')).toMatch(/Links: 1/);
});

test('no times of this machine get into the image, and the same plan gives the same bytes', async () => {
  const edits: readonly FileEdit[] = [
    { kind: 'write', path: '/opt/a/b', content: { text: 'x' }, attributes: rootOwned(0o644) },
    { kind: 'remove', pattern: '/var/log/**' },
    { kind: 'link', path: '/opt/l', target: 'x'.repeat(100) },
    { kind: 'directory', path: '/opt/f', attributes: rootOwned(0o755) },
  ];
  const one = await inject(edits);
  // The clock must move on for the test to mean something.
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const other = await inject(edits);
  await processes.run({ argv: ['qemu-img', 'compare', '-f', 'qcow2', '-F', 'qcow2', one.overlay, other.overlay] });
  const lastWrite = await withGuest(one, async ({ root }) => Promise.resolve(root.mount.filesystem.lastWrite));
  const flat = await flatten(one);
  for (const path of ['/opt/a', '/opt/a/b', '/opt/l', '/opt/f']) {
    for (const [, seconds] of (await stat(flat, path)).matchAll(/ [cam]time: 0x([0-9a-f]{8})/g))
      expect(Number.parseInt(seconds!, 16)).toBe(lastWrite);
  }
});

test('the overlay grows by what was changed', async () => {
  const { overlay } = await inject([
    { kind: 'write', path: '/opt/small', content: { text: 'x' }, attributes: rootOwned(0o644) },
  ]);
  const changed = (await mapOverlay(overlay, ports)).reduce((sum, { length }) => sum + length, 0);
  expect(changed).toBeLessThan(2 * mebibyte);
});

describe('an edit that changes nothing', () => {
  test('no edits', async () => {
    await withGuest(await inject([]), async ({ files }) =>
      expect(await files.tryReadText('/opt/replaced')).toMatch(/^old/),
    );
  });

  test('a pattern without matches', async () => {
    await inject([{ kind: 'remove', pattern: '/nowhere/*' }]);
  });
});
