import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, type Clock } from '../../../src/platform/clock.js';
import type { Failure } from '../../../src/platform/errors.js';
import { silentLog, type Log } from '../../../src/platform/progress/log.js';
import { chooseVmm } from '../../../src/smoke/choose-vmm.js';
import { createConsoleReader } from '../../../src/smoke/console-reader.js';
import type { SmokeVm, MachineSpec, Vmm } from '../../../src/smoke/machine.js';
import { proveImage, type SmokeRequest } from '../../../src/smoke/prove-image.js';
import { proveKvm, type KvmProof, type KvmProofRequest } from '../../../src/smoke/prove-kvm.js';
import { createQemu, readQemu, type QemuBuild } from '../../../src/smoke/qemu.js';
import type { SmokeReport } from '../../../src/smoke/smoke-report.js';
import { bundles } from '../../fixtures/helpers.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createTinyKernel } from '../../fixtures/tiny-kernel.js';

let directory: string;
let cancel: AbortController;
let ports: {
  readonly processes: ReturnType<typeof createTestProcesses>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly helpers: typeof bundles;
};
const lines: string[] = [];

beforeEach(async () => {
  // A path longer than a socket's can be.
  directory = join(await mkdtemp(join(tmpdir(), 'machines-')), 'a,b '.padEnd(120, 'x'));
  await mkdir(directory);
  cancel = new AbortController();
  lines.length = 0;
  const log = {
    ...silentLog,
    info: (line: string) => lines.push(line),
    warn: (line: string) => lines.push(`warning: ${line}`),
  };
  const processes = createTestProcesses(cancel.signal);
  ports = { processes, clock: systemClock, signal: cancel.signal, log, helpers: bundles };
});
afterEach(async () => {
  cancel.abort(new Error('the test is over'));
  await rm(join(directory, '..'), { recursive: true });
});

async function writeKernel(text: string): Promise<string> {
  const path = join(directory, 'vmlinuz');
  await writeFile(path, createTinyKernel(text));
  return path;
}

let build: QemuBuild;
beforeAll(async () => {
  build = await readQemu(createTestProcesses());
});
const emulation = (): Vmm => createQemu('tcg', build, ports);

describe('QEMU', () => {
  const start = async (change: Partial<MachineSpec> = {}): Promise<SmokeVm> =>
    emulation().start({
      name: 'tiny',
      directory,
      kernel: await writeKernel('Linux version 0-tiny\r\n'),
      cmdline: 'console=ttyS0',
      memoryMiB: 64,
      cpus: 1,
      disks: [],
      network: { macAddress: '52:54:00:c4:00:01', guestPort: 2280 },
      ...change,
    });

  test('has a version', () => expect(build.version).toMatch(/^\d+\.\d+/));

  test('boots a kernel, gives its console, takes the power button, and stops', async () => {
    const machine = await start();
    const console = createConsoleReader(machine.kernelConsole, 'tiny');
    let seen: readonly string[] = [];
    while (seen.length === 0) {
      seen = await console.readLines();
      await systemClock.sleep(50);
    }
    expect(seen).toEqual(['Linux version 0-tiny']);
    await machine.powerButton();
    await machine.powerButton();
    await machine.stop();
    expect(await machine.exited).toBeDefined();
    await expect(machine.powerButton()).rejects.toThrow(/ECONNREFUSED|ENOENT/);
  });

  test('runs behind a filter for system calls', async () => {
    const machine = await start();
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const cwds = await Promise.all(
      pids.map(async (pid) => [pid, await readlink(`/proc/${pid}/cwd`).catch(() => '')] as const),
    );
    const own = cwds.filter(([, cwd]) => cwd === directory);
    expect(own).toHaveLength(1);
    const status = await readFile(`/proc/${own[0]![0]}/status`, 'utf8');
    // 2: SECCOMP_MODE_FILTER, proc_pid_status(5).
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    await machine.stop();
  });

  test('a guest that does not listen does not respond, and a cancel ends the wait', async () => {
    const machine = await start();
    const stop = new AbortController();
    const asked = machine.get('/health', stop.signal);
    setTimeout(() => stop.abort(new Error('enough')), 100);
    await expect(asked).rejects.toThrow();
    await machine.stop();
  });

  test('several VMs at once get different ports', async () => {
    const machines = await Promise.all(
      ['1', '2', '3'].map(async (name) => {
        await mkdir(join(directory, name));
        return start({ name, directory: join(directory, name) });
      }),
    );
    expect(machines).toHaveLength(3);
    await Promise.all(machines.map(async (machine) => machine.stop()));
  });

  test('reports why it does not start', async () => {
    await expect(
      start({ disks: [{ path: join(directory, 'nothing.qcow2'), format: 'qcow2', readOnly: true }] }),
    ).rejects.toMatchObject({
      name: 'Failure',
      message: expect.stringMatching(/QEMU failed to start tiny: .*No such file or directory/),
    });
  });

  test('stops when the run is cancelled', async () => {
    const machine = await start();
    cancel.abort(new Error('cancelled'));
    expect(await machine.exited).toBeDefined();
  });
});

describe('proveKvm', () => {
  /** Emulation stands in for a KVM that works, `/dev/null` for a device that opens. */
  const prove = async (change: Partial<KvmProofRequest> = {}, clock: Clock = systemClock): Promise<KvmProof> =>
    proveKvm({ device: '/dev/null', vmm: emulation(), directory, ...change }, { ...ports, clock });

  /** A VM whose guest prints this and then does nothing. */
  const printing = (text: string): Vmm => ({
    ...emulation(),
    start: async (spec) => emulation().start({ ...spec, kernel: await writeKernel(text) }),
  });

  test('a machine that does what a kernel needs', async () => {
    // Its time never runs out, however busy this machine is.
    const patient: Clock = { now: () => 0, sleep: systemClock.sleep };
    expect(await prove({}, patient)).toEqual({ works: true, elapsedMs: 0 });
    expect(await readFile(join(directory, 'kvm-proof/serial.log'), 'latin1')).toMatch(
      /kvm-proof: cycles 000[0-9a-f]{5}\r\n(.*\r\n)+kvm-proof: wakeup from HLT\r\n(.*\r\n)*kvm-proof: done\r\n$/,
    );
  });

  test('a device that opens but runs nothing', async () => {
    expect(await prove({ vmm: printing('SeaBIOS\r\n'), limitMs: 200 })).toEqual({
      works: false,
      reason: '/dev/null is not usable: no guest output within 0.2 s',
    });
  });

  test('a guest that sees no interrupt, and one that reports a wrong result', async () => {
    // The time is up when the guest has printed its last line, however long this machine takes to get there.
    const seen = (text: string): boolean => {
      const path = join(directory, 'kvm-proof/serial.log');
      return existsSync(path) && readFileSync(path, 'latin1').includes(text);
    };
    let looks = 0;
    // The line is read at the first look after it was printed.
    const clock: Clock = {
      now: () => (seen('timer interrupt\r\n') && ++looks > 4 ? looks * 900 : 0),
      sleep: systemClock.sleep,
    };
    const patient: Clock = { now: () => 0, sleep: systemClock.sleep };
    const hung = '/dev/null is not usable: the guest hung in "timer interrupt" for 0.9 s';
    const timer = 'kvm-proof: CPUID\r\nkvm-proof: timer interrupt\r\n';
    expect(await prove({ vmm: printing(timer), limitMs: 900 }, clock)).toEqual({ works: false, reason: hung });
    expect(await prove({ vmm: printing('kvm-proof: MSRs\r\nkvm-proof: wrong result\r\n') }, patient)).toEqual({
      works: false,
      reason: '/dev/null is not usable: wrong result in "MSRs"',
    });
  });

  test('no device', async () => {
    expect(await prove({ device: join(directory, 'kvm') })).toEqual({
      works: false,
      reason: `${join(directory, 'kvm')} does not exist`,
    });
  });

  test('a VMM that does not start', async () => {
    const vmm: Vmm = { ...emulation(), start: async () => Promise.reject(new Error('ioctl(KVM_CREATE_VM) failed')) };
    expect(await prove({ vmm })).toEqual({
      works: false,
      reason: 'ioctl(KVM_CREATE_VM) failed',
    });
  });

  test('a cancel is not a result', async () => {
    cancel.abort(new Error('cancelled'));
    await expect(prove()).rejects.toThrow('cancelled');
  });
});

describe('chooseVmm', () => {
  const choose = async (change: Partial<Parameters<typeof chooseVmm>[0]> = {}): Promise<Vmm> =>
    chooseVmm(
      {
        vmm: 'auto',
        requireKvm: false,
        network: 'isolated',
        minCloudHypervisor: '50.0',
        kvmDevice: join(directory, 'kvm'),
        directory,
        ...change,
      },
      ports,
    );

  test('warns if it falls back to emulation', async () => {
    expect(await choose()).toMatchObject({ kind: 'qemu', accelerator: 'tcg' });
    expect(lines).toEqual([
      expect.stringMatching(/^Using QEMU \d\S+ without KVM: \S.* does not exist$/),
      expect.stringContaining('warning: No usable KVM'),
    ]);
  });

  test('fails if KVM is required', async () => {
    await expect(choose({ requireKvm: true })).rejects.toMatchObject({
      name: 'Failure',
      message: expect.stringContaining('KVM is required'),
    });
  });

  test('fails if Cloud Hypervisor is required and not installed', async () => {
    const without = { ...ports, processes: { ...ports.processes, tryFind: async () => Promise.resolve(undefined) } };
    const request = {
      vmm: 'cloud-hypervisor',
      requireKvm: false,
      network: 'isolated',
      minCloudHypervisor: '50.0',
      kvmDevice: '/dev/null',
      directory,
    } as const;
    await expect(chooseVmm(request, without)).rejects.toThrow(/^cloud-hypervisor is not on PATH$/);
  });
});

describe('proveImage with a fake kernel', () => {
  const prove = async (text: string, change: Partial<SmokeRequest> = {}, clock = ports.clock): Promise<SmokeReport> => {
    const image = join(directory, 'golden.img');
    await ports.processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', image, '64M'] });
    const kernel = await writeKernel(text);
    await mkdir(join(directory, 'smoke'));
    return proveImage(
      {
        image: { path: image, virtualSize: 64 * 1024 ** 2, minCloudHypervisor: '39.0' },
        kernel,
        initramfs: kernel,
        cmdline: 'console=ttyS0',
        digest: { chunkSize: 4 * 1024 ** 2, chunks: [], sha256: '' },
        daemon: { port: 2280, unit: 'daytona-daemon.service' },
        vmm: 'qemu',
        disk: 'overlay',
        network: 'isolated',
        requireKvm: false,
        healthPath: 'auto',
        timeoutMs: 600_000,
        memoryMiB: 64,
        cpus: 1,
        clones: 2,
        directory: join(directory, 'smoke'),
        ...change,
      },
      { ...ports, clock },
    );
  };
  const left = async (): Promise<readonly string[]> =>
    (await readdir(join(directory, 'smoke'), { recursive: true }))
      .filter((name) => /qcow2$|serial\.log$|\.iso$|machine\.json$/.test(name) && !name.startsWith('kvm-proof'))
      .sort();
  const evidence = [
    'golden.qcow2',
    ...['disk.qcow2', 'machine.json', 'seed.iso', 'serial.log'].flatMap((name) => [
      `smoke-1/${name}`,
      `smoke-2/${name}`,
    ]),
  ];

  test('stops at a fatal line, and leaves evidence of its cause, but no process', async () => {
    const failure = (await prove(
      'Linux version 0\r\n[    1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n',
    ).catch((error: unknown) => error)) as Failure;
    expect(failure.message).toMatch(/^smoke-[12]: the kernel found no root device: .*VFS: Unable to mount root fs/);
    expect(failure.evidence).toContain('Linux version 0');
    // The other one may have been on its way.
    const [failed = '', other = ''] = failure.message.startsWith('smoke-1')
      ? ['smoke-1', 'smoke-2']
      : ['smoke-2', 'smoke-1'];
    expect(evidence).toEqual(expect.arrayContaining([...(await left())]));
    expect(await left()).toEqual(expect.arrayContaining(evidence.filter((name) => !name.startsWith(other))));
    expect(JSON.parse(await readFile(join(directory, 'smoke', failed, 'machine.json'), 'utf8'))).toMatchObject({
      name: failed,
      vmm: { kind: 'qemu' },
      files: { image: join(directory, 'golden.img'), overlay: join(directory, 'smoke', failed, 'disk.qcow2') },
      copied: false,
      daemon: { port: 2280, address: '127.0.0.1' },
    });
    await expect(ports.processes.run({ argv: ['pgrep', '-f', directory] })).rejects.toMatchObject({ exitCode: 1 });
  });

  test('boots an uncompressed copy on request', async () => {
    const panic = 'Linux version 0\r\n[    1.0] Kernel panic - not syncing: no reason\r\n';
    await expect(prove(panic, { disk: 'copy' })).rejects.toThrow('the kernel panicked');
    expect(lines).toContain(`Booting 2 clones of an uncompressed copy of ${join(directory, 'golden.img')}`);
    const { stdout } = await ports.processes.run({
      argv: ['qemu-img', 'info', '--output=json', '-f', 'qcow2', join(directory, 'smoke', 'golden.qcow2')],
    });
    expect(JSON.parse(stdout)).toMatchObject({ 'backing-filename': join(directory, 'smoke', 'copy.qcow2') });
  });

  test('reports what it waited for when the time is up', async () => {
    // The time is up when both kernels have run, however long this machine takes to get there.
    const haveRun = (): boolean => lines.filter((line) => line.includes('kernel running')).length === 2;
    const clock = { ...ports.clock, now: () => ports.clock.now() + (haveRun() ? 3_600_000 : 0) };
    await expect(prove('Linux version 0\r\n', { timeoutMs: 600_000 }, clock)).rejects.toThrow(
      /^smoke-[12]: timed out after \d+ s: the daemon is not healthy/,
    );
  });

  test('is cancelled', async () => {
    const clock = {
      ...ports.clock,
      now: () => {
        if (lines.some((line) => line.includes('kernel running'))) cancel.abort(new Error('cancelled'));
        return ports.clock.now();
      },
    };
    await expect(prove('Linux version 0\r\n', {}, clock)).rejects.toThrow(/^cancelled$/);
    await expect(
      ports.processes.run({ argv: ['pgrep', '-f', directory], evenAfterCancel: true }),
    ).rejects.toMatchObject({
      exitCode: 1,
    });
  });

  test('needs at least one clone', async () => expect(prove('', { clones: 0 })).rejects.toThrow('invalid clones: 0'));
});
