import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, hasCode } from '../platform/errors.js';
import type { Session } from '../platform/session.js';
import { createConsoleReader } from './console-reader.js';
import type { Machine, Vmm } from './machine.js';

/** How long the kernel took to print its first line, or why KVM cannot be used. */
export type KvmProof =
  | { readonly works: true; readonly firstLineMs: number }
  | { readonly works: false; readonly reason: string };

export interface KvmProofRequest {
  /** `/dev/kvm` */
  readonly device: string;
  /** The VMM with KVM. */
  readonly vmm: Vmm;
  /** The image's kernel. */
  readonly kernel: string;
  /** For the VM's consoles. */
  readonly directory: string;
  /** Default: 30 s. A nested, emulated KVM needs more than ten. */
  readonly limitMs?: number | undefined;
}

type Ports = Pick<Session, 'clock' | 'signal'>;

const defaultLimitMs = 30_000;

/**
 * Lets the kernel print its first line on KVM. That the device opens proves nothing: on some paravirtual hosts
 * /dev/kvm opens but runs no stock kernel.
 */
export async function proveKvm(request: KvmProofRequest, ports: Ports): Promise<KvmProof> {
  const { device } = request;
  const problem = await access(device, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: unknown) => formatAccessError(device, error),
  );
  if (problem !== undefined) return { works: false, reason: problem };
  try {
    return await bootKernel(request, ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    return { works: false, reason: formatVmmError(device, errorMessage(error)) };
  }
}

async function bootKernel(request: KvmProofRequest, ports: Ports): Promise<KvmProof> {
  const directory = join(request.directory, 'kvm-proof');
  await mkdir(directory, { recursive: true });
  const startedAt = ports.clock.now();
  const machine = await request.vmm.start({
    name: 'kvm-proof',
    directory,
    kernel: request.kernel,
    // Without a root the kernel panics, after it has shown that it runs.
    cmdline: 'console=ttyS0 earlyprintk=ttyS0 panic=-1',
    memoryMiB: 512,
    cpus: 1,
    disks: [],
  });
  try {
    return await waitForFirstLine(machine, startedAt, request, ports);
  } finally {
    await machine.stop();
  }
}

async function waitForFirstLine(
  machine: Machine,
  startedAt: number,
  { device, limitMs = defaultLimitMs }: KvmProofRequest,
  { clock, signal }: Ports,
): Promise<KvmProof> {
  const console = createConsoleReader(machine.kernelConsole, 'kvm-proof');
  for (;;) {
    const exit = await Promise.race([machine.exited, clock.sleep(50, signal).then(() => undefined)]);
    const lines = await console.readLines();
    if (lines.some((line) => line.includes('Linux version')))
      return { works: true, firstLineMs: clock.now() - startedAt };
    if (exit !== undefined) {
      const lastLine = machine.tail().at(-1) ?? 'no output';
      return { works: false, reason: formatVmmError(device, `the VMM exited at once: ${lastLine}`) };
    }
    if (clock.now() - startedAt > limitMs)
      return { works: false, reason: `${device} is not usable: no kernel output within ${limitMs / 1000} s` };
  }
}

/** Shortens a VMM's failed assertion to its function. Seen with QEMU on hosts that pass on only half of KVM. */
export function formatVmmError(device: string, message: string): string {
  const [, place] = /(\w+): Assertion `.*' failed/.exec(message) ?? [];
  return place === undefined ? message : `${device} is not usable: the VMM failed an assertion in ${place}`;
}

function formatAccessError(device: string, error: unknown): string {
  if (hasCode(error, 'ENOENT')) return `${device} does not exist`;
  return hasCode(error, 'EACCES')
    ? `this user may not open ${device} (run sudo usermod -aG kvm $USER, then log in again)`
    : errorMessage(error);
}
