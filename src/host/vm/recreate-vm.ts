import { mkdir, realpath, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { readQcow2Header } from '../../disk/qcow2-header.js';
import type { DiskFile } from '../../disk/storage-daemon.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { pathExists, writeFileAtomically } from '../../platform/fs/files.js';
import { pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { assertOverlaySupport } from '../check-host.js';
import { withHostLock } from '../host-directories.js';
import { overlayCommand, toLaunch } from '../launch.js';
import type { LocalVersion } from '../local-versions.js';
import type { HostPorts } from '../ports.js';
import { assertNotRevoked, tryGetLocalRevocation } from '../revoked.js';
import { readSeen } from '../seen-file.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyLocal } from '../version-signatures.js';
import { getVersion } from './create-vm.js';
import {
  dropPrevious,
  hasPrevious,
  nextName,
  previousName,
  scratchDirectory,
  settleSwitch,
  switchToNext,
  switchToPrevious,
  takeDisk,
} from './disk-switch.js';
import { startVm } from './start-vm.js';
import { endVm, getVmPath } from './stop-vm.js';
import { assertVmDisks } from './vm-disk.js';
import { tryReadOwnFile } from './vm-files.js';
import { readVmRecord, vmDirectory, vmFiles, type VmRecord } from './vm-record.js';
import { tryFindVmm, withVmLock } from './vmm-process.js';

interface VmRequest {
  readonly root: string;
  readonly name: string;
  /** How long the guest may take to power off. */
  readonly timeoutMs: number;
  /** As in `StartRequest`, if it is started again. */
  readonly user?: string | undefined;
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
  const replaced = await withRestart({ ...request, root }, ports, async () =>
    withVmLock(vmPath, ports, async (directory) => {
      const before = await readVmRecord(root, name);
      if (!(await hasPrevious(directory)))
        throw new Failure(`${name} has no previous disk`, { fix: `create a new one: ch-golden vm recreate ${name}` });
      await readVmRecord(root, name, previousName(vmFiles.record));
      await stopForSwitch(directory, request, ports);
      await takeDisk(directory);
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
  const local = await prepareDisk(directory, before, request, ports);
  if (local === undefined) return { from: before.version, vm: before, changed: false };
  const end = await stopForSwitch(directory, request, ports);
  if (end === 'forced' && keep.length > 0) {
    throw new Failure(`${name} did not power off, so its files cannot be read safely`, {
      fix: `give it more time: --timeout 5m; or stop it by hand: ch-golden vm stop ${name}`,
    });
  }
  await takeDisk(directory);
  await assertVmDisks(root, vmDirectory(root, name), before);
  const carried = keep.length === 0 ? undefined : await carryPaths(directory, request, ports);
  // Its new disk is over the image, whatever its old one is over.
  const vm = withoutUndefined({ ...before, ...toLaunch(local), warm: undefined });
  await switchToNext(directory, vm, ports);
  return { from: before.version, vm, changed: true, carried };
}

/** Creates the new disk while the VM still runs. @returns undefined if the VM is on the version already */
async function prepareDisk(
  directory: OwnedDirectory,
  before: VmRecord,
  { root, version, allowRevoked, name }: Located,
  ports: HostPorts,
): Promise<LocalVersion | undefined> {
  // Prune holds this lock, too, so the version is not removed before its new disk shows that it is needed.
  return withHostLock(root, 'switch', ports, async () => {
    const local = await getVersion(root, { image: before.image, version });
    if (local.version === before.version) return undefined;
    const revocation = tryGetLocalRevocation(await readSeen(root, local.image), local);
    assertNotRevoked({ ...local, revocation, allowRevoked }, ports.log);
    await verifyLocal(root, local);
    const header = await assertVersionFiles(local);
    const size = await findDiskSize(join(vmDirectory(root, name), vmFiles.disk), header.virtualSize);
    await assertOverlaySupport(local.manifest, { isLarger: size > header.virtualSize, header }, ports);
    const backing = relative(await realpath(directory.path), await realpath(toLaunch(local).imagePath));
    const disk = join(directory.path, nextName(vmFiles.disk));
    await ports.processes.run({ argv: [...overlayCommand(backing, disk), String(size)] });
    return local;
  });
}

const maxDiskBytes = 64 * 1024 ** 4;

/** As large as the old disk, whose header its VMM can have changed, and at least as large as the image. */
async function findDiskSize(disk: string, imageSize: number): Promise<number> {
  const { virtualSize } = await readQcow2Header(disk);
  if (virtualSize <= maxDiskBytes) return Math.max(virtualSize, imageSize);
  throw new Failure(`${disk} is rejected: its size is ${virtualSize} bytes`, { fix: 'restore it from a backup' });
}

async function carryPaths(directory: OwnedDirectory, { name, keep }: Located, ports: RecreatePorts): Promise<Carried> {
  const scratch = join(directory.path, scratchDirectory);
  await mkdir(scratch, { mode: 0o700 });
  const from = { path: join(directory.path, vmFiles.disk), format: 'qcow2' } as const;
  const overlay = join(directory.path, nextName(vmFiles.disk));
  try {
    return await ports.carry({ from, overlay, paths: keep, directory: scratch }, ports);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const isUnclean = error.message.includes('not unmounted cleanly');
    throw new Failure(`cannot keep files of ${name}: ${error.message}`, {
      fix: isUnclean ? `start it and power it off: ch-golden vm start ${name}, ch-golden vm stop ${name}` : error.fix,
      evidence: error.evidence,
      cause: error,
    });
  }
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
    const { vm } = await startVm(request, ports);
    const proof = await ports.waitForProof(vm);
    await clearMark(vmPath, ports);
    return proof;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const fix = `go back to its previous disk: ch-golden vm recreate ${name} --undo`;
    throw new Failure(`${name} has a new disk, but does not work with it: ${error.message}`, {
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
    await startVm(request, ports)
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
    const oldDisk = (await hasPrevious(directory)) ? join(vmPath, previousName(vmFiles.disk)) : undefined;
    const { image, version: to } = vm;
    return {
      ...{ name, image, from, to, changed: changed || isDropped || proof !== undefined },
      ...(carried === undefined ? {} : { carried }),
      ...(proof === undefined ? {} : { proof }),
      ...(oldDisk === undefined ? {} : { oldDisk }),
    };
  });
}
