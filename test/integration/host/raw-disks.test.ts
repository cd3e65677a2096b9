import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, link, open, readdir, readFile, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskChunkSize, hashChunkTable, type DiskDigest } from '../../../src/disk/disk-digest.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import type { HostPorts } from '../../../src/host/ports.js';
import { pruneHost } from '../../../src/host/prune-host.js';
import { pullVersion } from '../../../src/host/pull-version.js';
import { startVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm } from '../../../src/host/vm/stop-vm.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { systemClock } from '../../../src/platform/clock.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { startOwnMounts } from '../../faults/own-mounts.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { installFakeVmm, type FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeQcow2Header, testDiskSize } from '../../fixtures/qcow2-bytes.js';
import { makeBytes } from '../../fixtures/random.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestVm } from '../../fixtures/vm-host.js';

const hasReflinks =
  process.getuid?.() === 0 && existsSync('/dev/loop-control') && spawnSync('mkfs.xfs', ['-V']).status === 0;
if (!hasReflinks)
  process.stderr.write(
    'raw disks on a filesystem with reflinks: NOT TESTED, for that takes root, loop devices and mkfs.xfs\n',
  );

const processes = createTestProcesses();
const content = makeBytes(7, diskChunkSize);
const chunks = [{ index: 2, sha256: sha256Of(content) }];
const digest: DiskDigest = { chunkSize: diskChunkSize, chunks, sha256: hashChunkTable(chunks) };
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let bytes: Buffer;
let root: string;
let ports: HostPorts;
let lines: string[];

beforeEach(async () => {
  directory = await makeTestDirectory('raw disks');
  const [raw, compressed] = ['content.raw', 'content.qcow2'].map((name) => join(directory.path, name)) as [
    string,
    string,
  ];
  await writeFile(raw, '');
  await truncate(raw, testDiskSize);
  await writeAt(raw, content, 2 * diskChunkSize);
  await processes.run({ argv: ['qemu-img', 'convert', '-c', '-f', 'raw', '-O', 'qcow2', raw, compressed] });
  bytes = await readFile(compressed);
  root = join(directory.path, 'host');
  await use({});
});
afterEach(async () => {
  for (const { name, pid } of await listVms(root))
    if (pid !== undefined) await deleteVm({ root, name, force: true }, ports);
  await directory.remove();
});

async function writeAt(path: string, data: Buffer, offset: number): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(data, 0, data.length, offset);
}

async function use(fake: FakeVmm): Promise<void> {
  const { signal } = new AbortController();
  lines = [];
  const note = (line: string): void => {
    if (!line.startsWith('VMs run as root')) lines.push(line);
  };
  const log = { ...silentLog, info: note, warn: note };
  ports = { processes: await installFakeVmm(directory.path, fake, signal), clock: systemClock, signal, log };
}

async function pull(version: { readonly digest?: DiskDigest } = { digest }): Promise<void> {
  const store = createMemoryStore();
  await publishTestVersion(store, { image: bytes, ...version });
  await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
}

const at = (path: string): string => join(root, 'sandboxes', path);
const start = async (): Promise<number> => (await startVm({ root, name: 'vm-001' }, ports)).pid;
const createRaw = async (name = 'vm-001', diskSize = 2 * testDiskSize): Promise<unknown> =>
  createTestVm(root, { name, disk: 'raw', diskSize }, ports);

async function assertContent(path: string): Promise<void> {
  const disk = await readFile(path);
  expect(disk.length).toBe(2 * testDiskSize);
  const expected = Buffer.alloc(disk.length);
  content.copy(expected, 2 * diskChunkSize);
  expect(disk.equals(expected)).toBe(true);
}

test('the life of a VM with a raw disk', async () => {
  await pull();
  expect(await createRaw()).toMatchObject({ disk: 'raw', diskOptions: 'image_type=raw,num_queues=1' });
  await assertContent(at('vm-001/disk.raw'));
  const { mode, blocks } = await stat(at('vm-001/disk.raw'));
  expect(mode & 0o7777).toBe(0o600);
  expect(blocks * 512).toBeLessThan(testDiskSize);
  expect(lines).toContainEqual(
    expect.stringMatching(/^The raw disk is a sparse copy of ubuntu-base\.1, which takes 4\.\d MiB: |\(reflink\)$/),
  );
  expect((await readdir(at('.'))).sort()).toEqual(['vm-001']);
  // What the guest writes is data, even if it begins like an image over a file of the host.
  await writeAt(at('vm-001/disk.raw'), makeQcow2Header({ backingFile: '/etc/shadow' }), 0);
  const command = await readFile(`/proc/${await start()}/cmdline`, 'utf8');
  expect(command).toContain('\0path=disk.raw,image_type=raw,num_queues=1\0');
  expect(command).not.toContain('qcow2');
  expect(await listVms(root)).toMatchObject([
    { state: 'running', version: 'ubuntu-base.1', diskBytes: (await stat(at('vm-001/disk.raw'))).blocks * 512 },
  ]);
  await deleteVm({ root, name: 'vm-001', force: true }, ports);
  expect(await readdir(at('.'))).toEqual([]);
});

test('prune keeps the version that a raw VM boots, and reads nothing in its disk', async () => {
  const store = createMemoryStore();
  for (let version = 1; version <= 3; version++) {
    await publishTestVersion(store, { image: bytes, digest });
    await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
    if (version === 1) await createRaw();
  }
  await writeAt(at('vm-001/disk.raw'), makeQcow2Header({ backingFile: 'nbd://192.0.2.1/x' }), 0);
  lines = [];
  expect((await pruneHost({ root, image, apply: true }, ports)).keep).toContainEqual({
    version: 1,
    reason: 'boots sandboxes/vm-001/disk.raw',
  });
  expect(lines).toEqual([]);
  await deleteVm({ root, name: 'vm-001', force: false }, ports);
  expect((await pruneHost({ root, image, apply: true }, ports)).remove).toEqual([1]);
});

test('a disk that was replaced starts nothing', async () => {
  await pull();
  await createRaw();
  const disk = at('vm-001/disk.raw');
  const saved = join(directory.path, 'saved.raw');
  await link(disk, saved);
  await expect(start()).rejects.toThrow('it has other hard links');
  await rm(disk);
  await symlink(saved, disk);
  await expect(start()).rejects.toThrow('it is not a plain file');
  await rm(disk);
  await writeFile(disk, Buffer.alloc(512), { mode: 0o600 });
  await expect(start()).rejects.toThrow(`it has 512 bytes, less than the image (${testDiskSize})`);
  await truncate(disk, testDiskSize + 1);
  await expect(start()).rejects.toThrow('are no whole number of sectors');
  await truncate(disk, testDiskSize);
  await chmod(disk, 0o666);
  await expect(start()).rejects.toThrow('other users can write to it');
});

describe('on a release that corrupts overlays', () => {
  test('a raw disk is the default, and pull says so once', async () => {
    await use({ version: '52.0.0' });
    const store = createMemoryStore();
    await publishTestVersion(store, { image: bytes, digest });
    const pullAgain = async (): Promise<unknown> =>
      pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
    await pullAgain();
    await pullAgain();
    expect(lines.filter((line) => line.includes('#8245'))).toEqual([
      expect.stringMatching(/^cloud-hypervisor 52\.0\.0 corrupts overlays on ubuntu-base\.1, so vm create uses raw/),
    ]);
    lines = [];
    expect(await createTestVm(root, {}, ports)).toMatchObject({ disk: 'raw' });
    expect(lines[0]).toMatch(/^vm-001 gets a raw disk: cloud-hypervisor 52\.0\.0 corrupts overlays: #8245: /);
    expect(await start()).toBeGreaterThan(0);
  });

  test('an overlay takes --allow-known-defect, to be created and to be started', async () => {
    await pull();
    await createTestVm(root, { name: 'old' }, ports);
    await use({ version: '52.0.0' });
    await expect(createTestVm(root, { disk: 'qcow2' }, ports)).rejects.toMatchObject({
      message: expect.stringContaining('corrupts the disk of vm-001: #8245: '),
      fix: 'a raw disk, or Cloud Hypervisor 53.0; or accept it: --allow-known-defect 8245',
    });
    expect(await readdir(at('.'))).toEqual(['old']);
    await createTestVm(root, { disk: 'qcow2', allowedDefects: ['8245'] }, ports);
    lines = [];
    expect(await start()).toBeGreaterThan(0);
    expect(lines).toContainEqual(expect.stringMatching(/#8245: .* Used because of --allow-known-defect 8245$/));
    await expect(startVm({ root, name: 'old' }, ports)).rejects.toThrow('corrupts the disk of old: #8245: ');
    expect((await startVm({ root, name: 'old', allowedDefects: ['8245'] }, ports)).changed).toBe(true);
  });
});

(hasReflinks ? test : test.skip)('with reflinks, raw disks share the blocks of one copy per version', async () => {
  const mounts = await startOwnMounts();
  try {
    await mounts.run(
      'mkdir "$1/xfs"; truncate -s 512M "$1/disk"; mkfs.xfs -q -m reflink=1 "$1/disk"; ' +
        'mount -o loop "$1/disk" "$1/xfs"',
      directory.path,
    );
    root = join(mounts.reach(join(directory.path, 'xfs')), 'host');
    await pull();
    await createRaw();
    const copy = join(root, 'snapshots/ubuntu-base.1.raw');
    const { mode, ino, blocks } = await stat(copy);
    expect(mode & 0o7777).toBe(0o444);
    await assertContent(at('vm-001/disk.raw'));
    await createRaw('vm-002');
    expect((await stat(copy)).ino).toBe(ino);
    expect(await listHost({ root, image })).toMatchObject([{ rawCopy: { path: copy, bytes: blocks * 512 } }]);
    expect(await verifyHost({ root, image }, ports)).toEqual([{ version: 1, problems: [] }]);

    // One that was written to is reported, and not used again.
    await writeAt(at('vm-001/disk.raw'), Buffer.from('mine'), 3 * diskChunkSize);
    await writeAt(copy, Buffer.from('other'), 3 * diskChunkSize);
    expect(await verifyHost({ root, image }, ports)).toMatchObject([
      { problems: [expect.stringContaining(`different content in the 4194304 bytes at ${3 * diskChunkSize}`)] },
    ]);
    await createRaw('vm-003');
    await assertContent(at('vm-003/disk.raw'));

    for (const name of ['vm-001', 'vm-002', 'vm-003']) await deleteVm({ root, name, force: false }, ports);
    const store = createMemoryStore();
    for (let version = 1; version <= 3; version++) {
      await publishTestVersion(store, { image: bytes, digest });
      if (version > 1) await pullVersion({ root, image, wanted: version, verify: false }, { ...ports, store });
    }
    expect(await pruneHost({ root, image, apply: true }, ports)).toMatchObject({
      remove: [1],
      files: expect.arrayContaining([copy]),
    });
    expect(await readdir(join(root, 'snapshots'))).not.toContain('ubuntu-base.1.raw');

    // An image whose content is not that of its manifest leaves nothing.
    await publishTestVersion(store, { image: bytes });
    await pullVersion({ root, image, wanted: 4, verify: false }, { ...ports, store });
    await expect(createRaw()).rejects.toMatchObject({
      message: expect.stringContaining('is not the disk of its manifest: '),
      fix: 'ch-golden pull 4 --verify',
    });
    expect(await readdir(at('.'))).toEqual([]);
    expect((await readdir(join(root, 'snapshots'))).filter((name) => /raw|partial/.test(name))).toEqual([]);
  } finally {
    for (const { name, pid } of await listVms(root))
      if (pid !== undefined) await deleteVm({ root, name, force: true }, ports);
    root = join(directory.path, 'host');
    await mounts.end();
  }
});
