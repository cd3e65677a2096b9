import { mkdir, open, rm, stat } from 'node:fs/promises';
import { constants, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SocketReach } from '../../vmm/cloud-hypervisor-api.js';
import { Failure, hasCode } from '../../platform/errors.js';
import { handlePath } from '../../platform/fs/handle-path.js';
import { ifPresent } from '../../platform/fs/files.js';
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
import type { Processes } from '../../platform/process/processes.js';
import type { SystemUser } from '../../platform/process/system-users.js';
import { vmFiles } from './vm-record.js';

/**
 * The directory of a VM is ours; others may only pass through it, not open it. So nobody else can hold its lock, and the user that the
 * VM runs as can neither add files nor replace ours.
 */
const directoryMode = 0o711;
/** Bytes. */
const longestNote = 16 * 1024;

interface Ports {
  readonly processes: Processes;
}

/** Gives `work` the directory of a VM. @throws Failure if it is missing, or somebody else could have put something into it */
export async function withVmDirectory<T>(vmPath: string, work: (directory: OwnedDirectory) => Promise<T>): Promise<T> {
  await assertOwnParent(dirname(vmPath));
  const handle = await openDirectory(vmPath, vmPath).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new Failure(`there is no VM ${basename(vmPath)} in ${dirname(dirname(vmPath))}`, {
      fix: 'ch-golden vm list',
      cause: error,
    });
  });
  return withOwnedDirectory(vmPath, handle, work);
}

/** Others may no longer open a directory that an earlier release, or its administrator, has left open to them. */
export async function closeToOthers({ handle }: OwnedDirectory): Promise<void> {
  if (((await handle.stat()).mode & 0o7777) !== directoryMode) await handle.chmod(directoryMode);
}

/**
 * Gives the files of a VM that does not run to the user that it is to run as, ourselves by default. Its logs and its `run` directory
 * are made anew. @throws Failure if one of them is not a plain file
 */
export async function prepareFiles(
  directory: OwnedDirectory,
  user: SystemUser | undefined,
  ports: Ports,
): Promise<void> {
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const owner: FileOwner = user ?? self;
  await closeToOthers(directory);
  // First: in it the VM's user can make other names of its disk.
  await removeDirectoryTree(pathWithin(directory, vmFiles.run), ports);
  await changeOwnerWithin(directory, vmFiles.disk, { owner, mode: 0o600 });
  // It can hold keys and passwords. The VM's group reads it, and cannot change it.
  const seedMode = user === undefined ? 0o600 : 0o640;
  await changeOwnerWithin(directory, vmFiles.seed, { owner: { uid: self.uid, gid: owner.gid }, mode: seedMode });
  for (const name of [vmFiles.serial, vmFiles.log])
    await (await createFileWithin(directory, name, { owner, mode: 0o600 })).close();
  await mkdir(pathWithin(directory, vmFiles.run), { mode: 0o700 });
  const run = await openDirectory(pathWithin(directory, vmFiles.run), join(directory.path, vmFiles.run));
  try {
    await run.chown(owner.uid, owner.gid);
  } finally {
    await run.close();
  }
}

/**
 * Removes a directory with all that is in it. Not by node's `rm`, which follows a directory that becomes a link while it is at work: a part
 * of it can belong to the user of a VM. Also after a cancel.
 */
export async function removeDirectoryTree(path: string, { processes }: Ports): Promise<void> {
  const argv = ['rm', '-rf', '--one-file-system', '--', basename(path)] as const;
  await processes.run({ argv, cwd: dirname(path), timeoutMs: 120_000, evenAfterCancel: true });
}

/** What a small file of a VM holds, of which we are the only writer; undefined if it is missing. @throws Failure */
export async function tryReadNote(directory: OwnedDirectory, name: string): Promise<string | undefined> {
  const file = await ifPresent(openFileWithin(directory, name));
  try {
    if (file === undefined) return undefined;
    const { uid, size } = await file.stat();
    if (uid === process.geteuid?.() && size <= longestNote) return await file.readFile('utf8');
    throw new Failure(`${join(directory.path, name)} was not written by this user`, { fix: 'move it away' });
  } finally {
    await file?.close();
  }
}

/** The end of a log, which its VMM writes and may have made as long as it likes; empty if there is none. */
export async function readLogEnd(directory: OwnedDirectory, name: string): Promise<string> {
  const file = await openFileWithin(directory, name).catch(() => undefined);
  try {
    if (file === undefined) return '';
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(longestNote),
      0,
      longestNote,
      Math.max(0, size - longestNote),
    );
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file?.close();
  }
}

/** The API socket of a VM. Until now it was in the VM's directory itself. */
export interface VmSocket {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Gives `work` the socket of a VM; undefined if there is none. It lies in a directory of the VM's user: a link there would lead us to the
 * socket of some other program, so what was opened and looked at is what is connected to. @throws Failure if it is not a socket of the VM's
 */
export async function withVmSocket<T>(
  directory: OwnedDirectory,
  work: (socket: VmSocket) => Promise<T>,
): Promise<T | undefined> {
  for (const part of [vmFiles.run, '.']) {
    const run = await ifPresent(openDirectory(pathWithin(directory, part), join(directory.path, part)));
    if (run === undefined) continue;
    try {
      const socket = await ifPresent(
        open(pathWithin({ handle: run }, vmFiles.socket), openPathOnly | constants.O_NOFOLLOW),
      );
      if (socket === undefined) continue;
      try {
        const stats = await socket.stat();
        if (stats.isSocket() && stats.nlink === 1) return await work({ path: handlePath(socket), stats });
        const name = join(directory.path, part, vmFiles.socket);
        throw new Failure(`${name} is not a socket of this VM's`, { fix: 'remove it: links are not followed' });
      } finally {
        await socket.close();
      }
    } finally {
      await run.close();
    }
  }
  return undefined;
}

/** For the API of the VMM in a directory. */
export function reachVmm(directory: OwnedDirectory): SocketReach {
  return async (work) => {
    const answer = await withVmSocket(directory, async ({ path }) => ({ value: await work(path) }));
    if (answer === undefined) throw new Error(`${vmFiles.socket} is missing`);
    return answer.value;
  };
}

/** Removes the socket that an earlier VMM has left. */
export async function removeSocket(directory: OwnedDirectory): Promise<void> {
  for (const part of [vmFiles.run, '.']) {
    const run = await ifPresent(openDirectory(pathWithin(directory, part), join(directory.path, part)));
    if (run === undefined) continue;
    await rm(pathWithin({ handle: run }, vmFiles.socket), { force: true }).finally(async () => run.close());
  }
}

/** Whether a process works in the directory. @throws Failure if we may not know */
export async function isAtWorkIn({ identity }: OwnedDirectory, pid: number): Promise<boolean> {
  try {
    const { dev, ino } = await stat(`/proc/${pid}/cwd`);
    return dev === identity.dev && ino === identity.ino;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ESRCH')) return false;
    throw new Failure(`what process ${pid} is cannot be told: its working directory is hidden from this user`, {
      fix: 'run as root, in a container with CAP_SYS_PTRACE',
      cause: error,
    });
  }
}
