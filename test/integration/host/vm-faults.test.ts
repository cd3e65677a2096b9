import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { pruneHost } from '../../../src/host/prune-host.js';
import type { HostPorts } from '../../../src/host/ports.js';
import type { CreateVmRequest } from '../../../src/host/vm/create-vm.js';
import { startVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm, stopVm } from '../../../src/host/vm/stop-vm.js';
import { vmCommand, type VmRecord } from '../../../src/host/vm/vm-record.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { systemClock } from '../../../src/platform/clock.js';
import { identifyProcess } from '../../../src/platform/process/process-identity.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { image } from '../../fixtures/host-versions.js';
import type { FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const processes = createTestProcesses();
let host: VmHost;
let root: string;
let ports: HostPorts;

beforeEach(async () => {
  host = await makeVmHost('vm faults');
  ({ root } = host);
  await use({});
});
afterEach(async () => host.remove(ports));

async function use(fake: FakeVmm): Promise<void> {
  ports = await host.use(fake);
}

const create = async (changes: Partial<CreateVmRequest> = {}): Promise<VmRecord> => createTestVm(root, changes, ports);
const at = (path: string): string => join(root, 'sandboxes', path);
const vm = { root: '', name: 'vm-001' };
// One that has ended is there until its parent, which is no longer ours, has heard of it.
const isThere = async (pid: number): Promise<boolean> =>
  identifyProcess(pid).then(
    () => true,
    () => false,
  );

/** The command that create prints, typed by a person. */
async function startByHand(record: VmRecord): Promise<number> {
  const [, ...words] = vmCommand(record);
  const child = spawn(join(host.directory, 'bin/cloud-hypervisor'), words, { cwd: at('vm-001'), stdio: 'ignore' });
  while ((await stat(at('vm-001/run/api.sock')).catch(() => undefined)) === undefined) await systemClock.sleep(20);
  return child.pid!;
}

test('a VM started by hand is recognized: it is neither started again nor deleted, and can be stopped', async () => {
  const pid = await startByHand(await create());
  expect(await listVms(root)).toMatchObject([{ state: 'running', pid }]);
  expect(await startVm({ ...vm, root }, ports)).toMatchObject({ pid, changed: false });
  await expect(deleteVm({ ...vm, root, force: false }, ports)).rejects.toThrow('vm-001 is running');
  expect(await stopVm({ ...vm, root, timeoutMs: 300_000 }, ports)).toBe('powered off');
  expect(await listVms(root)).toMatchObject([{ state: 'stopped' }]);
});

test('a start that is killed, whenever, leaves no VMM that is not known', async () => {
  const compiled = join(host.directory, 'compiled');
  await compileSources(['src', 'test/fixtures'], compiled);
  await create();
  for (const afterMs of [0, 5, 10, 15, 20, 25, 30, 40, 60, 100]) {
    const child = spawn(
      process.execPath,
      ['--', join(compiled, 'test/fixtures/start-vm-killed.js'), root, String(afterMs)],
      {
        env: { PATH: `${join(host.directory, 'bin')}:${process.env['PATH'] ?? ''}` },
        stdio: 'ignore',
      },
    );
    await once(child, 'exit');
    const { pid } = await startVm({ ...vm, root }, ports);
    const { stdout } = await processes.run({
      argv: [
        'sh',
        '-c',
        'for p in /proc/[0-9]*; do [ "$(readlink $p/cwd)" = "$0" ] && echo ${p#/proc/}; done; true',
        at('vm-001'),
      ],
    });
    expect(stdout.trim().split('\n').map(Number)).toEqual([pid]);
    await stopVm({ ...vm, root, timeoutMs: 300_000 }, ports);
    expect(await isThere(pid)).toBe(false);
  }
});

test('what a killed create has left does not keep prune from its work', async () => {
  await create();
  await mkdir(at('.new-dead'));
  await writeFile(at('.new-dead/disk.qcow2'), (await readFile(at('vm-001/disk.qcow2'))).subarray(0, 60));
  expect((await pruneHost({ root, image, apply: false }, ports)).files).toEqual([at('.new-dead')]);
  await pruneHost({ root, image, apply: true }, ports);
  await expect(stat(at('.new-dead'))).rejects.toThrow('ENOENT');
});

test('a host whose Cloud Hypervisor does not know overlays is told so when the VM is made', async () => {
  await use({ version: '50.0' });
  await expect(create()).rejects.toMatchObject({
    message: expect.stringContaining('50.1 or newer'),
    fix: 'install Cloud Hypervisor 50.1 or newer',
  });
  await use({ version: '50.1' });
  await create();
  expect(await startVm({ ...vm, root }, ports)).toMatchObject({ changed: true });
});

test('the disk has a relative path of its image, even with sandboxes elsewhere: the root can be moved', async () => {
  await rename(at('.'), join(host.directory, 'far'));
  await symlink(join(host.directory, 'far'), at('.').replace(/\/$/, ''));
  await create();
  const backingOf = async (disk: string): Promise<string> => {
    const { stdout } = await processes.run({ argv: ['qemu-img', 'info', '--output=json', '--backing-chain', disk] });
    return (JSON.parse(stdout) as readonly { readonly 'backing-filename'?: string }[])[0]?.['backing-filename'] ?? '';
  };
  expect(await backingOf(at('vm-001/disk.qcow2'))).toBe('../../host/snapshots/ubuntu-base.1.qcow2');
  expect((await pruneHost({ root, image, apply: false }, ports)).remove).toEqual([]);
});

test('a failure quotes its own start, not an earlier one', async () => {
  await create();
  await use({ behaviour: 'ends at once' });
  for (let time = 0; time < 2; time += 1) {
    const error = (await startVm({ ...vm, root }, ports).then(
      () => undefined,
      (reason: unknown) => reason,
    )) as { readonly evidence: readonly string[] };
    expect(error.evidence.filter((line) => line.includes('/dev/kvm'))).toHaveLength(1);
  }
});

test('a directory that vm create has not made is not deleted, whatever its name', async () => {
  await mkdir(at('team'));
  await writeFile(at('team/notes'), 'mine');
  await expect(deleteVm({ root, name: 'team', force: true }, ports)).rejects.toThrow(
    'was not created by ch-golden vm create',
  );
  expect(await readFile(at('team/notes'), 'utf8')).toBe('mine');
  expect(await listVms(root)).toMatchObject([{ name: 'team', state: 'broken' }]);
});

test('a damaged launch.json is told, and its VM can be deleted', async () => {
  await create();
  await writeFile(at('vm-001/launch.json'), '{');
  expect(await listVms(root)).toMatchObject([
    { state: 'broken', problem: expect.stringContaining('was not written by ch-golden vm create') },
  ]);
  await deleteVm({ ...vm, root, force: false }, ports);
  expect(await listVms(root)).toEqual([]);
});

test('a VMM that no longer answers is listed as broken, with its process', async () => {
  await create();
  const { pid } = await startVm({ ...vm, root }, ports);
  await rename(at('vm-001/run/api.sock'), at('vm-001/elsewhere'));
  expect(await listVms(root)).toMatchObject([
    { state: 'broken', pid, problem: expect.stringContaining('does not respond') },
  ]);
  expect(await stopVm({ ...vm, root, timeoutMs: 100 }, ports)).toBe('forced');
  expect(await isThere(pid)).toBe(false);
});

test('a command that waited for a delete does not go on in what came after', async () => {
  await create();
  const results = await Promise.allSettled([
    deleteVm({ ...vm, root, force: false }, ports),
    startVm({ ...vm, root }, ports),
    startVm({ ...vm, root }, ports),
  ]);
  const vms = await listVms(root);
  // Whoever came first decides; in no order is there a process without its VM.
  expect(vms.length === 0 ? results[0].status : 'rejected').toBe(vms.length === 0 ? 'fulfilled' : results[0].status);
  for (const result of results)
    if (result.status === 'rejected')
      expect(String(result.reason)).toMatch(/is running|was deleted in the meantime|no VM /);
});

test('what is run at the first boot comes to the guest as it was written', async () => {
  const commands = ['a\u007fb', 'a\u0085b', 'a\u2028b\ufeff', 'k: "v" #\t- %\n\ntwo\\n', '😀', '{{ x }} $(id) `id`'];
  await create({ userData: { sshKeys: [], commands } });
  await processes.run({
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
  const text = await readFile(join(host.directory, 'seed/user-data'), 'utf8');
  // PyYAML, which cloud-init reads with, refuses the first two as they are, and takes the third for a line break.
  expect(text).not.toMatch(/[\u007f-\u009f\u2028\u2029\ufeff]/);
  expect((parse(text, { version: '1.1' }) as { readonly runcmd: unknown }).runcmd).toEqual(commands);
});
