import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRoot } from '../platform/process/privilege-method.js';
import type { ByteRange } from '../platform/byte-range.js';
import { Failure } from '../platform/errors.js';
import { pathExists } from '../platform/fs/files.js';
import { withShortPath } from '../platform/fs/socket-path.js';
import { freeWorkSpaceFix } from '../platform/fs/system-errors.js';
import { withParentDeathSignalInside } from '../platform/process/inside-namespace.js';
import type { Command, Output, Processes, Running } from '../platform/process/processes.js';
import { systemClock, type Clock } from '../platform/clock.js';
import { connectNbd, type NbdDisk } from './nbd-client.js';

/** A file that holds a disk. */
export interface DiskFile {
  readonly path: string;
  readonly format: 'qcow2' | 'raw';
}

/** An open disk. */
export interface OpenDisk extends NbdDisk {
  /** Flushes the disk and stops its server. @throws Failure if that fails: writes may be lost */
  closeDisk(): Promise<void>;
}

/** A disk that tools see as a raw file, and may edit if it was opened for that. */
export interface EditableDisk {
  /** The raw view. It exists only in the private mount namespace in which `run` starts programs. */
  readonly rawPath: string;
  run(command: Command): Promise<Output>;
  /** As `run`, for a program that keeps running. */
  start(command: Command): Promise<Running>;
  /** The path by which this process reaches a path in that namespace. Works for root only. */
  reach(path: string): string;
  close(): Promise<void>;
}

export interface DiskPorts {
  readonly processes: Processes;
  readonly clock?: Clock;
}

/** Options of one `--blockdev`, which QEMU takes as JSON. */
type BlockNode = Readonly<Record<string, unknown>>;

const nodeName = 'disk';
const readyWithinMs = 20_000;
const closeWithinMs = 60_000;
/**
 * QEMU notices a signal that arrives just before it begins to wait only at its next event
 * (storage-daemon/qemu-storage-daemon.c, qemu_system_killed). A second signal is such an event.
 */
const signalAgainMs = 500;

/**
 * Opens a disk for reading, backing files included. Sockets and other temporary files are created below `directory`.
 */
export async function openDisk(file: DiskFile, directory: string, ports: DiskPorts): Promise<OpenDisk> {
  return openOverNbd([diskNode(nodeName, file, { 'read-only': true })], { directory, writable: false }, ports);
}

/** As `openDisk`, for writing to an overlay. */
export async function openWritableDisk(overlay: string, directory: string, ports: DiskPorts): Promise<OpenDisk> {
  return openOverNbd(
    [diskNode(nodeName, { path: overlay, format: 'qcow2' }, { discard: 'unmap' })],
    { directory, writable: true },
    ports,
  );
}

/** The image whose file is the disk of an overlay, as QEMU's options. Writes to the image go to the overlay. */
function imageInOverlay(overlay: string): BlockNode {
  return {
    driver: 'qcow2',
    discard: 'unmap',
    file: { driver: 'qcow2', discard: 'unmap', file: { driver: 'file', filename: overlay } },
  };
}

/** A name by which qemu-img opens the image whose file is the disk of an overlay. */
export function nameImageInOverlay(overlay: string): string {
  return `json:${JSON.stringify(imageInOverlay(overlay))}`;
}

/**
 * Opens the image whose file is the disk of an overlay. Writes are compressed: whole clusters only, into discarded
 * ones. The overlay shows afterwards which bytes of the image's file have changed.
 */
export async function openCompressingDisk(overlay: string, directory: string, ports: DiskPorts): Promise<OpenDisk> {
  const nodes = [
    { 'node-name': 'image', ...imageInOverlay(overlay) },
    { driver: 'compress', 'node-name': nodeName, file: 'image', discard: 'unmap' },
  ];
  return openOverNbd(nodes, { directory, writable: true }, ports);
}

/**
 * Opens an overlay for editing. QEMU exports it as a raw file through FUSE in a private mount namespace, which the
 * kernel removes with the last process in it: nothing stays mounted, however this process ends. With a range, the raw
 * file is only that part of the disk, such as a partition.
 */
export async function openEditableDisk(
  path: string,
  directory: string,
  ports: DiskPorts,
  range?: ByteRange,
): Promise<EditableDisk> {
  return openRawView({ path, directory, isWritable: true, range }, ports);
}

/** As `openEditableDisk`, for tools that only read. Others may read the disk at the same time. */
export async function openRawDisk(path: string, directory: string, ports: DiskPorts): Promise<EditableDisk> {
  return openRawView({ path, directory, isWritable: false, range: undefined }, ports);
}

interface RawView {
  readonly path: string;
  readonly directory: string;
  readonly isWritable: boolean;
  readonly range: ByteRange | undefined;
}

async function openRawView({ path, directory, isWritable, range }: RawView, ports: DiskPorts): Promise<EditableDisk> {
  const rawPath = join(directory, 'disk.raw');
  await writeFile(rawPath, '');
  const fuse =
    `type=fuse,id=raw,node-name=${nodeName},mountpoint=${escapeCommas(rawPath)},` +
    `writable=${isWritable ? 'on' : 'off'},growable=off`;
  const image = diskNode(
    range === undefined ? nodeName : 'image',
    { path, format: 'qcow2' },
    isWritable ? { discard: 'unmap' } : { 'read-only': true },
  );
  const part =
    range === undefined
      ? []
      : [{ driver: 'raw', 'node-name': nodeName, file: 'image', offset: range.start, size: range.length }];
  const server = await startServer(
    {
      directory,
      prefix: ['unshare', ...namespaceFlags(), '--'],
      arguments: [...[image, ...part].flatMap((node) => ['--blockdev', JSON.stringify(node)]), '--export', fuse],
    },
    ports,
  );
  const inside = async (command: Command): Promise<Command> => ({
    ...command,
    argv: [...enterNamespace(server.pid), ...(await withParentDeathSignalInside(command.argv, ports.processes))],
  });
  return {
    rawPath,
    reach: (place) => `/proc/${server.pid}/root${place}`,
    run: async (command) => ports.processes.run(await inside(command)),
    start: async (command) => ports.processes.start(await inside(command)),
    close: server.close,
  };
}

function namespaceFlags(): readonly string[] {
  return isRoot() ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
}

function enterNamespace(pid: number): readonly [string, ...string[]] {
  const flags = isRoot() ? ['--mount'] : ['--user', '--preserve-credentials', '--mount'];
  return ['nsenter', `--target=${pid}`, ...flags, '--'];
}

async function openOverNbd(
  nodes: readonly BlockNode[],
  options: { readonly directory: string; readonly writable: boolean },
  ports: DiskPorts,
): Promise<OpenDisk> {
  const server = await startServer(
    {
      directory: options.directory,
      prefix: [],
      arguments: [...nodes.flatMap((node) => ['--blockdev', JSON.stringify(node)]), ...nbdExport(options.writable)],
    },
    ports,
  );
  try {
    const { clock = systemClock } = ports;
    const disk = await withShortPath(server.directory, 'nbd.sock', async (path) =>
      connectNbd(path, nodeName, { clock }),
    );
    const closeDisk = async (): Promise<void> => {
      disk.close();
      await server.close();
    };
    return { ...disk, closeDisk };
  } catch (error) {
    await server.close();
    throw error;
  }
}

function diskNode(name: string, file: DiskFile, options: BlockNode): BlockNode {
  return { driver: file.format, 'node-name': name, file: { driver: 'file', filename: file.path }, ...options };
}

function nbdExport(writable: boolean): readonly string[] {
  return [
    '--nbd-server',
    'addr.type=unix,addr.path=nbd.sock',
    '--export',
    `type=nbd,id=blocks,node-name=${nodeName},name=${nodeName},writable=${writable ? 'on' : 'off'}`,
  ];
}

/** QEMU's option syntax doubles commas. */
function escapeCommas(value: string): string {
  return value.replaceAll(',', ',,');
}

interface ServerRequest {
  readonly directory: string;
  readonly prefix: readonly string[];
  readonly arguments: readonly string[];
}

interface Server {
  readonly pid: number;
  readonly directory: string;
  close(): Promise<void>;
}

/** Starts the server and waits until all its exports are available. */
async function startServer(request: ServerRequest, ports: DiskPorts): Promise<Server> {
  const directory = await mkdtemp(join(request.directory, 'disk-'));
  const pidFile = join(directory, 'pid');
  const daemon = await withParentDeathSignalInside(
    ['qemu-storage-daemon', ...request.arguments, '--pidfile', pidFile],
    ports.processes,
  );
  const [program = '', ...rest]: readonly string[] = [...request.prefix, ...daemon];
  const server = await ports.processes.start({ argv: [program, ...rest], cwd: directory });
  try {
    await waitForFile(pidFile, server, ports.clock ?? systemClock);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { pid: server.pid, directory, close: async () => closeServer(server, directory) };
}

/** The server writes its PID file once all exports are available (qemu-storage-daemon(1), --pidfile). */
async function waitForFile(path: string, server: Running, clock: Clock): Promise<void> {
  let hasExited = false as boolean;
  void server.exited.then(() => {
    hasExited = true;
  });
  const deadline = clock.now() + readyWithinMs;
  while (!(await pathExists(path))) {
    if (hasExited) throw serverFailure(server.tail());
    if (clock.now() > deadline) {
      throw new Failure(`qemu-storage-daemon did not open the disk within ${readyWithinMs / 1000} s`, {
        evidence: server.tail(),
      });
    }
    await clock.sleep(5);
  }
}

async function closeServer(server: Running, directory: string): Promise<void> {
  const exit = await server.stop(closeWithinMs, signalAgainMs);
  if (exit.code !== 0) {
    throw new Failure('qemu-storage-daemon did not close the disk cleanly', { evidence: server.tail() });
  }
  await rm(directory, { recursive: true, force: true });
}

function serverFailure(tail: readonly string[]): Failure {
  const text = tail.join('\n');
  if (/unshare.*(Operation not permitted|Permission denied)/.test(text)) {
    return new Failure('this user may not create a user namespace, which driver inject needs', {
      fix: 'sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04), or run as root',
      evidence: tail,
    });
  }
  if (/fuse/i.test(text)) {
    return new Failure('/dev/fuse is not usable, which driver inject needs', {
      fix: 'sudo apt-get install fuse3 && sudo udevadm trigger --name-match=fuse',
      evidence: tail,
    });
  }
  // The only file that QEMU writes there; it does not report why that failed.
  if (text.includes('Failed to write pid file'))
    return new Failure('the disk is full: qemu-storage-daemon could not write its PID file', {
      fix: freeWorkSpaceFix,
      evidence: tail,
    });
  return new Failure('qemu-storage-daemon could not open the disk', { evidence: tail });
}
