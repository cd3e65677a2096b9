import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acceptForward } from '../../../src/host/seen-file.js';
import { readLocalVersion } from '../../../src/host/local-versions.js';
import { pruneHost } from '../../../src/host/prune-host.js';
import { pullVersion } from '../../../src/host/pull-version.js';
import type { HostPorts } from '../../../src/host/ports.js';
import type { CreateVmRequest } from '../../../src/host/vm/create-vm.js';
import { startVm, type StartedVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm, stopVm, type VmEnd } from '../../../src/host/vm/stop-vm.js';
import { readVmRecord, type VmRecord } from '../../../src/host/vm/vm-record.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { tryLockFile } from '../../../src/platform/fs/file-lock.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { identifyProcess } from '../../../src/platform/process/process-identity.js';
import { createIndex } from '../../../src/store/index/store-index.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import type { FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createTestVm, makeEmptyImage, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const mebibyte = 1024 ** 2;
const processes = createTestProcesses();
let host: VmHost;
let root: string;
let ports: HostPorts;

beforeEach(async () => {
  host = await makeVmHost('vm host');
  ({ root } = host);
  await use({});
});
afterEach(async () => host.remove(ports));

/** A host's VMM, which behaves as told. */
async function use(fake: FakeVmm): Promise<void> {
  ports = await host.use(fake);
}

const create = async (changes: Partial<CreateVmRequest> = {}): Promise<VmRecord> =>
  createTestVm(root, { diskSize: 20 * 1024 ** 3, ...changes }, ports);
const start = async (name = 'vm-001'): Promise<StartedVm> => startVm({ root, name }, ports);
const stop = async (timeoutMs = 300_000): Promise<VmEnd> => stopVm({ root, name: 'vm-001', timeoutMs }, ports);
const at = (path: string): string => join(root, 'sandboxes', path);
const stateOf = async (): Promise<unknown> => (await listVms(root))[0];
// One that has ended is there until its parent, which is no longer ours, has heard of it.
const isThere = async (pid: number): Promise<boolean> =>
  identifyProcess(pid).then(
    () => true,
    () => false,
  );

test('the life of a VM', async () => {
  const { macAddress } = await create({
    tap: 'tap7',
    userData: { sshKeys: ['ssh-ed25519 AAAA me'], commands: ['echo "a: b"'] },
  });
  expect((await readdir(at('vm-001'))).sort()).toEqual([
    'cloud-init.iso',
    'disk.qcow2',
    'launch.json',
    'run',
    'serial.log',
    'vmm.log',
  ]);
  const { stdout } = await processes.run({ argv: ['qemu-img', 'info', '--output=json', at('vm-001/disk.qcow2')] });
  expect(JSON.parse(stdout)).toMatchObject({
    'virtual-size': 20 * 1024 ** 3,
    'backing-filename': '../../snapshots/ubuntu-base.1.qcow2',
    'backing-filename-format': 'qcow2',
  });
  const seed = await processes.run({
    argv: [
      'xorriso',
      '-osirrox',
      'on',
      '-indev',
      at('vm-001/cloud-init.iso'),
      '-extract',
      '/',
      join(host.directory, 'seed'),
    ],
  });
  expect(seed.stderr).toContain("Volume id    : 'cidata'");
  expect(await readFile(join(host.directory, 'seed/user-data'), 'utf8')).toContain('"echo \\"a: b\\""');
  expect(await stateOf()).toMatchObject({ name: 'vm-001', state: 'stopped', version: 'ubuntu-base.1' });

  const { pid, changed } = await start();
  expect(changed).toBe(true);
  expect(await start()).toMatchObject({ pid, changed: false });
  expect(await stateOf()).toMatchObject({ state: 'running', pid });
  expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).toContain(`\0--net\0tap=tap7,mac=${macAddress}\0`);
  await expect(deleteVm({ root, name: 'vm-001', force: false }, ports)).rejects.toThrow('vm-001 is running');

  expect(await stop()).toBe('powered off');
  expect(await isThere(pid)).toBe(false);
  expect(await stop()).toBe('did not run');
  expect((await start()).changed).toBe(true);
  expect(await deleteVm({ root, name: 'vm-001', force: true }, ports)).toBe('forced');
  expect(await readdir(at('.'))).toEqual([]);
});

test('a VM outlives the process that has started it, and is not taken for another one', async () => {
  await create();
  const { pid } = await start();
  // A session of its own: what ends our terminal does not end it. Field 6 of proc_pid_stat(5).
  expect((await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[3]).toBe(String(pid));
  const note = await readFile(at('vm-001/vmm.process'), 'utf8');
  await writeFile(at('vm-001/vmm.process'), note.replace(/(\) \S+( \S+){18}) \d+/, '$1 1'));
  await rename(at('vm-001/run/api.sock'), at('vm-001/hidden'));
  expect(await stateOf()).toMatchObject({ state: 'stopped' });
  await rename(at('vm-001/hidden'), at('vm-001/run/api.sock'));
  await writeFile(at('vm-001/vmm.process'), note);
  expect(await stateOf()).toMatchObject({ state: 'running' });
});

test('a guest that does not power off is ended, and so is a VMM that is stuck', async () => {
  await use({ behaviour: 'ignores the power button' });
  await create();
  const first = await start();
  expect(await stop(300)).toBe('forced');
  await use({ behaviour: 'gets stuck' });
  const second = await start();
  expect(await stop(300)).toBe('forced');
  expect([await isThere(first.pid), await isThere(second.pid)]).toEqual([false, false]);
});

test('the power button of a guest that still boots is pressed again', async () => {
  await use({ behaviour: 'is still booting' });
  await create();
  await start();
  // Fast, so that nobody waits for the second press.
  const clock = { now: () => Date.now() * 100, sleep: systemClock.sleep };
  expect(await stopVm({ root, name: 'vm-001', timeoutMs: 60 * 60_000 }, { ...ports, clock })).toBe('powered off');
});

test('two starts at once start one VM', async () => {
  await create();
  const [one, other] = await Promise.all([start(), start()]);
  expect(one.pid).toBe(other.pid);
  expect([one.changed, other.changed].sort()).toEqual([false, true]);
});

test.each<readonly [FakeVmm['behaviour'], RegExp]>([
  ['ends at once', /did not start vm-001: it exited$/],
  ['stops at once', /not running after 30 s: Shutdown/],
  ['has no socket', /not running after 30 s: vm\.info: /],
])('a VMM that %s is a failure, and leaves no process', async (behaviour, words) => {
  await use({ ...(behaviour === undefined ? {} : { behaviour }) });
  let now = 0;
  const requests = at('vm-001/run/requests.jsonl');
  // Time flies once the VMM has done what it does, however long that takes: half a minute is over after thirty looks.
  const flies = (): boolean => behaviour === 'has no socket' || (behaviour === 'stops at once' && existsSync(requests));
  const { signal } = ports;
  ports = {
    ...ports,
    clock: {
      now: () => now,
      sleep: async (milliseconds, cancel) => {
        // The wait for a VMM that was killed has a signal of its own.
        if (cancel === signal && flies()) now += milliseconds * 20;
        return systemClock.sleep(20, cancel);
      },
    },
  };
  await create();
  await expect(start()).rejects.toThrow(words);
  expect(await stateOf()).toMatchObject({ state: 'stopped' });
  expect((await readdir(at('vm-001'))).filter((name) => name === 'vmm.process' || name === 'api.sock')).toEqual([]);
});

test.each([
  [
    '52.0.0',
    [
      'cloud-hypervisor 52.0.0 corrupts the disk of vm-001: #8245: blocks that the guest zeroed (WRITE_ZEROES) ' +
        "read as the image's bytes (51.0 to before 53.0). Used because of --allow-known-defect 8245",
    ],
  ],
  ['53.0.0', []],
])('a VM over an image on v%s', async (version, expected) => {
  const warnings: string[] = [];
  await use({ version });
  ports = { ...ports, log: { ...silentLog, warn: (line) => warnings.push(line) } };
  await create({ allowedDefects: ['8245'] });
  expect(warnings).toEqual(expected);
});

describe('over a revoked version', () => {
  /** What a pull does that reads of a revocation. */
  const revoke = async (): Promise<void> => {
    const live = [{ version: 1, manifestSha256: sha256Of((await readLocalVersion(root, image, 1)).bytes) }];
    const index = {
      ...createIndex(image),
      generation: 99,
      live,
      revoked: { 1: { reason: 'leaks a key', at: '2026-11-23T06:00:00Z' } },
    };
    await acceptForward(root, image)(
      index,
      Buffer.from('its bytes'),
      'memory://store/snapshots/ubuntu-base.index.json',
    );
  };
  let warnings: string[];
  beforeEach(() => {
    warnings = [];
    // Another one is that VMs run as root, where the tests do.
    const warn = (line: string): void => {
      if (!line.startsWith('VMs run as root')) warnings.push(line);
    };
    ports = { ...ports, log: { ...silentLog, warn } };
  });

  test('no VM is made, unless that is allowed', async () => {
    await revoke();
    await expect(create()).rejects.toThrow('version 1 of ubuntu-base is revoked: leaks a key');
    await expect(create({ version: 1 })).rejects.toThrow('version 1 of ubuntu-base is revoked: leaks a key');
    expect(await readdir(at('.'))).toEqual([]);
    await create({ allowRevoked: true });
    expect(warnings).toEqual(['REVOKED: ubuntu-base.1 must not be used: leaks a key. Used because of --allow-revoked']);
    expect(await stateOf()).toMatchObject({ state: 'stopped', version: 'ubuntu-base.1', revoked: 'leaks a key' });
  });

  test('a VM that is there starts with a warning, and is marked', async () => {
    await create();
    await revoke();
    expect(await stateOf()).toMatchObject({ state: 'stopped', revoked: 'leaks a key' });
    const { pid } = await start();
    expect(warnings).toContain('REVOKED: ubuntu-base.1, the version of vm-001, must not be used: leaks a key');
    expect(await stateOf()).toMatchObject({ state: 'running', pid, revoked: 'leaks a key' });
    // The number alone counts where nothing is left of the version.
    await rename(join(root, 'versions/ubuntu-base.1'), join(root, 'versions/gone'));
    expect(await stateOf()).toMatchObject({ state: 'running', pid, revoked: 'leaks a key' });
  });

  test('what the host cannot remember is no reason to lose a VM', async () => {
    await create();
    await writeFile(join(root, 'versions/.ubuntu-base.seen.json'), '{');
    await expect(create({ name: 'vm-002' })).rejects.toMatchObject({
      fix: expect.stringContaining('ch-golden host forget'),
    });
    const { pid } = await start();
    expect(warnings).toContainEqual(
      expect.stringMatching(/^REVOKED: .* unknown: cannot read what this host remembers about ubuntu-base: /),
    );
    expect(await stateOf()).toMatchObject({
      state: 'running',
      pid,
      revoked: expect.stringContaining('unknown: cannot read what this host remembers'),
    });
  });
});

describe('is refused', () => {
  test('a name that is taken, by whatever it is', async () => {
    await create();
    await expect(create()).rejects.toThrow('VM name vm-001 is taken');
    await mkdir(at('empty'));
    await expect(create({ name: 'empty' })).rejects.toThrow('VM name empty is taken');
  });

  test.each(['..', 'a/b', '-x', 'X', '', 'a'.repeat(64), 'a.b', 'a b'])('the name %j', async (name) => {
    await expect(create({ name })).rejects.toThrow('invalid VM name');
    await expect(start(name)).rejects.toThrow('invalid VM name');
    expect(await readdir(at('.'))).toEqual([]);
  });

  test('a version that is not here, a host that has none, and a disk that is too small', async () => {
    await expect(create({ version: 9 })).rejects.toMatchObject({
      message: 'ubuntu-base.9 is not on this host',
      fix: 'ch-golden pull 9',
    });
    await expect(create({ root: join(host.directory, 'other') })).rejects.toMatchObject({
      message: 'no version of ubuntu-base is in use on this host',
      fix: 'ch-golden pull',
    });
    await expect(create({ diskSize: mebibyte })).rejects.toThrow('is smaller than the disk of ubuntu-base.1');
    expect(await readdir(at('.'))).toEqual([]);
  });

  test('a host whose Cloud Hypervisor is too old', async () => {
    const {
      manifest: {
        disk: { virtualSize: diskSize },
      },
    } = await readLocalVersion(root, image, 1);
    await use({ version: '50.0.0' });
    await expect(create({ diskSize, disk: 'raw' })).rejects.toThrow(
      'cloud-hypervisor 50.0.0 on this host is too old: ubuntu-base.1 needs 50.1 or newer',
    );
    await use({ version: '50.2.0' });
    await expect(create({ diskSize: diskSize + mebibyte, allowedDefects: ['8358'] })).rejects.toThrow(
      'cloud-hypervisor 50.2.0 on this host is too old: ubuntu-base.1 needs 51.0 or newer',
    );
  });

  test('a VM whose image is gone', async () => {
    await create();
    await rm(join(root, 'snapshots/ubuntu-base.1.qcow2'));
    await expect(start()).rejects.toMatchObject({
      message: expect.stringContaining('which is missing'),
      fix: 'ch-golden pull 1',
    });
    expect(await stateOf()).toMatchObject({ state: 'broken', problem: expect.stringContaining('which is missing') });
  });
});

test('a root behind a link is the same root', async () => {
  await create();
  const link = join(host.directory, 'link');
  await symlink(root, link);
  expect(await readVmRecord(link, 'vm-001')).toMatchObject({ imagePath: join(link, 'snapshots/ubuntu-base.1.qcow2') });
  expect((await startVm({ root: link, name: 'vm-001' }, ports)).changed).toBe(true);
});

test('a record that somebody has changed starts nothing, in whatever it was changed', async () => {
  await create();
  const record = at('vm-001/launch.json');
  const written = JSON.parse(await readFile(record, 'utf8')) as object;
  for (const change of [
    { diskOptions: 'image_type=raw,path=/etc/shadow' },
    { kernelPath: '/etc/shadow' },
    { cmdline: '--seccomp=false' },
    { tap: 'tap0,fd=3' },
    { name: 'vm-002' },
  ]) {
    await writeFile(record, JSON.stringify({ ...written, ...change }));
    await expect(start()).rejects.toMatchObject({
      message: expect.stringContaining(`${record} was not written by ch-golden vm create: `),
      fix: 'restore the file, or create the VM again: ch-golden vm delete vm-001',
    });
    expect(await stateOf()).toMatchObject({ state: 'broken' });
  }
});

test('what is not one of ours is listed, and left alone', async () => {
  await mkdir(at('by-hand'));
  await writeFile(at('by-hand/launch.json'), '{}');
  expect(await stateOf()).toMatchObject({
    name: 'by-hand',
    state: 'broken',
    problem: expect.stringContaining('was not written by ch-golden vm create'),
  });
  await expect(stopVm({ root, name: 'nobody', timeoutMs: 1 }, ports)).rejects.toThrow('no VM nobody in');
});

test('what a killed command has left goes with the next one, and prune keeps what VMs are made over', async () => {
  await mkdir(at('.new-dead'));
  // Others may still be at work.
  await mkdir(at('.new-starting'));
  await mkdir(at('.new-locked'));
  await using locked = await open(at('.new-locked'));
  await tryLockFile(locked, 0, ports.processes);
  for (const name of ['.new-dead', '.new-locked']) await utimes(at(name), 0, 0);
  await create();
  expect((await readdir(at('.'))).sort()).toEqual(['.new-locked', '.new-starting', 'vm-001']);
  expect((await pruneHost({ root, image, apply: true }, ports)).files).toEqual([]);
  const store = createMemoryStore();
  for (const version of [1, 2, 3]) {
    await publishTestVersion(store, { image: await makeEmptyImage(host.directory) });
    if (version > 1) await pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
  }
  expect(await pruneHost({ root, image, apply: true }, ports)).toMatchObject({ remove: [] });
  await deleteVm({ root, name: 'vm-001', force: false }, ports);
  expect(await pruneHost({ root, image, apply: true }, ports)).toMatchObject({ remove: [1] });
});
