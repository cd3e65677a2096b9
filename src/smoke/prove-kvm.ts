import { constants } from 'node:fs';
import { access, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorMessage, hasCode } from '../platform/errors.js';
import type { Session } from '../platform/session.js';
import { createConsoleReader } from './console-reader.js';
import { addKvmLine, formatHang, noProgress, type KvmProgress } from './kvm-console.js';
import { createKvmGuest } from './kvm-guest.js';
import type { SmokeVm, Vmm } from './machine.js';

/** How long the proof took, or why KVM cannot be used. */
export type KvmProof =
  | { readonly works: true; readonly elapsedMs: number }
  | { readonly works: false; readonly reason: string };

export interface KvmProofRequest {
  /** `/dev/kvm` */
  readonly device: string;
  /** The VMM with KVM. */
  readonly vmm: Vmm;
  /** For the guest's kernel and the VM's consoles. */
  readonly directory: string;
  /** How long the guest may print nothing. Default: 5 s, or ten times as long as the VMM took to start. */
  readonly limitMs?: number | undefined;
}

type Ports = Pick<Session, 'clock' | 'signal'>;

const leastLimitMs = 5_000;

/**
 * Runs a small guest that does what a kernel does first: see kvm-guest.S. That the device opens proves nothing: on some
 * paravirtual hosts /dev/kvm opens and runs simple guests, but no stock kernel.
 */
export async function proveKvm(request: KvmProofRequest, ports: Ports): Promise<KvmProof> {
  const { device } = request;
  const problem = await findAccessProblem(device);
  if (problem !== undefined) return { works: false, reason: problem };
  try {
    return await runGuest(request, ports);
  } catch (error) {
    ports.signal.throwIfAborted();
    return { works: false, reason: formatVmmError(device, errorMessage(error)) };
  }
}

/** Why this user cannot open the device; undefined if it can. */
export async function findAccessProblem(device: string): Promise<string | undefined> {
  return access(device, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: unknown) => formatAccessError(device, error),
  );
}

async function runGuest(request: KvmProofRequest, ports: Ports): Promise<KvmProof> {
  const directory = join(request.directory, 'kvm-proof');
  // The console of an earlier proof is none of this one.
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const kernel = join(directory, 'guest.elf');
  await writeFile(kernel, createKvmGuest());
  const startedAt = ports.clock.now();
  const machine = await request.vmm.start({
    name: 'kvm-proof',
    directory,
    kernel,
    cmdline: 'console=ttyS0',
    memoryMiB: 64,
    cpus: 1,
    disks: [],
  });
  try {
    // An emulated machine is slow at everything.
    const limitMs = request.limitMs ?? Math.max(leastLimitMs, 10 * (ports.clock.now() - startedAt));
    const problem = await watchGuest(machine, limitMs, ports);
    return problem === undefined
      ? { works: true, elapsedMs: ports.clock.now() - startedAt }
      : { works: false, reason: formatVmmError(request.device, `${request.device} is not usable: ${problem}`) };
  } finally {
    await machine.stop();
  }
}

/** What went wrong; undefined once the guest is done. */
async function watchGuest(machine: SmokeVm, limitMs: number, { clock, signal }: Ports): Promise<string | undefined> {
  const console = createConsoleReader(machine.kernelConsole, 'kvm-proof');
  let progress = noProgress;
  let progressAt = clock.now();
  for (;;) {
    const exit = await Promise.race([machine.exited, clock.sleep(20, signal).then(() => undefined)]);
    const next = (await console.readLines()).reduce(addKvmLine, progress);
    if (next.isDone || next.problem !== undefined) return next.problem;
    if (exit !== undefined) return formatExit(next, machine.tail().at(-1));
    if (next !== progress) progressAt = clock.now();
    progress = next;
    if (clock.now() - progressAt > limitMs) return formatHang(progress, limitMs);
  }
}

function formatExit({ step }: KvmProgress, lastLine = 'no output'): string {
  return `the VMM exited ${step === undefined ? 'at once' : `in "${step}"`}: ${lastLine}`;
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
