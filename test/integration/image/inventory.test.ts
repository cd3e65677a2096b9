import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { sha256Of } from '../../../src/platform/fs/files.js';
import type { GoldenImage, Inventory } from '../../../src/image/golden-image.js';
import { compareVersions, type VersionDiff } from '../../../src/store/documents/compare-versions.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import {
  bootTree,
  guestTree,
  linuxRootX86,
  makeBase,
  makeDisk,
  makeTestDirectory,
  type Tree,
} from '../../fixtures/small-image.js';
import { makeVersionParts } from '../../fixtures/version-parts.js';

const processes = createTestProcesses();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let golden: GoldenImage;
let changed: GoldenImage;

const packaged = {
  'usr/bin/tool': 'packaged',
  'var/lib/dpkg/info/tool.list': '/.\n/lib\n/lib/os-release\n/usr/bin/tool\n/etc/wgetrc\n',
};

async function makeImage(name: string, changes: Tree, daemonLength: number): Promise<GoldenImage> {
  const raw = join(directory.path, `${name}.raw`);
  const tree = { ...guestTree, ...packaged, boot: { directory: true } as const, ...changes };
  await makeDisk(
    raw,
    {
      table: 'gpt',
      partitions: [
        { number: 16, sizeMiB: 8, content: { tree: bootTree(), label: 'BOOT' } },
        { number: 1, sizeMiB: 24, type: linuxRootX86, content: { tree, label: 'cloudimg-rootfs' } },
      ],
    },
    processes,
  );
  return assemble(
    await makeBase(raw, 'zlib', processes),
    { directory: directory.path, name },
    { edits: await planTestDaemon(directory.path, daemonLength) },
    processes,
  );
}

beforeAll(async () => {
  directory = await makeTestDirectory('inventory');
  golden = await makeImage('before', {}, 200_000);
  changed = await makeImage(
    'after',
    {
      'usr/bin/tool': 'packaged, and newer',
      'etc/motd': 'hello',
      'etc/wgetrc': '# nothing\n',
      'etc/systemd/system/timers.target.wants/backup.timer': { link: '/lib/systemd/system/backup.timer' },
    },
    210_000,
  );
});
afterAll(async () => directory.remove());

test('of a finished image: what edits have made, and what no package brings, on both partitions', () => {
  const paths = golden.inventory.files!.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      '/boot/grub/grub.cfg',
      '/etc/machine-id',
      '/etc/wgetrc',
      '/usr/local/bin/daytona-daemon',
      '/etc/systemd/system/daytona-daemon.service',
    ]),
  );
  for (const gone of [
    '/usr/bin/tool',
    '/usr/lib/os-release',
    '/var/lib/dpkg/status',
    '/etc/ssh/ssh_host_rsa_key',
    '/var/log/syslog',
  ])
    expect(paths).not.toContain(gone);
  expect(paths).toEqual([...paths].sort());
  expect(find(golden.inventory, '/etc/machine-id')).toEqual({
    path: '/etc/machine-id',
    mode: 0o444,
    uid: 0,
    gid: 0,
    size: 0,
    content: `sha256:${sha256Of('')}`,
  });
  expect(find(golden.inventory, '/usr/local/bin/daytona-daemon')).toMatchObject({ mode: 0o755, size: 200_000 });
  expect(golden.inventory.folders.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['/boot', '/etc', '/usr', '/var']),
  );
});

function find({ files = [] }: Inventory, path: string): NonNullable<Inventory['files']>[number] | undefined {
  return files.find((file) => file.path === path);
}

async function compare(before: GoldenImage, after: GoldenImage): Promise<VersionDiff> {
  const parts = await makeVersionParts(join(directory.path, 'parts'));
  const comparable = (one: GoldenImage): Parameters<typeof compareVersions>[0] => ({
    facts: toVersionFacts({ ...parts, golden: one }),
    inventory: one.inventory,
  });
  return compareVersions(comparable(before), comparable(after));
}

test('two images: files that came and changed, a unit that is enabled, sizes; nothing of packages', async () => {
  const { files = [], units, folders = [], packages } = await compare(golden, changed);
  expect(files.map(({ name, from, to }) => [name, from !== undefined, to !== undefined])).toEqual([
    ['/etc/motd', false, true],
    ['/etc/wgetrc', true, true],
    ['/usr/local/bin/daytona-daemon', true, true],
  ]);
  expect(units).toEqual([{ name: 'backup.timer for timers.target', to: 'enabled' }]);
  expect(folders.map(({ name, from, to }) => [name, Math.sign(to - from)])).toEqual(
    expect.arrayContaining([['/usr', 1]]),
  );
  expect(packages).toEqual([]);
});

test('the same image has no differences', async () => {
  const { files, units, folders } = await compare(golden, golden);
  expect({ files, units, folders }).toEqual({ files: [], units: [], folders: [] });
});
