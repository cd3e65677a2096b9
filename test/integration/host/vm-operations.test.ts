import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostPorts } from '../../../src/host/ports.js';
import { setAutostart } from '../../../src/host/vm/autostart.js';
import { attachConsole, type ConsoleEnd } from '../../../src/host/vm/console.js';
import { restartVm } from '../../../src/host/vm/restart-vm.js';
import { startAllVms } from '../../../src/host/vm/start-all.js';
import { startVm } from '../../../src/host/vm/start-vm.js';
import { stopVm } from '../../../src/host/vm/stop-vm.js';
import { printVmLog } from '../../../src/host/vm/vm-log.js';
import { listVms } from '../../../src/host/vm/vm-state.js';
import type { Terminal } from '../../../src/platform/terminal.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

let host: VmHost;
let root: string;
let ports: HostPorts;
beforeEach(async () => {
  host = await makeVmHost('vm operations');
  ({ root } = host);
  ports = await host.use({});
});
afterEach(async () => host.remove(ports));

const name = 'vm-001';
const at = (path: string): string => join(root, 'sandboxes', path);

test('a VM that fails to start does not keep the others from starting', async () => {
  for (const vm of ['a', 'b', 'c']) await createTestVm(root, { name: vm }, ports);
  await writeFile(at('b/launch.json'), '{}');
  expect(await startAllVms({ root, onlyAutostart: false }, ports)).toMatchObject([
    { name: 'a', outcome: 'started' },
    { name: 'b', outcome: 'failed', problem: expect.stringContaining('was not written by ch-golden vm create') },
    { name: 'c', outcome: 'started' },
  ]);
  expect(await startAllVms({ root, onlyAutostart: true }, ports)).toMatchObject([{ name: 'b', outcome: 'failed' }]);
});

test('autostart is switched on and off', async () => {
  await createTestVm(root, {}, ports);
  const set = async (autostart: boolean) => (await setAutostart({ root, name, autostart }, ports)).changed;
  expect([await set(true), await set(true)]).toEqual([true, false]);
  expect(await listVms(root)).toMatchObject([{ autostart: true }]);
  expect(await set(false)).toBe(true);
  expect(await listVms(root)).toMatchObject([{ autostart: false }]);
});

test('a restart keeps the log of the run before, and a VM that could not start again is not stopped', async () => {
  await createTestVm(root, {}, ports);
  const { pid } = await startVm({ root, name }, ports);
  await appendFile(at('vm-001/serial.log'), 'its last words\n');
  const again = await restartVm({ root, name, timeoutMs: 300_000 }, ports);
  expect(again).toMatchObject({ end: 'powered off', changed: true });
  expect(again.pid).not.toBe(pid);
  const lines: string[] = [];
  const log = { root, name, lines: 2, follow: false, previous: true };
  await printVmLog(log, (line) => lines.push(line), ports);
  expect(lines).toEqual(['its last words', '[   12.000000] reboot: Power down']);
  await writeFile(at('vm-001/disk.qcow2'), 'no disk');
  await expect(restartVm({ root, name, timeoutMs: 300_000 }, ports)).rejects.toThrow('is rejected');
  expect(await listVms(root)).toMatchObject([{ state: 'running', pid: again.pid }]);
});

test('a log is followed until the VM stops, without what could drive a terminal', async () => {
  await createTestVm(root, {}, ports);
  await startVm({ root, name }, ports);
  const lines: string[] = [];
  let begin = (): void => undefined;
  const began = new Promise<void>((resolve) => (begin = resolve));
  const print = (line: string): void => {
    lines.push(line);
    begin();
  };
  const followed = printVmLog({ root, name, lines: 10, follow: true, previous: false }, print, ports);
  await began;
  await appendFile(at('vm-001/serial.log'), '\u001b[2J\u001b]0;owned\u0007evil\u202e\r\n');
  await stopVm({ root, name, timeoutMs: 300_000 }, ports);
  await followed;
  expect(lines).toEqual(['[    0.000000] Linux version 6.1.0-fake', 'evil', '[   12.000000] reboot: Power down']);
});

interface TestTerminal {
  readonly terminal: Terminal;
  type(text: string): void;
  shows(text: string): Promise<void>;
  readonly isRestored: () => boolean;
}

function makeTerminal(isInteractive = true): TestTerminal {
  let shown = '';
  let onInput: ((bytes: Buffer) => void) | undefined;
  let isRestored = false;
  return {
    terminal: {
      isInteractive,
      write: (text) => void (shown += text),
      captureKeys: (listener) => {
        onInput = listener;
        return () => void (isRestored = true);
      },
    },
    type: (text) => onInput?.(Buffer.from(text)),
    shows: async (text) => {
      while (!shown.includes(text)) await ports.clock.sleep(10);
    },
    isRestored: () => isRestored,
  };
}

test('a console reaches the guest both ways, for one person at a time', async () => {
  await createTestVm(root, {}, ports);
  const [one, other, none] = [makeTerminal(), makeTerminal(), makeTerminal(false)];
  const attach = async ({ terminal }: TestTerminal): Promise<ConsoleEnd> =>
    attachConsole({ root, name }, terminal, ports);
  await expect(attach(one)).rejects.toThrow('vm-001 is not running');
  await startVm({ root, name }, ports);
  await expect(attach(none)).rejects.toMatchObject({ fix: expect.stringContaining('ch-golden vm logs vm-001') });

  const session = attach(one);
  await one.shows('Detach with ctrl-]');
  one.type('root\r');
  await one.shows('root\r');
  await expect(attach(other)).rejects.toThrow('the console of vm-001 is in use');
  one.type('\u001d');
  expect(await session).toBe('detached');
  expect(one.isRestored()).toBe(true);

  const second = attach(other);
  await other.shows('Detach with ctrl-]');
  await stopVm({ root, name, timeoutMs: 300_000 }, ports);
  expect(await second).toBe('VM stopped');
  expect(other.isRestored()).toBe(true);
});
