import { open, readFile, readlink, realpath, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createApi, type CloudHypervisorApi } from '../../platform/cloud-hypervisor-api.js';
import type { Clock } from '../../platform/clock.js';
import { Failure, hasCode } from '../../platform/errors.js';
import { tryLockFile } from '../../platform/file-lock.js';
import { ifPresent } from '../../platform/files.js';
import type { Log } from '../../platform/log.js';
import type { Processes } from '../../platform/processes.js';
import { identifyProcess, isAlive, parseProcess, type ProcessIdentity } from '../../platform/process-identity.js';
import { vmFiles } from './vm-record.js';

const apiLimitMs = 5_000;
const lockSeconds = 180;

/**
 * The VMM of the VM in a folder, where it runs: known by its number, its start and this boot of the host, so that it is never another.
 * One that was started by hand has left no note: it answers at the VM's socket. @throws Failure where it cannot be told which process that is
 */
export async function tryFindVmm(folder: string, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  const noted = await tryReadNote(folder);
  return noted !== undefined && await isAlive(noted) ? noted : tryAskVmm(folder, signal);
}

async function tryReadNote(folder: string): Promise<ProcessIdentity | undefined> {
  const [stat = '', bootId = ''] = (await ifPresent(readFile(join(folder, vmFiles.vmm), 'utf8')) ?? '').split('\n');
  return bootId === '' ? undefined : parseProcess(stat, bootId);
}

async function tryAskVmm(folder: string, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  const socket = join(folder, vmFiles.socket);
  if (await ifPresent(stat(socket)) === undefined) return undefined;
  try {
    const pid = await vmApi(folder, signal).vmmPid();
    // It says what it is called in its own PID namespace, which may be another.
    if (await readlink(`/proc/${pid}/cwd`) === await realpath(folder)) return await identifyProcess(pid);
    throw new Error(`process ${pid} is another`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && hasCode(error.cause, 'ECONNREFUSED')) return undefined;
    throw new Failure(`what listens at ${socket} cannot be told`, { mend: `end it where it was started: fuser ${socket}`, cause: error });
  }
}

/**
 * Before the child is the VMM it notes itself, with our lock in its hands: whenever we are killed, the next command finds
 * either the note or nothing that runs. A program keeps its process's start: exec(2).
 */
const noteAndStart = `cat /proc/$$/stat /proc/sys/kernel/random/boot_id >${vmFiles.vmm}.part && mv ${vmFiles.vmm}.part ${vmFiles.vmm} && exec "$@" </dev/null >${vmFiles.output} 2>&1 3>&-`;

/** Starts the command in a session of its own that outlives us. The parent-death signal of `Processes` is not inherited by a fork: prctl(2). */
export async function launchVmm(folder: string, [program, ...words]: readonly [string, ...string[]], lock: FileHandle, processes: Processes): Promise<ProcessIdentity> {
  const found = await processes.tryFind(program);
  if (found === undefined) throw new Failure(`${program} is not installed on this host`, { mend: 'install Cloud Hypervisor, in the PATH' });
  // It ends when the child has closed our pipes, which it does when it has noted itself.
  const { stderr } = await processes.run({ argv: ['setsid', '--fork', 'sh', '-c', noteAndStart, 'sh', found, ...words], cwd: folder, files: [lock.fd], timeoutMs: 60_000 });
  const noted = await tryReadNote(folder);
  if (noted !== undefined) return noted;
  throw new Failure(`${program} could not be started in ${folder}`, { evidence: stderr.trim().split('\n') });
}

/** Removes what an earlier VMM has left. */
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

/**
 * Does `work` while no other process starts, stops or deletes the VM in this folder. The lock is the folder itself: none is left behind.
 * @throws Failure where the VM is gone when it comes to us
 */
export async function withVmLock<T>(folder: string, { processes, log }: { readonly processes: Processes; readonly log: Log }, work: (lock: FileHandle) => Promise<T>): Promise<T> {
  const handle = await open(folder, 'r');
  try {
    if (!(await tryLockFile(handle, 0, processes))) {
      log.info(`waiting for another command that works on ${basename(folder)}`);
      if (!(await tryLockFile(handle, lockSeconds, processes))) throw new Failure(`another command has held ${folder} for ${lockSeconds} s`, { mend: `find it: fuser ${folder}` });
    }
    const [locked, now] = await Promise.all([handle.stat(), ifPresent(stat(folder))]);
    if (now?.ino !== locked.ino || now.dev !== locked.dev) throw new Failure(`${basename(folder)} was deleted meanwhile`, { mend: 'ch-golden vm list' });
    return await work(handle);
  } finally {
    await handle.close();
  }
}
