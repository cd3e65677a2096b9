import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage, Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import { tryReadRevokedReason } from '../revoked.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { withVmDirectory } from './vm-files.js';
import { diskFileOf, readVmRecord, vmFiles, type VmRecord } from './vm-record.js';
import { tryFindVmm, vmApi } from './vmm-process.js';

export interface VmState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'broken';
  /** Why it is broken. */
  readonly problem?: string;
  /** Such as `ubuntu-base.3`. */
  readonly version?: string;
  /** Why that version must not be used, if this host has seen it revoked. */
  readonly revoked?: string;
  /** Size of the VM's disk on the host. */
  readonly diskBytes: number;
  readonly pid?: number;
}

/** Lists all VMs on this host, by name. Directories that `vm create` did not create are listed as broken. */
export async function listVms(root: string, signal = new AbortController().signal): Promise<readonly VmState[]> {
  const sandboxes = join(resolve(root), 'sandboxes');
  const names = ((await ifPresent(readdir(sandboxes))) ?? []).filter((name) => !name.startsWith('.')).sort();
  return Promise.all(names.map(async (name) => readState(resolve(root), name, signal)));
}

async function readState(root: string, name: string, signal: AbortSignal): Promise<VmState> {
  const vmPath = join(root, 'sandboxes', name);
  const common = { name, diskBytes: await measureDisk(vmPath) };
  try {
    return await withVmDirectory(vmPath, async (directory) => {
      const vm = await readVmRecord(root, name);
      const revoked = await tryReadRevokedReason(root, vm);
      const known = withoutUndefined({ ...common, version: `${vm.image}.${vm.version}`, revoked });
      return toState(vm, { directory, known }, signal);
    });
  } catch (error) {
    return { ...common, state: 'broken', problem: errorMessage(error) };
  }
}

/** A directory without a readable record has a size, too. */
async function measureDisk(vmPath: string): Promise<number> {
  const disks = await Promise.all(
    [vmFiles.disk, vmFiles.rawDisk].map(async (name) => stat(join(vmPath, name)).catch(() => undefined)),
  );
  return disks.reduce((bytes, disk) => bytes + (disk?.blocks ?? 0) * 512, 0);
}

interface Known {
  readonly directory: OwnedDirectory;
  readonly known: Pick<VmState, 'name' | 'diskBytes' | 'version' | 'revoked'>;
}

async function toState(vm: VmRecord, { directory, known }: Known, signal: AbortSignal): Promise<VmState> {
  const vmm = await tryFindVmm(directory, signal);
  if (vmm === undefined) {
    await assertFiles(directory.path, vm);
    return { ...known, state: 'stopped' };
  }
  const problem = await vmApi(directory, signal)
    .vmState()
    .then(() => undefined, errorMessage);
  if (problem === undefined) return { ...known, state: 'running', pid: vmm.pid };
  return { ...known, state: 'broken', pid: vmm.pid, problem: `its VMM does not respond: ${problem}` };
}

/** @throws Failure if a file is missing that the VM needs to start */
export async function assertFiles(vmPath: string, vm: VmRecord): Promise<void> {
  for (const path of [
    vm.imagePath,
    vm.kernelPath,
    vm.initramfsPath,
    join(vmPath, diskFileOf(vm)),
    join(vmPath, vmFiles.seed),
  ]) {
    if ((await ifPresent(stat(path))) !== undefined) continue;
    throw new Failure(`${vm.name} needs ${path}, which is missing`, {
      fix: path.startsWith(vmPath)
        ? `create the VM again after: ch-golden vm delete ${vm.name}`
        : `ch-golden pull ${vm.version}`,
    });
  }
}
