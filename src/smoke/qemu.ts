import { join } from 'node:path';
import { errorMessage, Failure, ToolError } from '../platform/errors.js';
import type { Processes, Running } from '../platform/process/processes.js';
import type { Session } from '../platform/session.js';
import { findFreePort } from './free-port.js';
import { getOverHttp } from './http-get.js';
import type { SmokeVm, MachineDisk, MachineSpec, Vmm } from './machine.js';
import { executeQmp } from './qmp.js';
import { withShortPath } from '../platform/fs/socket-path.js';

export const qemuProgram = 'qemu-system-x86_64';
const serialFile = 'serial.log';
const virtioFile = 'hvc0.log';
const monitorFile = 'qmp.sock';
const portAttempts = 5;
const answerLimitMs = 5_000;
const monitorLimitMs = 30_000;

export type QemuPorts = Pick<Session, 'processes' | 'clock' | 'signal'>;

/** The installed QEMU. */
export interface QemuBuild {
  /** E.g. `7.2.22`. */
  readonly version: string;
  /** Arguments that restrict it to the system calls it needs; none if that is not built in. */
  readonly sandbox: readonly string[];
}

/** Our VMs never need to start programs, change users or set process priorities. */
const sandbox = ['-sandbox', 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny'] as const;

/** If the sandbox is not built in, QEMU fails before it prints its version. Its help is the same in every build. */
export async function readQemu(processes: Processes): Promise<QemuBuild> {
  const read = async (options: readonly string[]): Promise<QemuBuild> => {
    const { stdout } = await processes.run({ argv: [qemuProgram, ...options, '-version'], timeoutMs: 30_000 });
    const version = /version (\d[\w.]*)/.exec(stdout)?.[1];
    if (version === undefined)
      throw new Failure(`no version in the output of ${qemuProgram} -version: ${stdout.split('\n', 1).join()}`);
    return { version, sandbox: options };
  };
  return read(sandbox).catch(async (error: unknown) => {
    if (error instanceof ToolError) return read([]);
    throw error;
  });
}

/** QEMU with user networking: needs no root, and the guest cannot connect to anything outside. */
export function createQemu(accelerator: 'kvm' | 'tcg', build: QemuBuild, ports: QemuPorts): Vmm {
  return {
    kind: 'qemu',
    version: build.version,
    accelerator,
    guestNetwork: { address: '10.0.2.15/24', gateway: '10.0.2.2' },
    start: async (spec) => startOnFreePort(spec, { ...build, accelerator }, ports),
  };
}

type QemuOptions = QemuBuild & { readonly accelerator: 'kvm' | 'tcg' };

async function startOnFreePort(spec: MachineSpec, options: QemuOptions, ports: QemuPorts): Promise<SmokeVm> {
  for (let attempt = 1; ; attempt++) {
    const hostPort = await findFreePort();
    const argv = [
      qemuProgram,
      ...options.sandbox,
      ...qemuArguments(spec, { accelerator: options.accelerator, hostPort }),
    ] as const;
    const running = await ports.processes.start({ argv, cwd: spec.directory });
    try {
      await waitForMonitor(spec, running, ports);
      return toMachine(spec, running, hostPort, ports);
    } catch (error) {
      await running.stop();
      const lostPort = running.tail().some((line) => line.includes('Could not set up host forwarding rule'));
      if (!lostPort || attempt === portAttempts) throw error;
    }
  }
}

/** QEMU's arguments. Paths of sockets and consoles are relative to the VM's directory, which QEMU runs in. */
export function qemuArguments(
  spec: MachineSpec,
  { accelerator, hostPort }: { readonly accelerator: 'kvm' | 'tcg'; readonly hostPort: number },
): readonly string[] {
  return [
    '-name',
    escapeOption(spec.name),
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-no-reboot',
    '-machine',
    'pc',
    ...acceleratorArguments(accelerator, spec.cpus),
    '-m',
    String(spec.memoryMiB),
    '-kernel',
    spec.kernel,
    ...(spec.initramfs === undefined ? [] : ['-initrd', spec.initramfs]),
    '-append',
    spec.cmdline,
    ...consoleArguments,
    ...spec.disks.flatMap(diskArguments),
    ...(spec.network === undefined ? [] : networkArguments(spec.network, hostPort)),
    '-qmp',
    `unix:${monitorFile},server=on,wait=off`,
  ];
}

const consoleArguments = [
  ['-chardev', `file,id=serial,path=${serialFile}`],
  ['-serial', 'chardev:serial'],
  ['-device', 'virtio-serial-pci'],
  ['-chardev', `file,id=virtio,path=${virtioFile}`],
  ['-device', 'virtconsole,chardev=virtio'],
].flat();

function diskArguments(disk: MachineDisk, index: number): readonly string[] {
  const blockDevice = {
    driver: disk.format,
    'node-name': `disk${index}`,
    'read-only': disk.readOnly,
    // What a guest writes here is discarded, so it need not reach the host's disk.
    cache: { 'no-flush': true },
    file: { driver: 'file', filename: disk.path },
  };
  const serial = disk.serial === undefined ? '' : `,serial=${disk.serial}`;
  return ['-blockdev', JSON.stringify(blockDevice), '-device', `virtio-blk-pci,drive=disk${index}${serial}`];
}

function networkArguments(
  { macAddress, guestPort }: NonNullable<MachineSpec['network']>,
  hostPort: number,
): readonly string[] {
  return [
    '-netdev',
    `user,id=net0,restrict=on,ipv6=off,hostfwd=tcp:127.0.0.1:${hostPort}-:${guestPort}`,
    '-device',
    `virtio-net-pci,netdev=net0,mac=${macAddress},romfile=`,
  ];
}

/**
 * An emulated guest's clock counts the instructions it executes, four nanoseconds each. With the host's clock, a busy
 * host slows the guest down so much that systemd gives up waiting for disks after 90 s. It costs no time (measured).
 * With it CPUs take turns, and the guest's kernel hangs when it starts a second one. So the guest gets one.
 */
function acceleratorArguments(accelerator: 'kvm' | 'tcg', cpus: number): readonly string[] {
  return accelerator === 'kvm'
    ? ['-accel', 'kvm', '-cpu', 'host', '-smp', String(cpus)]
    : ['-accel', 'tcg', '-icount', 'shift=2', '-cpu', 'max', '-smp', '1'];
}

/** A comma ends an option's value unless doubled. */
function escapeOption(text: string): string {
  return text.replaceAll(',', ',,');
}

function toMachine(spec: MachineSpec, running: Running, hostPort: number, { signal }: QemuPorts): SmokeVm {
  return {
    kernelConsole: join(spec.directory, serialFile),
    probeConsole: join(spec.directory, virtioFile),
    exited: running.exited,
    tail: () => running.tail(),
    get: async (path, cancel) =>
      getOverHttp({ host: '127.0.0.1', port: hostPort, path, timeoutMs: answerLimitMs }, cancel),
    powerButton: async () => {
      try {
        await executeInMonitor(spec, 'system_powerdown', signal);
      } catch (error) {
        signal.throwIfAborted();
        throw new Failure(`${spec.name}: cannot press the power button: ${errorMessage(error)}`, {
          evidence: running.tail(),
          cause: error,
        });
      }
    },
    stop: async () => {
      await running.stop();
    },
  };
}

/** QEMU is up when its monitor responds. It exits at once if an argument is wrong. */
async function waitForMonitor(spec: MachineSpec, running: Running, { clock, signal }: QemuPorts): Promise<void> {
  const deadline = clock.now() + monitorLimitMs;
  for (;;) {
    const problem = await executeInMonitor(spec, 'query-status', signal).then(() => undefined, errorMessage);
    if (problem === undefined) return;
    const exit = await Promise.race([running.exited, clock.sleep(50, signal).then(() => undefined)]);
    const evidence = running.tail();
    if (exit !== undefined)
      throw new Failure(`QEMU failed to start ${spec.name}: ${evidence.at(-1) ?? 'no output'}`, { evidence });
    if (clock.now() > deadline)
      throw new Failure(`QEMU's monitor does not respond for ${spec.name}: ${problem}`, { evidence });
  }
}

async function executeInMonitor(spec: MachineSpec, command: string, signal: AbortSignal): Promise<void> {
  await withShortPath(spec.directory, monitorFile, async (path) =>
    executeQmp(path, command, AbortSignal.any([signal, AbortSignal.timeout(monitorLimitMs)])),
  );
}
