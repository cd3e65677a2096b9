import { constants } from 'node:fs';
import { open, readFile, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createApi, type CloudHypervisorApi } from '../../vmm/cloud-hypervisor-api.js';
import type { Clock } from '../../platform/clock.js';
import { errorMessage, Failure, hasCode } from '../../platform/errors.js';
import { tryLockFile } from '../../platform/fs/file-lock.js';
import { ifPresent } from '../../platform/fs/files.js';
import { createFileWithin, pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { signalProcess } from '../../platform/process/pidfd.js';
import type { Processes } from '../../platform/process/processes.js';
import {
  identifyProcess,
  isAlive,
  parseProcess,
  type ProcessIdentity,
} from '../../platform/process/process-identity.js';
import type { HostPorts } from '../ports.js';
import { settleSwitch } from './disk-switch.js';
import { connectSerialPort } from './serial-port.js';
import {
  closeToOthers,
  worksIn,
  reachVmm,
  removeSocket,
  tryReadOwnFile,
  withVmDirectory,
  withVmSocket,
} from './vm-files.js';
import { vmFiles } from './vm-record.js';

const apiLimitMs = 5_000;
const lockSeconds = 180;
const sigkill = 9;

/**
 * The VMM of the VM in a directory, if it runs. It is identified by process ID, start time, boot ID and working
 * directory, so it is never confused with a different process. A VMM that was started by hand has no record, but
 * responds at the VM's socket.
 * @throws Failure if the process cannot be identified
 */
export async function tryFindVmm(directory: OwnedDirectory, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  const recorded = await tryReadVmm(directory);
  if (recorded !== undefined && (await isAlive(recorded)) && (await worksIn(directory, recorded.pid))) return recorded;
  return tryIdentifyVmm(directory, signal);
}

async function tryReadVmm(directory: OwnedDirectory): Promise<ProcessIdentity | undefined> {
  const [stat = '', bootId = ''] = ((await tryReadOwnFile(directory, vmFiles.vmm)) ?? '').split('\n');
  return bootId === '' ? undefined : parseProcess(stat, bootId);
}

async function tryIdentifyVmm(directory: OwnedDirectory, signal: AbortSignal): Promise<ProcessIdentity | undefined> {
  const owner = await withVmSocket(directory, async ({ stats }) => Promise.resolve(stats.uid));
  if (owner === undefined) return undefined;
  try {
    // The ID is that of its own PID namespace, and it may lie.
    const vmm = await identifyProcess(await vmApi(directory, signal).vmmPid());
    if ((await worksIn(directory, vmm.pid)) && (await isUserOf(vmm.pid, owner))) return vmm;
    throw new Error(`process ${vmm.pid} is a different program`);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && hasCode(error.cause, 'ECONNREFUSED')) return undefined;
    const socket = join(directory.path, vmFiles.run, vmFiles.socket);
    throw new Failure(
      `cannot identify what listens at the socket of ${basename(directory.path)}: ${errorMessage(error)}`,
      { fix: `stop it, as it was started: fuser ${socket}`, cause: error },
    );
  }
}

/**
 * Whether a process belongs to a user, by real and effective ID. Otherwise a VMM could name another user's process to
 * be killed.
 */
async function isUserOf(pid: number, uid: number): Promise<boolean> {
  const [, real, effective] = /^Uid:\s+(\d+)\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return real === String(uid) && effective === String(uid);
}

/**
 * The child records itself before it becomes the VMM, while it holds the lock. So whenever this process is killed,
 * the next command finds either the record or no VMM. exec(2) keeps a process's start time. `set -C`: existing files
 * are not overwritten.
 */
const recordAndExec = `set -C
cat /proc/$$/stat /proc/sys/kernel/random/boot_id >${vmFiles.vmm}.part && mv ${vmFiles.vmm}.part ${vmFiles.vmm} || exit
exec perl -e "$0" -- "$@" </dev/null >&5 2>&4 3>&- 4>&- 5>&-`;

/**
 * Starts the command in a new session that outlives this process. A fork does not inherit the parent-death signal:
 * prctl(2).
 */
export async function launchVmm(
  directory: OwnedDirectory,
  command: readonly string[],
  processes: Processes,
): Promise<ProcessIdentity> {
  await rm(pathWithin(directory, `${vmFiles.vmm}.part`), { force: true });
  await using output = await createFileWithin(directory, vmFiles.output, { mode: 0o600 });
  await using serial = await openSerialLog(directory);
  // Returns once the child has closed its pipes, which it does after it has recorded itself.
  const { stderr } = await processes.run({
    argv: ['setsid', '--fork', 'sh', '-c', recordAndExec, connectSerialPort, ...command],
    cwd: pathWithin(directory, '.'),
    files: [directory.handle.fd, output.fd, serial.fd],
    timeoutMs: 60_000,
  });
  const recorded = await tryReadVmm(directory);
  if (recorded !== undefined) return recorded;
  throw new Failure(`cannot start Cloud Hypervisor in ${directory.path}`, { evidence: stderr.trim().split('\n') });
}

/** For appending, so that the log can be cut short while the VM runs. */
async function openSerialLog(directory: OwnedDirectory): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  return open(pathWithin(directory, vmFiles.serial), flags);
}

/** Removes what an earlier VMM left. */
export async function forgetVmm(directory: OwnedDirectory): Promise<void> {
  await rm(pathWithin(directory, vmFiles.vmm), { force: true });
  await removeSocket(directory);
}

export function vmApi(directory: OwnedDirectory, signal: AbortSignal): CloudHypervisorApi {
  return createApi({ reach: reachVmm(directory), limitMs: apiLimitMs }, signal);
}

/** @returns false if the process is still running after the time */
export async function waitForExit(
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

/** Kills the VMM of a directory, and nothing else. @throws Failure if it does not exit, or is not that VMM */
export async function killVmm(
  vmm: ProcessIdentity,
  { identity }: OwnedDirectory,
  ports: Omit<HostPorts, 'log'>,
): Promise<void> {
  if (await isAlive(vmm)) await signalProcess({ identity: vmm, directory: identity, signal: sigkill }, ports);
  if (await waitForExit(vmm, 10_000, ports.clock, ports.signal)) return;
  throw new Failure(`VMM process ${vmm.pid} does not exit after SIGKILL`, { fix: 'check the kernel log: dmesg' });
}

type LockPorts = Pick<HostPorts, 'processes' | 'log'>;

/**
 * Does `work` while no other process starts, stops or deletes the VM in this directory. The lock is the directory
 * itself, which other users cannot open, so no lock file is left.
 * @throws Failure if the VM was deleted meanwhile, or other users could have written to it
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
    if (now?.ino === ino && now.dev === dev) {
      // What a command that was killed has left.
      await settleSwitch(directory, ports);
      return work(directory);
    }
    throw new Failure(`${basename(vmPath)} was deleted in the meantime`, { fix: 'ch-golden vm list' });
  });
}

async function lock(handle: FileHandle, vmPath: string, { processes, log }: LockPorts): Promise<void> {
  if (await tryLockFile(handle, 0, processes)) return;
  log.info(`Waiting for another command on ${basename(vmPath)}`);
  if (await tryLockFile(handle, lockSeconds, processes)) return;
  throw new Failure(`another command has held ${vmPath} for ${lockSeconds} s`, { fix: `find it: fuser ${vmPath}` });
}
