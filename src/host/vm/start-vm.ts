import { readFile, rm, type FileHandle } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../platform/clock.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Log } from '../../platform/log.js';
import { toPlainText } from '../../platform/plain-text.js';
import type { Processes } from '../../platform/processes.js';
import { isAlive, type ProcessIdentity } from '../../platform/process-identity.js';
import { tryReadRevokedReason } from '../revoked.js';
import { requireFiles } from './vm-state.js';
import { readVmRecord, vmCommand, vmFiles, vmFolder, type VmRecord } from './vm-record.js';
import { forgetVmm, killVmm, launchVmm, tryFindVmm, vmApi, withVmLock } from './vmm-process.js';

export interface VmPorts {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly log: Log;
}

export interface StartedVm {
  readonly vm: VmRecord;
  readonly pid: number;
  /** False where it ran already. */
  readonly changed: boolean;
}

const readyWithinMs = 30_000;
const evidenceLines = 20;

/** Starts a VM that goes on when we end, and waits until it runs. One that runs already is left as it is. */
export async function startVm({ root, name }: { readonly root: string; readonly name: string }, ports: VmPorts): Promise<StartedVm> {
  const folder = vmFolder(resolve(root), name);
  const vm = await readVmRecord(resolve(root), name);
  // It is started anyway: a VM keeps its version, and its data may be needed.
  const revoked = await tryReadRevokedReason(resolve(root), vm);
  if (revoked !== undefined) ports.log.warn(`REVOKED: ${vm.image}.${vm.version}, the version of ${vm.name}, must not be used: ${revoked}`);
  return withVmLock(folder, ports, async (lock) => {
    const running = await tryFindVmm(folder, ports.signal);
    if (running !== undefined) {
      // A start that was killed may have left it on its way.
      await waitUntilRunning(vm, { folder, vmm: running }, ports);
      return { vm, pid: running.pid, changed: false };
    }
    await requireFiles(folder, vm);
    await forgetVmm(folder);
    return { vm, pid: await launch(vm, { folder, lock }, ports), changed: true };
  });
}

async function launch(vm: VmRecord, { folder, lock }: { readonly folder: string; readonly lock: FileHandle }, ports: VmPorts): Promise<number> {
  for (const name of [vmFiles.log, vmFiles.output]) await rm(join(folder, name), { force: true });
  const vmm = await launchVmm(folder, vmCommand(vm), lock, ports.processes);
  try {
    await waitUntilRunning(vm, { folder, vmm }, ports);
    return vmm.pid;
  } catch (error) {
    await killVmm(vmm, ports.clock, new AbortController().signal);
    await forgetVmm(folder);
    throw error;
  }
}

async function waitUntilRunning(vm: VmRecord, { folder, vmm }: { readonly folder: string; readonly vmm: ProcessIdentity }, { clock, signal }: VmPorts): Promise<void> {
  const api = vmApi(folder, signal);
  const deadline = clock.now() + readyWithinMs;
  for (;;) {
    const state = await api.vmState().catch((error: unknown) => errorMessage(error));
    signal.throwIfAborted();
    if (state === 'Running') return;
    if (!(await isAlive(vmm))) await fail(vm, folder, 'it ended');
    if (clock.now() > deadline) await fail(vm, folder, `it does not run after ${readyWithinMs / 1000} s: ${state}`);
    await clock.sleep(50, signal);
  }
}

async function fail(vm: VmRecord, folder: string, reason: string): Promise<never> {
  const logs = await Promise.all([vmFiles.log, vmFiles.output].map(async (name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  const evidence = logs.flatMap((log) => log.split('\n')).map((line) => toPlainText(line, 500)).filter((line) => line !== '').slice(-evidenceLines);
  throw new Failure(`Cloud Hypervisor did not start ${vm.name}: ${reason}`, { mend: 'ch-golden doctor says what this machine lacks', evidence });
}
