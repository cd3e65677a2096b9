import { lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { constants, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SocketReach } from '../../vmm/cloud-hypervisor-api.js';
import { Failure, hasCode } from '../../platform/errors.js';
import { handlePath } from '../../platform/fs/handle-path.js';
import { ifPresent, readFully } from '../../platform/fs/files.js';
import {
  assertOwnParent,
  changeOwnerWithin,
  createFileWithin,
  openDirectory,
  openFileWithin,
  openPathOnly,
  pathWithin,
  withOwnedDirectory,
  type FileOwner,
  type OwnedDirectory,
} from '../../platform/fs/owned-directory.js';
import type { SystemUser } from '../../platform/process/system-users.js';
import type { HostPorts } from '../ports.js';
import { vmFiles } from './vm-record.js';

/**
 * Other users can only pass through the directory of a VM, not open it. So they cannot hold its lock, and the user
 * that the VM runs as can neither add nor replace files in it.
 */
const directoryMode = 0o711;
const smallFileBytes = 16 * 1024;

/** Gives `work` the directory of a VM. @throws Failure if it is missing, or other users could have written to it */
export async function withVmDirectory<T>(vmPath: string, work: (directory: OwnedDirectory) => Promise<T>): Promise<T> {
  await assertOwnParent(dirname(vmPath));
  const handle = await openDirectory(vmPath, vmPath).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new Failure(`no VM ${basename(vmPath)} in ${dirname(dirname(vmPath))}`, {
      fix: 'ch-golden vm list',
      cause: error,
    });
  });
  return withOwnedDirectory(vmPath, handle, work);
}

/** Closes a directory that an earlier release, or an administrator, left open to other users. */
export async function closeToOthers({ handle }: OwnedDirectory): Promise<void> {
  if (((await handle.stat()).mode & 0o7777) !== directoryMode) await handle.chmod(directoryMode);
}

/**
 * Gives the files of a stopped VM to the user that it will run as, by default that of this process, and recreates its
 * logs and its `run` directory.
 * @param disk its name in the directory
 * @throws Failure if one of them is not a plain file
 */
export async function prepareFiles(
  directory: OwnedDirectory,
  user: SystemUser | undefined,
  ports: Pick<HostPorts, 'processes'>,
  disk: string = vmFiles.disk,
): Promise<void> {
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const owner: FileOwner = user ?? self;
  await closeToOthers(directory);
  // First: in it, the VM's user can create hard links to its disk.
  const run = pathWithin(directory, vmFiles.run);
  if ((await ifPresent(lstat(run))) !== undefined) await removeDirectoryTree(run, ports);
  await changeOwnerWithin(directory, disk, { owner, mode: 0o600 });
  // It can contain keys and passwords. The VM's group can read it, but not change it.
  const seedMode = user === undefined ? 0o600 : 0o640;
  await changeOwnerWithin(directory, vmFiles.seed, { owner: { uid: self.uid, gid: owner.gid }, mode: seedMode });
  for (const name of [vmFiles.serial, vmFiles.log])
    await (await createFileWithin(directory, name, { owner, mode: 0o600 })).close();
  await mkdir(run, { mode: 0o700 });
  await using handle = await openDirectory(run, join(directory.path, vmFiles.run));
  await handle.chown(owner.uid, owner.gid);
}

/** Keeps the log of a VM that is about to start again: it may show why the VM stopped. */
export async function keepPreviousLog(directory: OwnedDirectory): Promise<void> {
  const stats = await ifPresent(lstat(pathWithin(directory, vmFiles.serial)));
  if (stats?.isFile() === true && stats.size > 0)
    await rename(pathWithin(directory, vmFiles.serial), pathWithin(directory, vmFiles.previousSerial));
}

/**
 * Removes a directory tree, also after a cancel. Not with Node's `rm`: that follows a directory that becomes a link
 * meanwhile, and parts of the tree can belong to the user of a VM.
 */
export async function removeDirectoryTree(path: string, ports: Pick<HostPorts, 'processes'>): Promise<void> {
  await removeWithin(dirname(path), [basename(path)], ports);
}

/** The same for several files and directories in one. */
export async function removeWithin(
  directory: string,
  names: readonly string[],
  { processes }: Pick<HostPorts, 'processes'>,
): Promise<void> {
  const argv = ['rm', '-rf', '--one-file-system', '--', ...names] as const;
  await processes.run({ argv, cwd: directory, timeoutMs: 120_000, evenAfterCancel: true });
}

/** Reads a small file of a VM that only this user writes; undefined if it is missing. @throws Failure */
export async function tryReadOwnFile(directory: OwnedDirectory, name: string): Promise<string | undefined> {
  await using file = await ifPresent(openFileWithin(directory, name));
  if (file === undefined) return undefined;
  const { uid, size } = await file.stat();
  if (uid === process.geteuid?.() && size <= smallFileBytes) return await file.readFile('utf8');
  throw new Failure(`${join(directory.path, name)} was not written by this user`, { fix: 'move it away' });
}

/** Reads the end of a log, which its VMM can make arbitrarily long; empty if there is none. */
export async function readLogEnd(directory: OwnedDirectory, name: string): Promise<string> {
  await using file = await openFileWithin(directory, name).catch(() => undefined);
  if (file === undefined) return '';
  const { size } = await file.stat();
  return String(await readFully(file, Buffer.alloc(smallFileBytes), Math.max(0, size - smallFileBytes)));
}

/** Where a VM's socket can be: an earlier release had it in the VM's directory itself. */
const socketDirectories = [vmFiles.run, '.'] as const;

/** The API socket of a VM. */
export interface VmSocket {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Gives `work` the socket of a VM; undefined if there is none. Its directory belongs to the VM's user, who could
 * replace it by a link to another program's socket: so it is opened, checked, and connected to through that handle.
 * @throws Failure if it is not a socket of the VM
 */
export async function withVmSocket<T>(
  directory: OwnedDirectory,
  work: (socket: VmSocket) => Promise<T>,
): Promise<T | undefined> {
  for (const part of socketDirectories) {
    await using run = await ifPresent(openDirectory(pathWithin(directory, part), join(directory.path, part)));
    if (run === undefined) continue;
    const flags = openPathOnly | constants.O_NOFOLLOW;
    await using socket = await ifPresent(open(pathWithin({ handle: run }, vmFiles.socket), flags));
    if (socket === undefined) continue;
    const stats = await socket.stat();
    if (stats.isSocket() && stats.nlink === 1) return await work({ path: handlePath(socket), stats });
    const name = join(directory.path, part, vmFiles.socket);
    throw new Failure(`${name} is not a socket of this VM`, { fix: 'remove it: links are not followed' });
  }
  return undefined;
}

/** Reaches the API of the VMM in a directory. */
export function reachVmm(directory: OwnedDirectory): SocketReach {
  return async (work) => {
    const result = await withVmSocket(directory, async ({ path }) => ({ value: await work(path) }));
    if (result === undefined) throw new Error(`${vmFiles.socket} is missing`);
    return result.value;
  };
}

/** Removes the socket that an earlier VMM left. */
export async function removeSocket(directory: OwnedDirectory): Promise<void> {
  for (const part of socketDirectories) {
    await using run = await ifPresent(openDirectory(pathWithin(directory, part), join(directory.path, part)));
    if (run !== undefined) await rm(pathWithin({ handle: run }, vmFiles.socket), { force: true });
  }
}

/** Whether the directory is the working directory of a process. @throws Failure if that is hidden from this user */
export async function worksIn({ identity }: OwnedDirectory, pid: number): Promise<boolean> {
  try {
    const { dev, ino } = await stat(`/proc/${pid}/cwd`);
    return dev === identity.dev && ino === identity.ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return false;
    throw new Failure(`cannot identify process ${pid}: its working directory is hidden from this user`, {
      fix: 'run as root; in a container, with CAP_SYS_PTRACE',
      cause: error,
    });
  }
}
