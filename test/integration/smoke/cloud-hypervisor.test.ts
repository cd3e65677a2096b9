import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, type Clock } from '../../../src/platform/clock.js';
import { CancelledError } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { chooseVmm, type VmmRequest } from '../../../src/smoke/choose-vmm.js';
import { createCloudHypervisor, type CloudHypervisorPorts } from '../../../src/smoke/cloud-hypervisor/machine.js';
import { readRelease } from '../../../src/vmm/cloud-hypervisor-release.js';
import type { SmokeVm, MachineSpec, Vmm } from '../../../src/smoke/machine.js';
import { bundles } from '../../fixtures/helpers.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { installFakeVmm, type FakeVmm } from '../../fixtures/install-fake-vmm.js';
import { findLeftBehind, waitForNothingLeft } from '../../fixtures/left-behind.js';
import { giveToPlainUser, plainUid, startAsPlainUser } from '../../fixtures/plain-user.js';

let root: string;
let directory: string;
let cancel: AbortController;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cloud-hypervisor-'));
  // A path longer than a socket's can be.
  directory = join(root, 'a,b '.padEnd(120, 'x'));
  await mkdir(directory);
  for (const name of ['vmlinuz', 'initrd', 'disk.qcow2', 'seed.iso']) await writeFile(join(directory, name), '');
  cancel = new AbortController();
});
afterEach(async () => {
  cancel.abort(new Error('the test is over'));
  expect(await waitForNothingLeft(root)).toEqual([]);
  await rm(root, { recursive: true });
});

async function makePorts(fake: FakeVmm, clock: Clock = systemClock): Promise<CloudHypervisorPorts> {
  return { processes: await installFakeVmm(root, fake, cancel.signal), clock, signal: cancel.signal, helpers: bundles };
}

async function makeVmm(fake: FakeVmm = {}, clock: Clock = systemClock): Promise<Vmm> {
  const ports = await makePorts(fake, clock);
  // A busy machine may need long for the last requests; only a VMM that is stuck waits for their limit.
  const farewellLimitMs = fake.behaviour === 'gets stuck' ? 1_000 : 60_000;
  return createCloudHypervisor(await readRelease(ports.processes), 'isolated', ports, { farewellLimitMs });
}

function specOf(change: Partial<MachineSpec> = {}): MachineSpec {
  return {
    name: 'smoke-1',
    directory,
    kernel: join(directory, 'vmlinuz'),
    initramfs: join(directory, 'initrd'),
    cmdline: 'console=ttyS0',
    memoryMiB: 512,
    cpus: 2,
    disks: [
      { path: join(directory, 'disk.qcow2'), format: 'qcow2', readOnly: false, serial: 'golden' },
      { path: join(directory, 'seed.iso'), format: 'raw', readOnly: true },
    ],
    network: { macAddress: '52:54:00:c4:00:01', guestPort: 2280 },
    ...change,
  };
}

async function startWith(fake: FakeVmm, clock: Clock = systemClock): Promise<SmokeVm> {
  return (await makeVmm(fake, clock)).start(specOf());
}

async function listRequests(): Promise<readonly string[]> {
  const lines = (await readFile(join(directory, 'requests.jsonl'), 'utf8')).trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { readonly action: string }).action);
}

const hurried: Clock = { now: () => Date.now() * 60, sleep: systemClock.sleep };

describe('Cloud Hypervisor', () => {
  test.each(['39.0', '46.0', '50.0', '50.1', '51.0', '53.0.0', '99.0'])(
    'v%s accepts our requests, and its guest responds from its own network',
    async (version) => {
      const vmm = await makeVmm({ version });
      expect(vmm).toMatchObject({
        kind: 'cloud-hypervisor',
        version,
        accelerator: 'kvm',
        guestNetwork: { address: '192.168.249.2/24', gateway: '192.168.249.1' },
      });
      const machine = await vmm.start(specOf());
      expect(await readFile(machine.kernelConsole, 'utf8')).toContain('Linux version');
      expect(await machine.get('/version', cancel.signal)).toEqual({ status: 200, body: '{"version":"v1"}' });
      expect(await machine.get('/health', cancel.signal)).toMatchObject({ status: 404 });
      await machine.powerButton();
      expect(await machine.exited).toEqual({ code: 0, signal: undefined });
      await machine.stop();
    },
  );

  test('several at once have the same addresses without conflict', async () => {
    const vmm = await makeVmm();
    const machines = await Promise.all(
      ['1', '2', '3'].map(async (name) => {
        await mkdir(join(directory, name));
        return vmm.start(specOf({ name, directory: join(directory, name) }));
      }),
    );
    expect(
      await Promise.all(machines.map(async (machine) => (await machine.get('/version', cancel.signal)).status)),
    ).toEqual([200, 200, 200]);
    await Promise.all(machines.map(async (machine) => machine.stop()));
  });

  test('shuts down, and saves its device counters', async () => {
    const machine = await startWith({});
    await machine.stop();
    expect((await listRequests()).slice(-3)).toEqual(['vm.counters', 'vm.shutdown', 'vmm.shutdown']);
    expect(JSON.parse(await readFile(join(directory, 'counters.json'), 'utf8'))).toEqual({ _disk0: { read_bytes: 1 } });
    await machine.stop();
    await expect(machine.powerButton()).rejects.toThrow(
      /^smoke-1: cannot press the power button: vm\.power-button: .*(ECONNREFUSED|ENOENT)/,
    );
  });

  test('a kernel without disks has no network and no relay', async () => {
    const machine = await (await makeVmm()).start({
      name: 'kvm-proof',
      directory,
      kernel: join(directory, 'vmlinuz'),
      cmdline: '',
      memoryMiB: 512,
      cpus: 1,
      disks: [],
    });
    expect(await readdir(directory)).not.toContain('guest.sock');
    await machine.stop();
  });

  test('is slow', async () => {
    const machine = await startWith({ behaviour: 'is slow' });
    expect(await machine.get('/version', cancel.signal)).toMatchObject({ status: 200 });
    await machine.stop();
  });

  test.each(['46.0', '53.0'])('v%s fails to boot, with its own message', async (version) => {
    await expect(startWith({ version, behaviour: 'boot fails' })).rejects.toMatchObject({
      name: 'Failure',
      message: expect.stringMatching(
        new RegExp(
          '^Cloud Hypervisor failed to boot smoke-1: vm\\.boot: ' +
            '(Error from API: )?The VM could not boot: .*tap: No such device \\(500\\)$',
        ),
      ),
      fix: 'sudo modprobe tun && sudo udevadm trigger --name-match=net/tun',
    });
  });

  test('rejects a missing disk', async () => {
    const spec = specOf({ disks: [{ path: join(directory, 'nothing'), format: 'raw', readOnly: true }] });
    await expect((await makeVmm()).start(spec)).rejects.toThrow(
      /vm\.create: .*nothing: No such file or directory \(400\)$/,
    );
  });

  test('dies after the boot', async () => {
    const machine = await startWith({ behaviour: 'dies after boot' });
    await expect(machine.get('/version', cancel.signal)).rejects.toThrow();
    expect(await machine.exited).toEqual({ code: 1, signal: undefined });
    expect(machine.tail()).toContain('thread panicked');
    await expect(machine.get('/version', cancel.signal)).rejects.toThrow();
    await machine.stop();
  });

  test('stops at once', async () => {
    await expect(startWith({ behaviour: 'stops at once' })).rejects.toThrow(
      'vm.info: state is Shutdown after booting (expected Running)',
    );
  });

  test('never creates its socket', async () => {
    await expect(startWith({ behaviour: 'has no socket' }, hurried)).rejects.toThrow(
      /^Cloud Hypervisor does not respond for smoke-1: vmm\.ping: .*ENOENT/,
    );
  });

  test('exits at once, and reports why', async () => {
    await expect(startWith({ behaviour: 'ends at once' })).rejects.toMatchObject({
      message: 'Cloud Hypervisor failed to start smoke-1:   Failed to open /dev/kvm',
    });
  });

  test('ignores the power button: that is for the guest', async () => {
    const machine = await startWith({ behaviour: 'ignores the power button' });
    await machine.powerButton();
    expect(await machine.get('/version', cancel.signal)).toMatchObject({ status: 200 });
    await machine.stop();
    expect(await machine.exited).toMatchObject({ code: 0 });
  });

  test('gets stuck, and is killed', async () => {
    const machine = await startWith({ behaviour: 'gets stuck' });
    await machine.stop();
    expect(await machine.exited).toEqual({ code: undefined, signal: 'SIGKILL' });
  });

  test('stops when the run is cancelled, and the cancel is what is reported', async () => {
    const machine = await startWith({});
    cancel.abort(new CancelledError('cancelled'));
    expect(await machine.exited).toBeDefined();
    await expect(machine.powerButton()).rejects.toThrow(/^cancelled$/);
    await machine.stop();
  });
});

describe('its own network', () => {
  test('without root; and nothing is left of a run that is killed', async () => {
    const sources = join(root, 'sources');
    await compileSources(
      ['src/smoke', 'src/entry/relay.ts', 'test/fixtures/boot-fake-vmm.ts', 'test/fixtures/install-fake-vmm.ts'],
      sources,
    );
    for (const name of ['fake-cloud-hypervisor.mjs', 'fake-guest.mjs', 'fake-warm.mjs'])
      await copyFile(join(import.meta.dirname, '../../fixtures', name), join(sources, 'test/fixtures', name));
    await giveToPlainUser(root);
    const child = startAsPlainUser(join(sources, 'test', 'fixtures', 'boot-fake-vmm.js'), [directory]);
    const ended = once(child, 'close');
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>)
      if ((said += chunk).includes('\n')) break;
    expect(said).toBe(`uid ${process.getuid?.() === 0 ? plainUid : process.getuid?.()} got 200\n`);
    expect(await findLeftBehind(directory)).not.toEqual([]);
    child.kill('SIGKILL');
    await ended;
    expect(await waitForNothingLeft(directory)).toEqual([]);
  });
});

describe('chooseVmm', () => {
  /** A device that opens stands in for a KVM that works: the stand-in's guest prints its lines at once. */
  async function choose(
    fake: FakeVmm,
    change: Partial<VmmRequest> = {},
  ): Promise<{ readonly kind: string; readonly lines: readonly string[] }> {
    const lines: string[] = [];
    const log = {
      ...silentLog,
      info: (line: string) => lines.push(line),
      warn: (line: string) => lines.push(`warning: ${line}`),
    };
    const { kind } = await chooseVmm(
      {
        vmm: 'auto',
        requireKvm: false,
        network: 'isolated',
        minCloudHypervisor: '50.0',
        kvmDevice: '/dev/null',
        directory,
        ...change,
      },
      { ...(await makePorts(fake)), log },
    );
    return { kind, lines };
  }

  test('uses Cloud Hypervisor if it is installed and KVM works', async () => {
    expect(await choose({})).toEqual({
      kind: 'cloud-hypervisor',
      lines: [expect.stringMatching(/^Using Cloud Hypervisor 53\.0\.0 with KVM \(proven in \d+ ms\)$/)],
    });
  });

  test('remembers the answer, good or bad', async () => {
    const cacheDirectory = join(directory, 'cache');
    const known = { cacheDirectory, vmm: 'cloud-hypervisor' } as const;
    await choose({}, known);
    expect((await choose({}, known)).lines).toEqual([
      'Using Cloud Hypervisor 53.0.0 with KVM (proven earlier in this boot)',
    ]);
    // A different binary is proven anew.
    const other = { version: '53.0.1', behaviour: 'interprets code' } as const;
    const slow =
      'KVM does not work: /dev/null is not usable: ' +
      "it interprets the guest's code (2000 cycles for a loop pass that takes a CPU 1 or 2)";
    await expect(choose(other, known)).rejects.toMatchObject({ message: slow });
    await expect(choose(other, known)).rejects.toMatchObject({
      message: `${slow} (tested earlier in this boot; ch-golden doctor tests it again)`,
    });
  });

  test('uses QEMU on request', async () =>
    expect(await choose({}, { vmm: 'qemu', kvmDevice: join(directory, 'kvm') })).toMatchObject({ kind: 'qemu' }));

  test('uses QEMU, with a warning, if Cloud Hypervisor is too old for the image', async () => {
    expect(await choose({ version: '49.0' }, { kvmDevice: join(directory, 'kvm') })).toMatchObject({
      kind: 'qemu',
      lines: expect.arrayContaining([
        expect.stringMatching(
          new RegExp(
            '^warning: Using QEMU instead of Cloud Hypervisor: Cloud Hypervisor 49\\.0 is too old for this image ' +
              '\\(needs 50\\.0 or newer\\) \\(install',
          ),
        ),
      ]),
    });
  });

  test('fails if Cloud Hypervisor is required and cannot be used', async () => {
    const vmm = 'cloud-hypervisor';
    await expect(choose({ version: '49.0' }, { vmm })).rejects.toThrow('too old for this image');
    await expect(choose({}, { vmm, kvmDevice: join(directory, 'kvm') })).rejects.toThrow(
      /^KVM does not work: \S.* does not exist$/,
    );
    await expect(choose({ behaviour: 'ends at once' }, { vmm })).rejects.toThrow(
      /^KVM does not work: .*Failed to open \/dev\/kvm/,
    );
  });

  test('a bridge needs Cloud Hypervisor, and never falls back to QEMU', async () => {
    const network = { bridge: 'no-such-bridge' };
    await expect(choose({}, { network })).rejects.toMatchObject({
      name: 'Failure',
      message: 'smoke-network: bridge no-such-bridge does not exist on this machine',
    });
    await expect(choose({ version: '49.0' }, { network })).rejects.toThrow('too old for this image');
  });

  test('an old release boots what it can open', async () =>
    expect(await choose({ version: '39.0' }, { minCloudHypervisor: '39.0' })).toMatchObject({
      kind: 'cloud-hypervisor',
    }));

  test('an unknown version counts as current, with a warning', async () => {
    expect(await choose({ version: 'nightly' }, { minCloudHypervisor: '51.0' })).toMatchObject({
      kind: 'cloud-hypervisor',
      lines: expect.arrayContaining([
        'warning: Unknown version in the output of cloud-hypervisor --version: "nightly". Assuming a current release',
      ]),
    });
  });
});
