import { readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createApi, type CloudHypervisorApi } from '../../vmm/cloud-hypervisor-api.js';
import type { Clock } from '../../platform/clock.js';
import { errorMessage, Failure, hasCode } from '../../platform/errors.js';
import { tryLockFile } from '../../platform/fs/file-lock.js';
import { ifPresent } from '../../platform/fs/files.js';
import type { Log } from '../../platform/progress/log.js';
import { createFileWithin, pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { signalProcess } from '../../platform/process/pidfd.js';
import type { Processes } from '../../platform/process/processes.js';
import {
  identifyProcess,
  isAlive,
  parseProcess,
  type ProcessIdentity,
} from '../../platform/process/process-identity.js';
import {
  closeToOthers,
  isAtWorkIn,
  reachVmm,
  removeSocket,
  tryReadNote,
  withVmDirectory,
  withVmSocket,
} from './vm-files.js';
import { vmFiles } from './vm-record.js';

const apiLimitMs = 5_000;
const lockSeconds = 180;
const sigkill = 9;

/**
 * The VMM of the VM in a directory, if it runs: known by its number, its start and this boot of the host, so that it is never another, and
 * by the directory that it works in. One that was started by hand has left no note: it answers at the VM's socket.
 * @throws Failure if it cannot be told which process that is
 */
export async function tryFindVmm(directory: OwnedDirectory, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  const noted = await tryReadVmm(directory);
  if (noted !== undefined && (await isAlive(noted)) && (await isAtWorkIn(directory, noted.pid))) return noted;
  return tryAskVmm(directory, signal);
}

async function tryReadVmm(directory: OwnedDirectory): Promise<ProcessIdentity | undefined> {
  const [stat = '', bootId = ''] = ((await tryReadNote(directory, vmFiles.vmm)) ?? '').split('\n');
  return bootId === '' ? undefined : parseProcess(stat, bootId);
}

async function tryAskVmm(directory: OwnedDirectory, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  const owner = await withVmSocket(directory, async ({ stats }) => Promise.resolve(stats.uid));
  if (owner === undefined) return undefined;
  try {
    // It says what it is called in its own PID namespace, which may be another; and it may lie.
    const vmm = await identifyProcess(await vmApi(directory, signal).vmmPid());
    if ((await isAtWorkIn(directory, vmm.pid)) && (await isUserOf(vmm.pid, owner))) return vmm;
    throw new Error(`process ${vmm.pid} is another`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && hasCode(error.cause, 'ECONNREFUSED')) return undefined;
    const socket = join(directory.path, vmFiles.run, vmFiles.socket);
    throw new Failure(
      `what listens at the socket of ${basename(directory.path)} cannot be told: ${errorMessage(error)}`,
      {
        fix: `end it where it was started: fuser ${socket}`,
        cause: error,
      },
    );
  }
}

/** Whether a process is one of this user's, by both of its ids: a VMM that names one of somebody else's would have us end it. */
async function isUserOf(pid: number, uid: number): Promise<boolean> {
  const [, real, effective] = /^Uid:\s+(\d+)\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return real === String(uid) && effective === String(uid);
}

/**
 * Before the child is the VMM it notes itself, with our lock in its hands: whenever we are killed, the next command finds
 * either the note or nothing that runs. A program keeps its process's start: exec(2). The files are made by us, or not at all.
 */
const noteAndStart = `set -C
cat /proc/$$/stat /proc/sys/kernel/random/boot_id >${vmFiles.vmm}.part && mv ${vmFiles.vmm}.part ${vmFiles.vmm} || exit
exec "$@" </dev/null >&4 2>&1 3>&- 4>&-`;

/** Starts the command in a session of its own that outlives us. The parent-death signal of `Processes` is not inherited by a fork: prctl(2). */
export async function launchVmm(
  directory: OwnedDirectory,
  command: readonly string[],
  processes: Processes,
): Promise<ProcessIdentity> {
  await rm(pathWithin(directory, `${vmFiles.vmm}.part`), { force: true });
  const output = await createFileWithin(directory, vmFiles.output, { mode: 0o600 });
  try {
    // It ends when the child has closed our pipes, which it does when it has noted itself.
    const { stderr } = await processes.run({
      argv: ['setsid', '--fork', 'sh', '-c', noteAndStart, 'sh', ...command],
      cwd: pathWithin(directory, '.'),
      files: [directory.handle.fd, output.fd],
      timeoutMs: 60_000,
    });
    const noted = await tryReadVmm(directory);
    if (noted !== undefined) return noted;
    throw new Failure(`Cloud Hypervisor could not be started in ${directory.path}`, {
      evidence: stderr.trim().split('\n'),
    });
  } finally {
    await output.close();
  }
}

/** Removes what an earlier VMM has left. */
export async function forgetVmm(directory: OwnedDirectory): Promise<void> {
  await rm(pathWithin(directory, vmFiles.vmm), { force: true });
  await removeSocket(directory);
}

export function vmApi(directory: OwnedDirectory, signal: AbortSignal): CloudHypervisorApi {
  return createApi({ reach: reachVmm(directory), limitMs: apiLimitMs }, signal);
}

/** True when the process has ended within the time. */
export async function waitForEnd(
  vmm: ProcessIdentity,
  withinMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = clock.now() + withinMs;
  while (await isAlive(vmm)) {
    if (clock.now() >= deadline) return false;
    await clock.sleep(50, signal);
  }
  return true;
}

interface KillPorts {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Ends the VMM of a directory, and nothing else. @throws Failure if it does not end, or is not that VMM */
export async function killVmm(vmm: ProcessIdentity, { identity }: OwnedDirectory, ports: KillPorts): Promise<void> {
  if (await isAlive(vmm)) await signalProcess({ identity: vmm, directory: identity, signal: sigkill }, ports);
  if (await waitForEnd(vmm, 10_000, ports.clock, ports.signal)) return;
  throw new Failure(`the VMM ${vmm.pid} does not end`, { fix: 'look at the host: dmesg' });
}

interface LockPorts {
  readonly processes: Processes;
  readonly log: Log;
}

/**
 * Does `work` while no other process starts, stops or deletes the VM in this directory. The lock is the directory itself, which nobody else can
 * open: none is left behind. @throws Failure if the VM is gone when it comes to us, or somebody else could have put something into it
 */
export async function withVmLock<T>(
  vmPath: string,
  ports: LockPorts,
  work: (directory: OwnedDirectory) => Promise<T>,
): Promise<T> {
  return withVmDirectory(vmPath, async (directory) => {
    await closeToOthers(directory);
    await lock(directory.handle, vmPath, ports);
    const now = await ifPresent(stat(vmPath));
    const { dev, ino } = directory.identity;
    if (now?.ino === ino && now.dev === dev) return work(directory);
    throw new Failure(`${basename(vmPath)} was deleted meanwhile`, { fix: 'ch-golden vm list' });
  });
}

async function lock(handle: FileHandle, vmPath: string, { processes, log }: LockPorts): Promise<void> {
  if (await tryLockFile(handle, 0, processes)) return;
  log.info(`waiting for another command that works on ${basename(vmPath)}`);
  if (await tryLockFile(handle, lockSeconds, processes)) return;
  throw new Failure(`another command has held ${vmPath} for ${lockSeconds} s`, { fix: `find it: fuser ${vmPath}` });
}
