import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPorts } from '../../../src/host/ports.js';
import { startVm } from '../../../src/host/vm/start-vm.js';
import { deleteVm } from '../../../src/host/vm/stop-vm.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import { recordsFile } from '../../../src/host/warm/template-document.js';
import { systemClock } from '../../../src/platform/clock.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import type { FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';
import { listProcessesIn, makeTestTemplate, warmVm } from '../../fixtures/warm-host.js';

let host: VmHost;
let root: string;
let ports: HostPorts;

beforeAll(async () => {
  host = await makeVmHost('warm killed');
  ({ root } = host);
  ports = await host.use({});
  await makeTestTemplate(root, ports);
  await compileSources(['src', 'test/fixtures'], join(host.directory, 'compiled'));
});
afterAll(async () => host.remove(ports));

function startInChild(...args: readonly string[]): ChildProcess {
  const script = join(host.directory, 'compiled/test/fixtures/start-vm-killed.js');
  const env = { PATH: `${join(host.directory, 'bin')}:${process.env['PATH'] ?? ''}` };
  return spawn(process.execPath, ['--', script, root, ...args], { env, stdio: 'ignore' });
}

/** Whatever a killed start left: the VM starts warm from nothing, with one VMM. */
async function expectFreshStart(): Promise<void> {
  expect(await listVms(root)).toMatchObject([{ warm: 'pending' }]);
  const before = await listProcessesIn(join(root, 'sandboxes/vm-001'));
  ports = await host.use({});
  const { pid, ...started } = await startVm({ root, name: 'vm-001' }, ports);
  expect(started).toMatchObject({ changed: true, warm: { answered: expect.any(Number) } });
  expect(before).not.toContain(pid);
  expect(await listProcessesIn(join(root, 'sandboxes/vm-001'))).toEqual([pid]);
  expect(await listVms(root)).toMatchObject([{ state: 'running', warm: 'started' }]);
  await deleteVm({ root, name: 'vm-001', force: true }, ports);
}

test.each([
  ['the disk is created', '0', 'qemu-img'],
  ['the seed is written', '0', 'xorriso'],
  ['the VMM starts', '0', '--api-socket'],
  ['the VMM runs', '40', '--api-socket'],
])('a warm start that is killed when %s starts afresh', async (_, afterMs, argument) => {
  await createTestVm(root, warmVm, ports);
  await once(startInChild(afterMs, argument), 'exit');
  await expectFreshStart();
});

test.each<readonly [string, NonNullable<FakeVmm['behaviour']>, RegExp]>([
  ['the clone has no names yet', 'is silent from names', / reseeded /],
  ['the clone has its card', 'is silent from network', / names /],
  ['its daemon does not answer yet', 'has no daemon', / ready /],
])('a warm start that is killed while %s starts afresh', async (_, behaviour, record) => {
  await createTestVm(root, warmVm, ports);
  ports = await host.use({ behaviour });
  // It is killed by us, not by itself.
  const child = startInChild('0', 'never an argument');
  const read = async (): Promise<string> =>
    readFile(join(root, 'sandboxes/vm-001', recordsFile), 'utf8').catch(() => '');
  while (!record.test(await read())) await systemClock.sleep(20);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await expectFreshStart();
});
