import { lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readQcow2Header } from '../../disk/qcow2-header.js';
import type { DiskFile } from '../../disk/storage-daemon.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { pathExists, writeFileAtomically } from '../../platform/fs/files.js';
import { pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { withHostLock } from '../host-directories.js';
import { rawOptions, toVmLaunch } from '../launch.js';
import type { LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { getLocalVersion } from './create-vm.js';
import {
  dropPrevious,
  nextName,
  preparedRecord,
  previousName,
  scratchDirectory,
  settleSwitch,
  switchToNext,
  switchToPrevious,
  takeDisk,
  tryFindPreviousDisk,
} from './disk-switch.js';
import { assertNotRevokedHere, assertUsableVersion, createVmDisk } from './new-disk.js';
import { assertUserCanStart, startManagedVm } from './start-managed.js';
import { endVm, getVmPath } from './stop-vm.js';
import { assertSafeDisk } from './vm-defects.js';
import { assertVmDisks } from './vm-disk.js';
import { tryReadOwnFile } from './vm-files.js';
import { diskFileOf, readVmRecord, vmDirectory, vmFiles, type VmRecord } from './vm-record.js';
import { tryFindVmm, withVmLock } from './vmm-process.js';

interface VmRequest {
  readonly root: string;
  readonly name: string;
  /** How long the guest may take to power off. */
  readonly timeoutMs: number;
  /** As in `StartRequest`, if it is started again. */
  readonly user?: string | undefined;
  readonly allowedDefects?: readonly string[] | undefined;
}

export interface RecreateRequest extends VmRequest {
  /** A version on this host; by default the one in use. */
  readonly version?: number | undefined;
  readonly allowRevoked?: boolean | undefined;
  /** Absolute paths in the guest whose files the new disk gets. */
  readonly keep: readonly string[];
  /** Remove the old disk once the new VM has responded. */
  readonly dropOld: boolean;
}

/** How a started VM has shown that it works: its daemon responded, or its address is unknown and it runs. */
export type VmProof = 'daemon' | 'running';

/** What was carried over, as the image room counts it. */
interface Carried {
  readonly count: number;
  readonly bytes: number;
  readonly skipped: { readonly count: number; readonly first: readonly string[] };
}

export interface RecreatePorts extends HostPorts {
  /** Copies files of a guest to a new disk. */
  readonly carry: (
    request: {
      readonly from: DiskFile;
      readonly overlay: string;
      readonly paths: readonly string[];
      readonly directory: string;
    },
    ports: Pick<HostPorts, 'processes' | 'log'>,
  ) => Promise<Carried>;
  /** Waits until a VM that has just been started responds. @throws Failure if it does not */
  readonly waitForProof: (vm: VmRecord) => Promise<VmProof>;
}

export interface RecreatedVm {
  readonly name: string;
  readonly image: string;
  /** Versions of the disk before and now. */
  readonly from: number;
  readonly to: number;
  /** False if there was nothing to do. */
  readonly changed: boolean;
  readonly carried?: Carried;
  /** Absent if it was stopped before, and is not started. */
  readonly proof?: VmProof;
  /** The old disk, if it is still there. */
  readonly oldDisk?: string;
}

/**
 * Gives a VM a new disk over a different version, and keeps its name, addresses and seed. The old disk stays until
 * `dropOld`. A command that was killed is resumed by the next one.
 */
export async function recreateVm(request: RecreateRequest, ports: RecreatePorts): Promise<RecreatedVm> {
  const root = resolve(request.root);
  const vmPath = await getVmPath(root, request.name);
  await assertUserCanStart(request, ports);
  const replaced = await withRestart({ ...request, root }, ports, async () =>
    withVmLock(vmPath, ports, async (directory) => {
      try {
        return await replaceDisk(directory, { ...request, root }, ports);
      } catch (error) {
        // Removes the new disk, unless the switch to it was decided.
        await settleSwitch(directory, ports);
        throw error;
      }
    }),
  );
  const proof = await resumeVm({ ...request, root }, ports);
  return finish({ root, request, replaced, proof }, ports);
}

/** Switches a VM back to its previous disk. The disk in use becomes the previous one, so this can be undone, too. */
export async function restoreVm(request: VmRequest, ports: RecreatePorts): Promise<RecreatedVm> {
  const root = resolve(request.root);
  const { name } = request;
  const vmPath = await getVmPath(root, name);
  await assertUserCanStart(request, ports);
  const replaced = await withRestart({ ...request, root }, ports, async () =>
    withVmLock(vmPath, ports, async (directory) => {
      const before = await readVmRecord(root, name);
      if ((await tryFindPreviousDisk(directory)) === undefined)
        throw new Failure(`${name} has no previous disk`, { fix: `create a new one: ch-golden vm recreate ${name}` });
      await assertVmStarts(directory, await readVmRecord(root, name, previousName(vmFiles.record)), request, ports);
      await stopForSwitch(directory, request, ports);
      await takeDisk(directory, before);
      await switchToPrevious(directory, ports);
      return { from: before.version, vm: await readVmRecord(root, name), changed: true };
    }),
  );
  const proof = await resumeVm({ ...request, root }, ports);
  return finish({ root, request: { name, dropOld: false }, replaced, proof }, ports);
}

interface Replaced {
  readonly from: number;
  readonly vm: VmRecord;
  readonly changed: boolean;
  readonly carried?: Carried | undefined;
}

type Located = RecreateRequest & { readonly root: string };

async function replaceDisk(directory: OwnedDirectory, request: Located, ports: RecreatePorts): Promise<Replaced> {
  const { root, name, keep } = request;
  const before = await readVmRecord(root, name);
  const local = await getLocalVersion(root, { image: before.image, version: request.version });
  if (local.version === before.version) return { from: before.version, vm: before, changed: false };
  await assertVmStarts(directory, before, request, ports);
  const launch = toVmLaunch(local, { hostname: name, network: before.network, macAddress: before.macAddress });
  const options = before.disk === 'raw' ? { diskOptions: rawOptions } : {};
  // Its new disk is over the image, whatever its old one is over.
  const vm = withoutUndefined({ ...before, ...launch, ...options, warm: undefined });
  await prepareDisk(directory, vm, { ...request, local }, ports);
  const end = await stopForSwitch(directory, request, ports);
  if (end === 'forced' && keep.length > 0) {
    throw new Failure(`${name} did not power off, so its files cannot be read safely`, {
      fix: `give it more time: --timeout 5m; or stop it by hand: ch-golden vm stop ${name}`,
    });
  }
  await takeDisk(directory, before);
  await assertVmDisks(root, vmDirectory(root, name), before);
  const carried = keep.length === 0 ? undefined : await carryPaths(directory, { vm, keep }, ports);
  await switchToNext(directory, vm, ports);
  return { from: before.version, vm, changed: true, carried };
}

/** One that runs is started again, so it is not stopped if its disks would be refused then. @throws Failure */
async function assertVmStarts(
  directory: OwnedDirectory,
  vm: VmRecord,
  { allowedDefects = [] }: VmRequest,
  ports: HostPorts,
): Promise<void> {
  if ((await tryFindVmm(directory, ports.signal)) !== undefined) await assertSafeDisk(vm, allowedDefects, ports);
}

/** Creates the new disk, of the same kind as the old one, while the VM still runs. */
async function prepareDisk(
  directory: OwnedDirectory,
  vm: VmRecord,
  { root, allowRevoked, local }: Located & { readonly local: LocalVersion },
  ports: HostPorts,
): Promise<void> {
  const file = diskFileOf(vm);
  const size = Math.max(
    await readDiskSize(join(vmDirectory(root, vm.name), file), vm),
    local.manifest.disk.virtualSize,
  );
  const disk = { root, format: vm.disk ?? 'qcow2', size } as const;
  await assertUsableVersion(local, { ...disk, allowRevoked }, ports);
  const scratch = join(directory.path, scratchDirectory);
  await mkdir(scratch, { mode: 0o700 });
  const isRaw = disk.format === 'raw';
  // An overlay's backing file is relative to where it stays.
  const path = join(isRaw ? scratch : directory.path, isRaw ? file : nextName(file));
  await createVmDisk(local, { ...disk, path }, ports);
  // Prune holds this lock, too: it has removed the version before, or sees that the new disk needs it.
  await withHostLock(root, 'switch', ports, async () => {
    await assertNotRevokedHere(await getLocalVersion(root, vm), { root, allowRevoked }, ports);
    await writeFile(join(directory.path, preparedRecord), JSON.stringify(vm), { mode: 0o644 });
  });
  if (isRaw) await rename(path, join(directory.path, nextName(file)));
}

const maxDiskBytes = 64 * 1024 ** 4;
const sectorBytes = 512;

/** The size that a disk has for its guest. Its VMM can have changed it. */
async function readDiskSize(disk: string, { disk: kind }: Pick<VmRecord, 'disk'>): Promise<number> {
  const size = kind === 'raw' ? (await lstat(disk)).size : (await readQcow2Header(disk)).virtualSize;
  if (size <= maxDiskBytes && size % sectorBytes === 0) return size;
  throw new Failure(`${disk} is rejected: its size is ${size} bytes`, { fix: 'restore it from a backup' });
}

interface Carry {
  readonly vm: VmRecord;
  readonly keep: readonly string[];
}

async function carryPaths(directory: OwnedDirectory, { vm, keep }: Carry, ports: RecreatePorts): Promise<Carried> {
  const scratch = join(directory.path, scratchDirectory);
  const files = join(scratch, 'files');
  await mkdir(files, { mode: 0o700 });
  const from = { path: join(directory.path, diskFileOf(vm)), format: vm.disk ?? 'qcow2' } as const;
  const next = join(directory.path, nextName(diskFileOf(vm)));
  const carry = async (overlay: string): Promise<Carried> =>
    ports.carry({ from, overlay, paths: keep, directory: files }, ports);
  try {
    return vm.disk === 'raw' ? await editRaw(next, join(scratch, 'edits.qcow2'), carry, ports) : await carry(next);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isUnclean = error.message.includes('not unmounted cleanly');
    throw new Failure(`cannot keep files of ${vm.name}: ${error.message}`, {
      fix: isUnclean
        ? `start it and power it off: ch-golden vm start ${vm.name}, ch-golden vm stop ${vm.name}`
        : error.fix,
      evidence: error.evidence,
      cause: error,
    });
  }
}

const commitWithinMs = 3600_000;

/** Files are edited in overlays: what such an edit changes is then written to the raw disk. */
async function editRaw<T>(
  raw: string,
  overlay: string,
  edit: (overlay: string) => Promise<T>,
  { processes }: Pick<HostPorts, 'processes'>,
): Promise<T> {
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', raw, overlay] });
  const result = await edit(overlay);
  await processes.run({ argv: ['qemu-img', 'commit', '-q', '-f', 'qcow2', '-d', overlay], timeoutMs: commitWithinMs });
  return result;
}

/** In the VM's directory while a VM that ran is replaced: whoever resumes that starts it again. */
const resumeMark = 'recreate.resume';

async function stopForSwitch(
  directory: OwnedDirectory,
  { timeoutMs }: VmRequest,
  ports: HostPorts,
): Promise<Awaited<ReturnType<typeof endVm>>> {
  if ((await tryFindVmm(directory, ports.signal)) !== undefined)
    await writeFileAtomically(pathWithin(directory, resumeMark), '', 0o600);
  return endVm(directory, timeoutMs, ports);
}

/** Starts a VM again that ran before, and waits until it responds. */
async function resumeVm(
  request: VmRequest & { readonly root: string },
  ports: RecreatePorts,
): Promise<VmProof | undefined> {
  const { root, name } = request;
  const vmPath = vmDirectory(root, name);
  const isDue = await withVmLock(vmPath, ports, async (directory) => tryReadOwnFile(directory, resumeMark));
  if (isDue === undefined) return undefined;
  try {
    const { vm } = await startManagedVm(request, ports);
    const proof = await ports.waitForProof(vm);
    await clearMark(vmPath, ports);
    return proof;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const fix = `go back to its previous disk: ch-golden vm recreate ${name} --undo`;
    throw new Failure(`${name} does not work on its new disk: ${error.message}`, {
      fix: error.fix === undefined ? fix : `${error.fix}; or ${fix}`,
      evidence: error.evidence,
      cause: error,
    });
  }
}

/** If the switch fails, a VM that was stopped for it is started again, on the disk that it has. */
async function withRestart<T>(
  request: VmRequest & { readonly root: string },
  ports: HostPorts,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const vmPath = vmDirectory(request.root, request.name);
    if (!(await pathExists(join(vmPath, resumeMark)))) throw error;
    await startManagedVm(request, ports)
      .then(async () => clearMark(vmPath, ports))
      .catch((problem: unknown) => {
        const fix = `ch-golden vm start ${request.name}`;
        ports.log.warn(`${request.name} is stopped, and was not started again: ${errorMessage(problem)} (fix: ${fix})`);
      });
    throw error;
  }
}

async function clearMark(vmPath: string, ports: HostPorts): Promise<void> {
  await withVmLock(vmPath, ports, async (directory) => rm(pathWithin(directory, resumeMark), { force: true }));
}

interface Finished {
  readonly root: string;
  readonly request: Pick<RecreateRequest, 'name' | 'dropOld'>;
  readonly replaced: Replaced;
  readonly proof: VmProof | undefined;
}

async function finish({ root, request, replaced, proof }: Finished, ports: HostPorts): Promise<RecreatedVm> {
  const { name, dropOld } = request;
  const { from, vm, changed, carried } = replaced;
  const vmPath = vmDirectory(root, name);
  return withVmLock(vmPath, ports, async (directory) => {
    // A VM that was not started has not responded. The next command can drop the disk.
    const mayDrop = dropOld && (proof !== undefined || !changed);
    const isDropped = mayDrop && (await dropPrevious(directory));
    const oldDisk = await tryFindPreviousDisk(directory);
    const { image, version: to } = vm;
    return {
      ...{ name, image, from, to, changed: changed || isDropped || proof !== undefined },
      ...(carried === undefined ? {} : { carried }),
      ...(proof === undefined ? {} : { proof }),
      ...(oldDisk === undefined ? {} : { oldDisk: join(vmPath, oldDisk) }),
    };
  });
}
