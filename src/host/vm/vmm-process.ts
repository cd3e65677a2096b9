import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { createApi, type CloudHypervisorApi } from '../../platform/cloud-hypervisor-api.js';
import type { Clock } from '../../platform/clock.js';
import { Failure, hasCode } from '../../platform/errors.js';
import { tryLockFile } from '../../platform/file-lock.js';
import { writeFileAtomically } from '../../platform/files.js';
import type { Processes } from '../../platform/processes.js';
import { identifyProcess, isAlive, type ProcessIdentity } from '../../platform/run-folder.js';
import { vmFiles } from './vm-record.js';

const identitySchema = z.object({ pid: z.int().positive(), startTicks: z.string(), bootId: z.string() });

const apiLimitMs = 5_000;
const lockSeconds = 180;

/** The VMM of the VM in a folder, where it runs: known by its number, its start and this boot of the host, so that it is never another. */
export async function tryFindVmm(folder: string): Promise<ProcessIdentity | undefined> {
  try {
    const identity = identitySchema.parse(JSON.parse(await readFile(join(folder, vmFiles.vmm), 'utf8')));
    return await isAlive(identity) ? identity : undefined;
  } catch {
    return undefined;
  }
}

/** @throws where the process has ended already */
export async function rememberVmm(folder: string, pid: number): Promise<ProcessIdentity> {
  const identity = await identifyProcess(pid);
  await writeFileAtomically(join(folder, vmFiles.vmm), `${JSON.stringify(identity)}\n`);
  return identity;
}

export async function forgetVmm(folder: string): Promise<void> {
  for (const name of [vmFiles.vmm, vmFiles.socket]) await rm(join(folder, name), { force: true });
}

export function vmApi(folder: string, signal: AbortSignal): CloudHypervisorApi {
  return createApi({ folder, socket: vmFiles.socket, limitMs: apiLimitMs }, signal);
}

/** True when the process has ended within the time. */
export async function waitForEnd(vmm: ProcessIdentity, withinMs: number, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const deadline = clock.now() + withinMs;
  while (await isAlive(vmm)) {
    if (clock.now() >= deadline) return false;
    await clock.sleep(50, signal);
  }
  return true;
}

export async function killVmm(vmm: ProcessIdentity, clock: Clock, signal: AbortSignal): Promise<void> {
  try {
    if (await isAlive(vmm)) process.kill(vmm.pid, 'SIGKILL');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw new Failure(`the VMM ${vmm.pid} cannot be ended`, { mend: `sudo kill ${vmm.pid}`, cause: error });
  }
  if (!(await waitForEnd(vmm, 10_000, clock, signal))) throw new Failure(`the VMM ${vmm.pid} does not end`, { mend: 'look at the host: dmesg' });
}

/** Does `work` while no other process starts, stops or deletes the VM in this folder. The lock is the folder itself: none is left behind. */
export async function withVmLock<T>(folder: string, processes: Processes, work: () => Promise<T>): Promise<T> {
  const handle = await open(folder, 'r');
  try {
    if (!(await tryLockFile(handle, lockSeconds, processes))) throw new Failure(`another command has held ${folder} for ${lockSeconds} s`, { mend: `find it: fuser ${folder}` });
    return await work();
  } finally {
    await handle.close();
  }
}
