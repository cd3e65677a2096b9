import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFile, cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFakeVmm } from '../../fixtures/install-fake-vmm.js';
import { bootSystemd, type LiveSystemd } from '../../fixtures/live-systemd.js';
import { makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

const checkout = join(import.meta.dirname, '../../..');
const makeTap = 'ip tuntap add tap7 mode tap user ch-golden; ip link set tap7 up';
const unit = 'ch-golden-vm@vm-001.service';
let host: VmHost;
let machine: LiveSystemd;

/** What an administrator installs, with a pulled version and a stand-in for Cloud Hypervisor. */
async function installHost(upper: string): Promise<void> {
  const at = (path: string): string => join(upper, path);
  for (const path of ['opt/ch-golden', 'usr/local/bin', 'etc/systemd/system', 'var/lib'])
    await mkdir(at(path), { recursive: true });
  await rename(host.root, at('var/lib/cloud-hypervisor'));
  for (const path of ['package.json', 'dist/cli', 'dist/relay'])
    await cp(join(checkout, path), at(`opt/ch-golden/${path}`), { recursive: true });
  const installed = at('etc/systemd/system/ch-golden-vm@.service');
  await copyFile(join(checkout, 'examples/host/ch-golden-vm@.service'), installed);
  const cli = `#!/bin/sh\nexec '${process.execPath}' /opt/ch-golden/dist/cli/index.js "$@"\n`;
  await writeFile(at('usr/local/bin/ch-golden'), cli, { mode: 0o755 });
  // Its text has the path that it is written to.
  const vmm = join(await writeFakeVmm(at('usr/local'), {}), 'cloud-hypervisor');
  await writeFile(vmm, (await readFile(vmm, 'utf8')).replaceAll(upper, ''));
}

async function runScript(...lines: readonly string[]): Promise<string> {
  return machine.run('sh', '-ec', lines.join('\n'));
}

async function show(...properties: readonly string[]): Promise<Readonly<Record<string, string>>> {
  const lines = (await machine.run('systemctl', 'show', `--property=${properties.join(',')}`, unit)).trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=', 2) as [string, string]));
}

type UnitState = Readonly<Record<'ActiveState' | 'SubState' | 'Result' | 'MainPID', string>>;

/** systemd reaches a state on its own. */
async function waitFor(isReached: (state: UnitState) => boolean): Promise<UnitState> {
  for (let tries = 0; tries < 3000; tries++) {
    const state = (await show('ActiveState', 'SubState', 'Result', 'MainPID')) as UnitState;
    if (isReached(state)) return state;
    await delay(100);
  }
  throw new Error(await machine.run('journalctl', '--no-pager', '--lines=50'));
}

/** Waits until the VM runs in its unit, in a VMM other than an earlier one. @returns its process */
async function waitForVmm(earlier = 0): Promise<number> {
  const { MainPID } = await waitFor((unit) => unit.ActiveState === 'active' && Number(unit.MainPID) !== earlier);
  return Number(MainPID);
}

async function waitUntilOff(): Promise<void> {
  const state = await waitFor(({ ActiveState }) => ['inactive', 'failed'].includes(ActiveState));
  expect(state).toEqual({ ActiveState: 'inactive', SubState: 'dead', Result: 'success', MainPID: '0' });
}

async function showVm(): Promise<unknown> {
  return JSON.parse(await machine.run('ch-golden', 'vm', 'show', 'vm-001', '--json'));
}

/** Only root can boot a systemd. */
const onLiveSystemd = process.getuid?.() === 0 ? describe : describe.skip;

onLiveSystemd('the unit of a VM, under a live systemd', () => {
  beforeAll(async () => {
    host = await makeVmHost('live unit');
    await installHost(join(host.directory, 'machine/upper'));
    machine = await bootSystemd(join(host.directory, 'machine'));
    await runScript(
      'getent group kvm || groupadd --system kvm',
      'useradd --system --no-create-home --shell /usr/sbin/nologin --groups kvm ch-golden',
      'ch-golden host user ch-golden',
      makeTap,
      'ch-golden vm create vm-001 --tap tap7 --memory 128M --cpus 1 --autostart',
    );
  });
  afterAll(async () => {
    await machine.cutPower();
    await rm(host.directory, { recursive: true });
  });

  test('starts it, and systemd knows the VMM as the main process', async () => {
    await machine.run('ch-golden', 'vm', 'start', 'vm-001');
    const pid = await waitForVmm();
    expect(await showVm()).toMatchObject({ state: 'running', pid, user: 'ch-golden' });
    expect(await show('NRestarts')).toEqual({ NRestarts: '0' });
    expect(await machine.run('cat', `/proc/${pid}/cgroup`)).toContain(unit);
  });

  test('starts it again after the VMM was killed', async () => {
    const killed = await waitForVmm();
    await machine.run('kill', '-KILL', String(killed));
    const pid = await waitForVmm(killed);
    expect(await showVm()).toMatchObject({ state: 'running', pid });
  });

  test('stays off after the VM was stopped by either program', async () => {
    await machine.run('ch-golden', 'vm', 'stop', 'vm-001');
    await waitUntilOff();
    await machine.run('systemctl', 'start', unit);
    await waitForVmm();
    await machine.run('systemctl', 'stop', unit);
    await waitUntilOff();
    expect(await showVm()).toMatchObject({ state: 'stopped' });
  });

  test('comes back after a power cut', async () => {
    await machine.run('ch-golden', 'vm', 'start', 'vm-001');
    await waitForVmm();
    await machine.cutPower();
    machine = await bootSystemd(join(host.directory, 'machine'));
    // As a network manager does. Until then the VM cannot start.
    await runScript(makeTap);
    const pid = await waitForVmm();
    expect(await showVm()).toMatchObject({ state: 'running', pid });
  });
});
