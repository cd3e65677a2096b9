import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { errorMessage, hasCode } from '../platform/errors.js';
import { createConsoleReader } from './console-reader.js';
import type { Vmm } from './machine.js';

/** What the proof found: how long the kernel took to its first line, or why KVM is no use here. */
export type KvmProof =
  | { readonly works: true; readonly firstLineMs: number }
  | { readonly works: false; readonly reason: string };

export interface KvmProofRequest {
  /** `/dev/kvm` */
  readonly device: string;
  /** The VMM with KVM. */
  readonly vmm: Vmm;
  /** The image's own kernel. */
  readonly kernel: string;
  /** For the machine's consoles. */
  readonly directory: string;
  /** By default 30 s: a nested, emulated KVM needs more than ten, and where KVM does not work the boot that follows takes minutes. */
  readonly limitMs?: number;
}

const usualLimitMs = 30_000;

/**
 * Lets the kernel print its first line on KVM. A device that opens proves nothing: there are paravirtual
 * hosts whose /dev/kvm opens and runs no stock kernel.
 */
export async function proveKvm(
  { device, vmm, kernel, directory, limitMs = usualLimitMs }: KvmProofRequest,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<KvmProof> {
  const refusal = await access(device, constants.R_OK | constants.W_OK).then(
    () => undefined,
    (error: unknown) => formatRejection(device, error),
  );
  if (refusal !== undefined) return { works: false, reason: refusal };
  const machineDirectory = join(directory, 'kvm-proof');
  await mkdir(machineDirectory, { recursive: true });
  const startedAt = clock.now();
  try {
    // The kernel finds no root and panics, after it has shown that it runs.
    const cmdline = 'console=ttyS0 earlyprintk=ttyS0 panic=-1';
    const machine = await vmm.start({
      name: 'kvm-proof',
      directory: machineDirectory,
      kernel,
      cmdline,
      memoryMiB: 512,
      cpus: 1,
      disks: [],
    });
    try {
      const console = createConsoleReader(machine.kernelConsole, 'kvm-proof');
      for (;;) {
        const exit = await Promise.race([machine.exited, clock.sleep(50, signal).then(() => undefined)]);
        const lines = await console.readLines();
        if (lines.some((line) => line.includes('Linux version')))
          return { works: true, firstLineMs: clock.now() - startedAt };
        if (exit !== undefined)
          return {
            works: false,
            reason: formatEnd(device, `the machine ended at once: ${machine.tail().at(-1) ?? 'without a word'}`),
          };
        if (clock.now() - startedAt > limitMs) {
          return {
            works: false,
            reason: `${device} opens, but the kernel printed nothing on it within ${limitMs / 1000} s`,
          };
        }
      }
    } finally {
      await machine.stop();
    }
  } catch (error) {
    signal.throwIfAborted();
    return { works: false, reason: formatEnd(device, errorMessage(error)) };
  }
}

/** Of a VMM's failed assertion a reader needs no path and no condition: seen with QEMU where a host passes on half of KVM. */
export function formatEnd(device: string, words: string): string {
  const [, place] = /(\w+): Assertion `.*' failed/.exec(words) ?? [];
  return place === undefined ? words : `${device} opens, but the VMM gave up on it (its own check in ${place} failed)`;
}

function formatRejection(device: string, error: unknown): string {
  if (hasCode(error, 'ENOENT')) return `there is no ${device}`;
  return hasCode(error, 'EACCES')
    ? `this user may not open ${device} (sudo usermod -aG kvm $USER, then log in again)`
    : errorMessage(error);
}
