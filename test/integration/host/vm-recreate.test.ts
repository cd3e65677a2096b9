import { afterEach, beforeAll, beforeEach, afterAll, describe, expect, test } from '@jest/globals';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskChunkSize, hashChunkTable, type DiskDigest } from '../../../src/disk/disk-digest.js';
import { withGuest } from '../../../src/disk/with-guest.js';
import { diskFiles, type DiskFormat } from '../../../src/host/launch.js';
import { pruneHost, type PrunePlan } from '../../../src/host/prune-host.js';
import { pullVersion } from '../../../src/host/pull-version.js';
import {
  recreateVm,
  restoreVm,
  type RecreatedVm,
  type RecreatePorts,
  type RecreateRequest,
} from '../../../src/host/vm/recreate-vm.js';
import { startVm } from '../../../src/host/vm/start-vm.js';
import { stopVm } from '../../../src/host/vm/stop-vm.js';
import { readVmRecord, type VmRecord } from '../../../src/host/vm/vm-record.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { carryFiles } from '../../../src/image/carry-files.js';
import { injectDriver } from '../../../src/image/inject/inject-driver.js';
import { Failure } from '../../../src/platform/errors.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { image, publishTestVersion, type TestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBase, makeDisk, makeTestDirectory, nobleDisk } from '../../fixtures/small-image.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const processes = createTestProcesses();
let images: Awaited<ReturnType<typeof makeTestDirectory>>;
let golden: TestVersion & { readonly image: Buffer };
let host: VmHost;
let root: string;
let ports: RecreatePorts;

beforeAll(async () => {
  images = await makeTestDirectory('recreate images');
  const raw = join(images.path, 'disk.raw');
  await makeDisk(raw, nobleDisk, processes);
  golden = {
    digest: digestOf(await readFile(raw)),
    image: await readFile((await makeBase(raw, 'zlib', processes)).path),
  };
});
afterAll(async () => images.remove());

function digestOf(disk: Buffer): DiskDigest {
  const chunks = [];
  for (let index = 0; index * diskChunkSize < disk.length; index++) {
    const chunk = disk.subarray(index * diskChunkSize, (index + 1) * diskChunkSize);
    if (chunk.some((byte) => byte !== 0)) chunks.push({ index, sha256: sha256Of(chunk) });
  }
  return { chunkSize: diskChunkSize, chunks, sha256: hashChunkTable(chunks) };
}

/** A host on version 2. */
beforeEach(async () => {
  host = await makeVmHost('recreate', golden);
  ({ root } = host);
  ports = { ...(await host.use({})), carry: carryFiles, waitForProof: async () => Promise.resolve('running') };
  await publishTestVersion(host.store, golden);
  await pull();
});
afterEach(async () => host.remove(ports));

/** The VM `vm-001` on version 1, whose disk has a guest's files. */
async function makeVm(disk: DiskFormat = 'qcow2'): Promise<void> {
  await createTestVm(root, { tap: 'tap7', version: 1, disk }, ports);
  const directory = join(host.directory, 'inject');
  await mkdir(directory);
  const attributes = { mode: 0o640, uid: 1000, gid: 1000 };
  const edits = [{ kind: 'write', path: '/srv/data/file', content: { text: 'precious' }, attributes } as const];
  const overlay = disk === 'raw' ? join(directory, 'edits.qcow2') : at('disk.qcow2');
  const qemuImg = async (...args: readonly string[]): Promise<unknown> =>
    processes.run({ argv: ['qemu-img', ...args] });
  if (disk === 'raw') await qemuImg('create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', at('disk.raw'), overlay);
  await injectDriver.apply({ overlay, edits, directory }, ports);
  if (disk === 'raw') await qemuImg('commit', '-q', overlay);
}

const at = (name: string): string => join(root, 'sandboxes/vm-001', name);
const pull = async (): Promise<unknown> =>
  pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store: host.store });
const recreate = async (changes: Partial<RecreateRequest> = {}): Promise<RecreatedVm> =>
  recreateVm({ root, name: 'vm-001', timeoutMs: 300_000, keep: [], dropOld: false, ...changes }, ports);
const undo = async (): Promise<RecreatedVm> => restoreVm({ root, name: 'vm-001', timeoutMs: 300_000 }, ports);
const start = async (): Promise<unknown> => startVm({ root, name: 'vm-001' }, ports);
const stateOf = async (): Promise<unknown> => (await listVms(root))[0];
const record = async (): Promise<VmRecord> => readVmRecord(root, 'vm-001');
const leftovers = async (): Promise<readonly string[]> =>
  (await readdir(at('.'))).filter((name) => /recreate|next|previous/.test(name)).sort();

async function readKept(format: DiskFormat = 'qcow2'): Promise<string | undefined> {
  const directory = join(host.directory, 'read');
  await mkdir(directory, { recursive: true });
  return withGuest({ path: at(diskFiles[format]), format }, directory, ports, async ({ files }) =>
    files.tryReadText('/srv/data/file'),
  );
}

/** Makes programs whose command line contains this text fail, as on a full disk. */
function breakPrograms(text: string): void {
  const { processes: working } = ports;
  const run: typeof working.run = async (command) => {
    if (command.argv.join(' ').includes(text)) throw new Failure('No space left on device');
    return working.run(command);
  };
  ports = { ...ports, processes: { ...working, run } };
}

describe.each(['qcow2', 'raw'] as const)('with a %s disk', (kind) => {
  const disk = diskFiles[kind];
  beforeEach(async () => makeVm(kind));

  test('a VM that runs gets a new disk with its files, and goes back', async () => {
    await start();
    const before = await record();
    const seed = await readFile(at('cloud-init.iso'));
    const recreated = await recreate({ keep: ['/srv/data'] });
    expect(recreated).toMatchObject({
      from: 1,
      to: 2,
      changed: true,
      carried: { count: 2, bytes: 8, skipped: { count: 0 } },
      proof: 'running',
      oldDisk: at(`${disk}.previous`),
    });
    const { name, macAddress, tap, cpus, diskOptions } = before;
    expect(await record()).toMatchObject({ name, macAddress, tap, cpus, diskOptions, version: 2 });
    expect((await record()).disk).toBe(before.disk);
    expect(await readFile(at('cloud-init.iso'))).toEqual(seed);
    expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.2` });
    expect(await leftovers()).toEqual([`${disk}.previous`, 'launch.json.previous']);
    // The old disk needs its version.
    await publishTestVersion(host.store, golden);
    await pull();
    const { keep } = await pruneHost({ root, image, apply: true }, ports);
    const why = kind === 'raw' ? 'boots' : 'backs';
    expect(keep).toContainEqual({ version: 1, reason: `${why} sandboxes/vm-001/${disk}.previous` });

    expect(await undo()).toMatchObject({ from: 2, to: 1, changed: true, proof: 'running' });
    expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
    expect(await undo()).toMatchObject({ from: 1, to: 2 });
    await stopVm({ root, name: 'vm-001', timeoutMs: 300_000 }, ports);
    expect(await readKept(kind)).toBe('precious');
  });

  test('a VM that is stopped stays stopped, and its old disk is dropped by the next command', async () => {
    const { size } = await stat(at(disk));
    expect(await recreate({ dropOld: true })).toMatchObject({ changed: true, oldDisk: at(`${disk}.previous`) });
    expect(await stateOf()).toMatchObject({ state: 'stopped', version: `${image}.2` });
    expect(await readKept(kind)).toBeUndefined();
    if (kind === 'raw') expect((await stat(at(disk))).size).toBe(size);
    expect(await recreate()).toMatchObject({ changed: false, from: 2, to: 2 });
    const dropped = await recreate({ dropOld: true });
    expect(dropped.changed).toBe(true);
    expect(dropped.oldDisk).toBeUndefined();
    expect(await leftovers()).toEqual([]);
    await expect(undo()).rejects.toThrow('vm-001 has no previous disk');
  });

  test('if the files cannot be kept, the VM runs again on its old disk', async () => {
    await start();
    await expect(recreate({ keep: ['/srv/missing'] })).rejects.toThrow(
      'cannot keep files of vm-001: the guest has no "/srv/missing" to keep',
    );
    expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
    expect(await leftovers()).toEqual([]);
  });

  test('if the new disk cannot be created, the VM is not stopped', async () => {
    const { pid } = (await start()) as { readonly pid: number };
    breakPrograms(kind === 'raw' ? 'qemu-img convert' : 'qemu-img create');
    await expect(recreate()).rejects.toThrow('No space left on device');
    expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1`, pid });
    expect(await leftovers()).toEqual([]);
  });

  test('if it does not start with its new disk, undo goes back', async () => {
    await start();
    const working = ports;
    // The VMM is found and checked before it is started.
    breakPrograms('setsid --fork');
    await expect(recreate()).rejects.toMatchObject({
      message: 'vm-001 does not work on its new disk: No space left on device',
    });
    expect(await stateOf()).toMatchObject({ state: 'stopped', version: `${image}.2` });
    ports = working;
    expect(await undo()).toMatchObject({ from: 2, to: 1, proof: 'running' });
    expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
  });

  test('the version of a disk that is being prepared is not pruned', async () => {
    await publishTestVersion(host.store, golden);
    await pull();
    await publishTestVersion(host.store, golden);
    await pull();
    let kept: PrunePlan['keep'] = [];
    ports = {
      ...ports,
      carry: async () => {
        ({ keep: kept } = await pruneHost({ root, image, apply: true }, ports));
        return { count: 0, bytes: 0, skipped: { count: 0, first: [] } };
      },
    };
    expect(await recreate({ version: 2, keep: ['/srv'] })).toMatchObject({ from: 1, to: 2 });
    expect(kept.map(({ version }) => version)).toEqual([4, 3, 2, 1]);
  });
});

test('if what was kept cannot be written to a raw disk, the VM runs again on its old disk', async () => {
  await makeVm('raw');
  await start();
  breakPrograms('qemu-img commit');
  await expect(recreate({ keep: ['/srv/data'] })).rejects.toThrow(
    'cannot keep files of vm-001: No space left on device',
  );
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
  expect(await leftovers()).toEqual([]);
});

test('a VM on a release that corrupts its disk is not stopped, since it would not start again', async () => {
  await makeVm();
  const { pid } = (await start()) as { readonly pid: number };
  ports = { ...ports, ...(await host.use({ version: '52.0.0' })) };
  await expect(recreate()).rejects.toThrow('corrupts the disk of vm-001: #8245');
  expect(await stateOf()).toMatchObject({ state: 'running', pid });
  expect(await recreate({ allowedDefects: ['8245'] })).toMatchObject({ proof: 'running' });
});

test('a guest that does not power off keeps its disk if files are to be kept', async () => {
  ports = { ...ports, ...(await host.use({ behaviour: 'ignores the power button' })) };
  await makeVm();
  await start();
  await expect(recreate({ keep: ['/srv/data'], timeoutMs: 300 })).rejects.toThrow('vm-001 did not power off');
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
});

test('a VM that does not respond is not given up: the next command waits again', async () => {
  await makeVm();
  await start();
  const silent = async (): Promise<never> => Promise.reject(new Failure('nothing responds'));
  ports = { ...ports, waitForProof: silent };
  await expect(recreate()).rejects.toMatchObject({
    message: 'vm-001 does not work on its new disk: nothing responds',
    fix: 'go back to its previous disk: ch-golden vm recreate vm-001 --undo',
  });
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.2` });
  await expect(recreate({ dropOld: true })).rejects.toThrow('nothing responds');
  expect(await leftovers()).toContain('disk.qcow2.previous');
  ports = { ...ports, waitForProof: async () => Promise.resolve('daemon') };
  expect(await recreate()).toMatchObject({ changed: true, proof: 'daemon' });
  expect(await recreate()).toMatchObject({ changed: false });
});

test('a VM that was stopped for a command that was killed is started by the next one', async () => {
  await makeVm();
  await writeFile(at('recreate.resume'), '');
  expect(await recreate()).toMatchObject({ proof: 'running' });
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.2` });
});

test('versions that are missing, and disks that a guest could have changed, are rejected', async () => {
  await makeVm();
  await expect(recreate({ version: 7 })).rejects.toThrow(`${image}.7 is not on this host`);
  await processes.run({
    argv: ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/passwd', at('disk.qcow2')],
  });
  await expect(recreate({ keep: ['/srv/data'] })).rejects.toThrow('is rejected: its backing file "/etc/passwd"');
  expect(await leftovers()).toEqual([]);
});
