import { afterEach, beforeAll, beforeEach, afterAll, expect, jest, test } from '@jest/globals';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withGuest } from '../../../src/disk/with-guest.js';
import { pruneHost } from '../../../src/host/prune-host.js';
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
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBase, makeDisk, makeTestDirectory, nobleDisk } from '../../fixtures/small-image.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

jest.setTimeout(120_000);
const processes = createTestProcesses();
let images: Awaited<ReturnType<typeof makeTestDirectory>>;
let golden: Buffer;
let host: VmHost;
let root: string;
let ports: RecreatePorts;

beforeAll(async () => {
  images = await makeTestDirectory('recreate images');
  const raw = join(images.path, 'disk.raw');
  await makeDisk(raw, nobleDisk, processes);
  golden = await readFile((await makeBase(raw, 'zlib', processes)).path);
});
afterAll(async () => images.remove());

/** A host on version 2, with a VM `vm-001` on version 1 whose disk has a guest's files. */
beforeEach(async () => {
  host = await makeVmHost('recreate', golden);
  ({ root } = host);
  ports = { ...(await host.use({})), carry: carryFiles, waitForProof: async () => Promise.resolve('running') };
  await createTestVm(root, { tap: 'tap7' }, ports);
  const directory = join(host.directory, 'inject');
  await mkdir(directory);
  const attributes = { mode: 0o640, uid: 1000, gid: 1000 };
  const edits = [{ kind: 'write', path: '/srv/data/file', content: { text: 'precious' }, attributes } as const];
  await injectDriver.apply({ overlay: at('disk.qcow2'), edits, directory }, ports);
  await publishTestVersion(host.store, { image: golden });
  await pull();
});
afterEach(async () => host.remove(ports));

const at = (name: string): string => join(root, 'sandboxes/vm-001', name);
const pull = async (): Promise<unknown> =>
  pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store: host.store });
const recreate = async (changes: Partial<RecreateRequest> = {}): Promise<RecreatedVm> =>
  recreateVm({ root, name: 'vm-001', timeoutMs: 30_000, keep: [], dropOld: false, ...changes }, ports);
const undo = async (): Promise<RecreatedVm> => restoreVm({ root, name: 'vm-001', timeoutMs: 30_000 }, ports);
const start = async (): Promise<unknown> => startVm({ root, name: 'vm-001' }, ports);
const stateOf = async (): Promise<unknown> => (await listVms(root))[0];
const record = async (): Promise<VmRecord> => readVmRecord(root, 'vm-001');
const leftovers = async (): Promise<readonly string[]> =>
  (await readdir(at('.'))).filter((name) => /recreate|next|previous/.test(name)).sort();

async function readKept(): Promise<string | undefined> {
  const directory = join(host.directory, 'read');
  await mkdir(directory, { recursive: true });
  return withGuest({ path: at('disk.qcow2'), format: 'qcow2' }, directory, ports, async ({ files }) =>
    files.tryReadText('/srv/data/file'),
  );
}

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
    oldDisk: at('disk.qcow2.previous'),
  });
  const { name, macAddress, tap, cpus } = before;
  expect(await record()).toMatchObject({ name, macAddress, tap, cpus, version: 2 });
  expect(await readFile(at('cloud-init.iso'))).toEqual(seed);
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.2` });
  expect(await leftovers()).toEqual(['disk.qcow2.previous', 'launch.json.previous']);
  // The old disk needs its version.
  await publishTestVersion(host.store, { image: golden });
  await pull();
  const { keep } = await pruneHost({ root, image, apply: true }, ports);
  expect(keep).toContainEqual({ version: 1, reason: 'backs sandboxes/vm-001/disk.qcow2.previous' });

  expect(await undo()).toMatchObject({ from: 2, to: 1, changed: true, proof: 'running' });
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
  expect(await undo()).toMatchObject({ from: 1, to: 2 });
  await stopVm({ root, name: 'vm-001', timeoutMs: 30_000 }, ports);
  expect(await readKept()).toBe('precious');
});

test('a VM that is stopped stays stopped, and its old disk is dropped by the next command', async () => {
  expect(await recreate({ dropOld: true })).toMatchObject({ changed: true, oldDisk: at('disk.qcow2.previous') });
  expect(await stateOf()).toMatchObject({ state: 'stopped', version: `${image}.2` });
  expect(await readKept()).toBeUndefined();
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

test('a guest that does not power off keeps its disk if files are to be kept', async () => {
  ports = { ...ports, ...(await host.use({ behaviour: 'ignores the power button' })) };
  await start();
  await expect(recreate({ keep: ['/srv/data'], timeoutMs: 300 })).rejects.toThrow('vm-001 did not power off');
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.1` });
});

test('a VM that does not respond is not given up: the next command waits again, and undo goes back', async () => {
  await start();
  const silent = async (): Promise<never> => Promise.reject(new Failure('nothing responds'));
  ports = { ...ports, waitForProof: silent };
  await expect(recreate()).rejects.toMatchObject({
    message: 'vm-001 has a new disk, but does not work with it: nothing responds',
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
  await writeFile(at('recreate.resume'), '');
  expect(await recreate()).toMatchObject({ proof: 'running' });
  expect(await stateOf()).toMatchObject({ state: 'running', version: `${image}.2` });
});

test('versions that are missing, and disks that a guest could have changed, are rejected', async () => {
  await expect(recreate({ version: 7 })).rejects.toThrow(`${image}.7 is not on this host`);
  await processes.run({
    argv: ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'raw', '-b', '/etc/passwd', at('disk.qcow2')],
  });
  await expect(recreate({ keep: ['/srv/data'] })).rejects.toThrow('is rejected: its backing file "/etc/passwd"');
  expect(await leftovers()).toEqual([]);
});
