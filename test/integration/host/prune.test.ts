import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { pruneHost, type PrunePlan } from '../../../src/host/prune-host.js';
import { pullVersion } from '../../../src/host/pull-version.js';
import { createVm } from '../../../src/host/vm/create-vm.js';
import { rollBack } from '../../../src/host/rollback.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { image, publishTestVersion, type TestVersion } from '../../fixtures/host-versions.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { asQcow2 } from '../../fixtures/qcow2-bytes.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { layeredOver } from '../../fixtures/version-parts.js';
import { makeEmptyImage, runAsSelf } from '../../fixtures/vm-host.js';

const processes = createTestProcesses();
const ports = { processes, log: silentLog, signal: new AbortController().signal, clock: createTestClock() };
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let store: ObjectStore;

beforeEach(async () => {
  directory = await makeTestDirectory('prune');
  root = join(directory.path, 'host');
  store = createMemoryStore();
});
afterEach(async () => directory.remove());

async function pullNext(wanted: TestVersion = {}): Promise<void> {
  await publishTestVersion(store, wanted);
  await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
}

const prune = async (apply: boolean): Promise<PrunePlan> => pruneHost({ root, image, apply }, ports);
const at = (path: string): string => join(root, path);
const versions = async (): Promise<readonly number[]> =>
  (await listHost({ root, image })).map(({ version }) => version);

async function createOverlay(path: string, backing: string, options: readonly string[] = []): Promise<void> {
  await mkdir(dirname(at(path)), { recursive: true });
  // The images of these tests are no disks, so that the size is told.
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', backing, ...options, at(path), '1M'],
  });
}

test('keeps the version in use, the one before, and what disks of VMs are backed by, however deep', async () => {
  for (let version = 1; version <= 7; version += 1) await pullNext();
  await createOverlay('sandboxes/vm-001/disk.qcow2', at('snapshots/ubuntu-base.1.qcow2'));
  await createOverlay('sandboxes/deep/er/vm/middle.qcow2', '../../../../snapshots/ubuntu-base.3.qcow2');
  await createOverlay('sandboxes/deep/er/vm/top.qcow2', 'middle.qcow2');
  await createOverlay('sandboxes/gone/disk.qcow2', at('snapshots/ubuntu-base.99.qcow2'));
  await writeFile(at('sandboxes/vm-001/serial.log'), 'no disk');
  const plan = await prune(false);
  expect(plan).toMatchObject({
    keep: [
      { version: 7, reason: 'in use' },
      { version: 6, reason: 'previous version' },
      { version: 3, reason: expect.stringMatching(/^backs sandboxes\/deep\/er\/vm\//) },
      { version: 1, reason: 'backs sandboxes/vm-001/disk.qcow2' },
    ],
    remove: [5, 4, 2],
  });
  expect(plan.files).toHaveLength(9);
  expect(plan.bytes).toBeGreaterThan(3 * 27_000);
  expect(await versions()).toEqual([7, 6, 5, 4, 3, 2, 1]);
  expect(await prune(true)).toEqual(plan);
  expect(await versions()).toEqual([7, 6, 3, 1]);
  expect((await readdir(at('snapshots'))).sort()).toEqual(
    [1, 3, 6, 7].map((version) => `ubuntu-base.${version}.qcow2`),
  );
  expect(await readdir(at('kernels'))).toHaveLength(8);
  expect(await verifyHost({ root, image }, ports)).toEqual([7, 6, 3, 1].map((version) => ({ version, problems: [] })));
  expect((await prune(true)).remove).toEqual([]);
});

test('keeps kernels that another version shares, and files that nobody pulled', async () => {
  const kernel = Buffer.from('one kernel for all');
  for (let version = 1; version <= 3; version += 1) await pullNext({ kernel });
  await writeFile(at('kernels/vmlinuz-by-hand'), 'x');
  await writeFile(at('snapshots/by-hand.qcow2'), 'x');
  expect((await prune(true)).remove).toEqual([1]);
  expect((await readdir(at('kernels'))).sort()).toEqual([
    'initrd.img-6.8.0-90-generic@ubuntu-base.2',
    'initrd.img-6.8.0-90-generic@ubuntu-base.3',
    'vmlinuz-6.8.0-90-generic',
    'vmlinuz-by-hand',
  ]);
  expect((await readdir(at('snapshots'))).sort()).toEqual([
    'by-hand.qcow2',
    'ubuntu-base.2.qcow2',
    'ubuntu-base.3.qcow2',
  ]);
  expect(await verifyHost({ root, image }, ports)).toEqual([
    { version: 3, problems: [] },
    { version: 2, problems: [] },
  ]);
});

test('keeps a base for the disk that needs it, when the versions that brought it are gone', async () => {
  await pullNext({ layout: 'layered' });
  const [base = ''] = await readdir(at('images'));
  await createOverlay('snapshots/by-hand.qcow2', `../images/${base}`);
  await pullNext();
  await pullNext();
  expect((await prune(true)).remove).toEqual([1]);
  expect(await readdir(at('images'))).toEqual([base]);
  await rename(at('snapshots/by-hand.qcow2'), join(directory.path, 'elsewhere.qcow2'));
  await pullNext({ layout: 'layered' });
  await pullNext();
  await pullNext();
  expect((await prune(true)).remove).toEqual([4, 3, 2]);
  expect(await readdir(at('images'))).toEqual([]);
});

test('looks behind links for the disks of VMs', async () => {
  for (let version = 1; version <= 3; version += 1) await pullNext();
  await createOverlay('../elsewhere/vm-001/disk.qcow2', at('snapshots/ubuntu-base.1.qcow2'));
  await symlink(join(directory.path, 'elsewhere'), at('sandboxes/far'));
  await symlink(at('sandboxes'), at('sandboxes/loop'));
  expect((await prune(true)).remove).toEqual([]);
});

test('after a roll-back the version that was left can go, and stays off this host', async () => {
  for (let version = 1; version <= 3; version += 1) await pullNext();
  await rollBack({ root, image }, ports);
  expect(await prune(true)).toMatchObject({ keep: [{ version: 2 }, { version: 1 }], remove: [3] });
  expect(await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store })).toMatchObject({
    changed: false,
    heldBack: 3,
  });
});

test('removes what broken pulls have left, and a version that never came', async () => {
  await pullNext();
  await publishTestVersion(store);
  const broken: ObjectStore = {
    ...store,
    open: async (key, range) => (key.endsWith('initramfs') ? undefined : store.open(key, range)),
  };
  await expect(
    pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store: broken }),
  ).rejects.toThrow('is missing, although its manifest exists');
  await mkdir(at('versions/.new-abc'));
  await writeFile(at(`images/.partial-${'a'.repeat(64)}`), 'x');
  expect((await listHost({ root, image })).map(({ version, state }) => [version, state])).toEqual([
    [2, 'incomplete'],
    [1, 'whole'],
  ]);
  expect((await prune(true)).remove).toEqual([2]);
  expect((await readdir(at('versions'))).sort()).toEqual([
    '.ubuntu-base.index.json',
    '.ubuntu-base.seen.json',
    'ubuntu-base.1',
  ]);
  expect(await readdir(at('images'))).toEqual([]);
  expect((await readdir(at('snapshots'))).sort()).toEqual(['ubuntu-base.1.qcow2']);
});

test('before the first version is in use, nothing of it goes but what is partial', async () => {
  await publishTestVersion(store);
  const broken: ObjectStore = {
    ...store,
    open: async (key, range) => (key.endsWith('initramfs') ? undefined : store.open(key, range)),
  };
  await expect(
    pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store: broken }),
  ).rejects.toThrow('is missing, although its manifest exists');
  expect(await prune(true)).toMatchObject({ keep: [{ version: 1, reason: 'no version is in use yet' }], remove: [] });
  await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
  expect(await verifyHost({ root, image }, ports)).toEqual([{ version: 1, problems: [] }]);
});

test.each([
  [
    'belongs to a version that cannot be read',
    async () => writeFile(at('versions/ubuntu-base.1/manifest.json'), '{'),
    'cannot read versions/ubuntu-base.1',
  ],
])('removes nothing where a disk %s', async (_, spoil, message) => {
  for (let version = 1; version <= 3; version += 1) await pullNext();
  await spoil();
  await expect(prune(true)).rejects.toThrow(message);
  expect(await readdir(at('snapshots'))).toHaveLength(3);
});

const json = (filename: string): string => `json:{"driver":"qcow2","file":{"driver":"file","filename":"${filename}"}}`;

/** A guest can write any of these at the start of a raw disk. */
test.each<readonly [string, Buffer | (() => string), string]>([
  ['by no path', () => json('/x'), 'its backing file "json:{\\"driver\\"'],
  ['by a network', () => 'https://example.org/x', 'its backing file "https://example.org/x" is not a path'],
  [
    'by a name with a NUL',
    asQcow2(Buffer.alloc(70_000), layeredOver('/x\u0000y')),
    'its backing file "/x\\u0000y" is not a path',
  ],
  ['by what nobody knows, with half a header', Buffer.from('QFI\xfb and no more', 'latin1'), 'truncated qcow2 image'],
  ['by a disk beyond all limits', asQcow2(Buffer.alloc(70_000), { virtualSize: 2 ** 60 }), 'limit: 64 TiB'],
])('a disk that is backed %s is passed over with a warning', async (_, disk, message) => {
  for (let version = 1; version <= 3; version += 1) await pullNext();
  if (typeof disk === 'function') await createOverlay('sandboxes/vm/disk.raw', disk());
  else {
    await mkdir(at('sandboxes/vm'));
    await writeFile(at('sandboxes/vm/disk.raw'), disk);
  }
  const warnings: string[] = [];
  const plan = await pruneHost(
    { root, image, apply: true },
    { ...ports, log: { ...silentLog, warn: (line) => warnings.push(line) } },
  );
  expect(plan).toMatchObject({ remove: [1] });
  expect(warnings).toEqual([expect.stringContaining(`${at('sandboxes/vm/disk.raw')} is skipped: `)]);
  expect(warnings[0]).toContain(message);
});

test.each<readonly [string, string]>([
  ['a name that is too long', `/${'x'.repeat(300)}`],
  ['a name below a file', '/etc/passwd/x'],
  ['a pipe', 'pipe'],
  ['a directory', '/'],
  ['itself', 'disk.raw'],
])('a disk that is backed by %s needs nothing', async (_, backing) => {
  for (let version = 1; version <= 3; version += 1) await pullNext();
  await mkdir(at('sandboxes/vm'));
  // Opening it would wait for good.
  await processes.run({ argv: ['mkfifo', at('sandboxes/vm/pipe')] });
  await writeFile(at('sandboxes/vm/disk.raw'), asQcow2(Buffer.alloc(70_000), layeredOver(backing)));
  expect(await prune(true)).toMatchObject({ remove: [1] });
});

test('a disk that names an image by something else than its path keeps its version', async () => {
  for (let version = 1; version <= 4; version += 1) await pullNext();
  await createOverlay('sandboxes/vm/disk.qcow2', json(at('snapshots/ubuntu-base.2.qcow2')));
  expect(await prune(true)).toMatchObject({
    keep: [{ version: 4 }, { version: 3 }, { version: 2, reason: 'may back sandboxes/vm/disk.qcow2' }],
    remove: [1],
  });
});

test('the version of a VM stays, whatever its disk has become', async () => {
  await pullNext({ image: await makeEmptyImage(directory.path) });
  await createVm(
    {
      root,
      name: 'vm-001',
      image,
      cpus: 1,
      memoryMiB: 512,
      network: 'dhcp',
      ...runAsSelf(),
      userData: { sshKeys: [], commands: [] },
    },
    ports,
  );
  for (let version = 2; version <= 4; version += 1) await pullNext();
  await writeFile(at('sandboxes/vm-001/disk.qcow2'), asQcow2(Buffer.alloc(70_000), layeredOver('nbd://127.0.0.1:1/x')));
  expect(await prune(true)).toMatchObject({
    keep: [{ version: 4 }, { version: 3 }, { version: 1, reason: 'may back sandboxes/vm-001/disk.qcow2' }],
    remove: [2],
  });
});

test('keeps the versions of other images', async () => {
  for (let version = 1; version <= 3; version += 1) await pullNext();
  expect((await pruneHost({ root, image: 'other', apply: true }, ports)).remove).toEqual([]);
  expect(await versions()).toEqual([3, 2, 1]);
});
