import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPorts } from '../../../src/host/ports.js';
import type { CreateVmRequest } from '../../../src/host/vm/create-vm.js';
import { startAllVms } from '../../../src/host/vm/start-all.js';
import { deleteVm } from '../../../src/host/vm/stop-vm.js';
import type { VmRecord } from '../../../src/host/vm/vm-record.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { systemClock, type Clock } from '../../../src/platform/clock.js';
import { runConcurrently } from '../../../src/platform/concurrency.js';
import { isAlive, identifyProcess, type ProcessIdentity } from '../../../src/platform/process/process-identity.js';
import { createTestMachine, testTap } from '../../fixtures/test-machine.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const count = 50;
const names = Array.from({ length: count }, (_, index) => `vm-${String(index).padStart(3, '0')}`);
const hasAutostart = (name: string): boolean => name !== names.at(-1);
let host: VmHost;
let root: string;
let ports: HostPorts;
beforeEach(async () => {
  host = await makeVmHost('fifty VMs');
  ({ root } = host);
  const machine = createTestMachine({ interfaces: names.map((name) => testTap(`tap-${name}`)) });
  // On a busy machine, fifty programs that start at once take long: no time limit is over here.
  const clock: Clock = { now: () => Date.now() / 20, sleep: systemClock.sleep };
  ports = { ...(await host.use({})), machine, clock };
});
afterEach(async () => host.remove(ports));

const at = (path: string): string => join(root, 'sandboxes', path);
const network = (index: number): CreateVmRequest['network'] => ({
  address: `10.0.0.${index + 1}/24`,
  gateway: '10.0.0.254',
  nameservers: ['10.0.0.254'],
});
const kill = async (vmm: ProcessIdentity): Promise<void> => {
  process.kill(vmm.pid, 'SIGKILL');
  while (await isAlive(vmm)) await ports.clock.sleep(10);
};

test('50 VMs are created, started, killed, started again and deleted at once, and nothing is left', async () => {
  const created = await Promise.all(
    names.map(async (name, index) =>
      createTestVm(root, { name, tap: `tap-${name}`, network: network(index), autostart: hasAutostart(name) }, ports),
    ),
  );
  for (const of of [
    (vm: VmRecord) => vm.name,
    (vm: VmRecord) => vm.macAddress,
    (vm: VmRecord) => vm.tap,
    (vm: VmRecord) => vm.network?.address,
  ])
    expect(new Set(created.map(of)).size).toBe(count);
  expect((await readdir(at('.'))).sort()).toEqual(names);
  expect(await startAllVms({ root, onlyAutostart: false }, ports)).toEqual(
    names.map((name) => ({ name, outcome: 'started', pid: expect.any(Number) })),
  );
  const running = await listVms(root);
  expect(running.map(({ state }) => state)).toEqual(names.map(() => 'running'));
  expect(new Set(running.map(({ pid }) => pid)).size).toBe(count);
  expect(new Set(running.map((vm) => vm.console)).size).toBe(count);

  // The machine goes down: no VMM ends in order, and a different process gets the number of one.
  await Promise.all(running.map(async ({ pid }) => kill(await identifyProcess(pid!))));
  const note = await readFile(at('vm-000/vmm.process'), 'utf8');
  await writeFile(at('vm-000/vmm.process'), note.replace(/^\d+/, String(process.pid)));
  expect((await listVms(root)).map(({ state }) => state)).toEqual(names.map(() => 'stopped'));
  const back = await startAllVms({ root, onlyAutostart: true }, ports);
  const marked = names.filter(hasAutostart);
  expect(back.map(({ name, outcome }) => [name, outcome])).toEqual(marked.map((name) => [name, 'started']));

  const alive = await Promise.all(
    (await listVms(root)).flatMap(({ pid }) => (pid === undefined ? [] : [identifyProcess(pid)])),
  );
  expect(alive).toHaveLength(count - 1);
  await runConcurrently({ items: names, concurrency: 10 }, () => async (name) => {
    await deleteVm({ root, name, force: true }, ports);
  });
  expect(await Promise.all(alive.map(isAlive))).toEqual(alive.map(() => false));
  expect(await readdir(at('.'))).toEqual([]);
});

test.each<[string, Partial<CreateVmRequest>, string]>([
  ['name', { name: 'vm-000' }, 'VM name vm-000 is taken'],
  ['tap', { tap: 'tap-vm-000' }, 'tap tap-vm-000 is that of VM vm-00'],
  ['address', { network: network(0) }, 'address 10.0.0.1 is that of VM vm-00'],
  ['MAC address', { macAddress: '52:54:00:00:00:01' }, 'MAC address 52:54:00:00:00:01 is that of VM vm-00'],
])('of VMs that are created at once with one %s, only the first is created', async (_, same, problem) => {
  const results = await Promise.allSettled(
    names
      .slice(0, 4)
      .map(async (name, index) =>
        createTestVm(root, { name, tap: `tap-${name}`, network: network(index), ...same }, ports),
      ),
  );
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
  expect(failures.map(({ message }) => message)).toEqual(Array(3).fill(expect.stringContaining(problem)));
  expect(await readdir(at('.'))).toHaveLength(1);
});
