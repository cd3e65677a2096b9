import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Clock } from '../../platform/clock.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Log } from '../../platform/log.js';
import { toPlainText } from '../../platform/plain-text.js';
import type { Detached, Processes } from '../../platform/processes.js';
import { requireFiles } from './vm-state.js';
import { readVmRecord, vmCommand, vmFiles, vmFolder, type VmRecord } from './vm-record.js';
import { forgetVmm, killVmm, rememberVmm, tryFindVmm, vmApi, withVmLock } from './vmm-process.js';

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
  return withVmLock(folder, ports.processes, async () => {
    await requireFiles(folder, vm);
    const running = await tryFindVmm(folder);
    if (running !== undefined) return { vm, pid: running.pid, changed: false };
    await forgetVmm(folder);
    return { vm, pid: await launch(vm, folder, ports), changed: true };
  });
}

async function launch(vm: VmRecord, folder: string, ports: VmPorts): Promise<number> {
  const started = await ports.processes.detach({ argv: vmCommand(vm), cwd: folder }, join(folder, vmFiles.output));
  const vmm = await rememberVmm(folder, started.pid).catch(async () => fail(vm, folder, 'it ended at once'));
  try {
    await waitUntilRunning(vm, { folder, started }, ports);
    return started.pid;
  } catch (error) {
    await killVmm(vmm, ports.clock, new AbortController().signal);
    await forgetVmm(folder);
    throw error;
  }
}

async function waitUntilRunning(vm: VmRecord, { folder, started }: { readonly folder: string; readonly started: Detached }, { clock, signal }: VmPorts): Promise<void> {
  const api = vmApi(folder, signal);
  const ended = started.exited.then(({ code, signal: by }) => `it ended with ${code ?? by ?? 'nothing'}`);
  const deadline = clock.now() + readyWithinMs;
  for (;;) {
    const state = await api.vmState().catch((error: unknown) => errorMessage(error));
    if (state === 'Running') return;
    const end = await Promise.race([ended, clock.sleep(50, signal).then(() => undefined)]);
    if (end !== undefined) await fail(vm, folder, end);
    if (clock.now() > deadline) await fail(vm, folder, `it does not run after ${readyWithinMs / 1000} s: ${state}`);
  }
}

async function fail(vm: VmRecord, folder: string, reason: string): Promise<never> {
  const logs = await Promise.all([vmFiles.log, vmFiles.output].map(async (name) => readFile(join(folder, name), 'utf8').catch(() => '')));
  const evidence = logs.flatMap((log) => log.split('\n')).map((line) => toPlainText(line, 500)).filter((line) => line !== '').slice(-evidenceLines);
  throw new Failure(`Cloud Hypervisor did not start ${vm.name}: ${reason}`, { mend: 'ch-golden doctor says what this machine lacks', evidence });
}
