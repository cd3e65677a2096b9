import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage, Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import { tryReadRevokedReason } from '../revoked.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { withVmDirectory } from './vm-files.js';
import { readVmRecord, vmFiles, type VmRecord } from './vm-record.js';
import { tryFindVmm, vmApi } from './vmm-process.js';

/** A VM on this host. */
export interface VmState {
  readonly name: string;
  readonly state: 'running' | 'stopped' | 'broken';
  /** Why it is broken. */
  readonly problem?: string;
  /** Such as `ubuntu-base.3`. */
  readonly version?: string;
  /** Why that version must not be used, if this host has seen it revoked. */
  readonly revoked?: string;
  /** Bytes that the disk takes on the host. */
  readonly diskBytes: number;
  readonly pid?: number;
}

/** All VMs on this host, by name. Directories that `vm create` has not made, as the guide's, are listed as broken. */
export async function listVms(root: string, signal = new AbortController().signal): Promise<readonly VmState[]> {
  const sandboxes = join(resolve(root), 'sandboxes');
  const names = ((await ifPresent(readdir(sandboxes))) ?? []).filter((name) => !name.startsWith('.')).sort();
  return Promise.all(names.map(async (name) => readState(resolve(root), name, signal)));
}

async function readState(root: string, name: string, signal: AbortSignal): Promise<VmState> {
  const vmPath = join(root, 'sandboxes', name);
  const disk = await ifPresent(stat(join(vmPath, vmFiles.disk))).catch(() => undefined);
  const common = { name, diskBytes: (disk?.blocks ?? 0) * 512 };
  try {
    return await withVmDirectory(vmPath, async (directory) => {
      const vm = await readVmRecord(root, name);
      const revoked = await tryReadRevokedReason(root, vm);
      return toState(
        vm,
        {
          directory,
          known: { ...common, version: `${vm.image}.${vm.version}`, ...(revoked === undefined ? {} : { revoked }) },
        },
        signal,
      );
    });
  } catch (error) {
    return { ...common, state: 'broken', problem: errorMessage(error) };
  }
}

interface Known {
  readonly directory: OwnedDirectory;
  readonly known: Pick<VmState, 'name' | 'diskBytes' | 'version'>;
}

async function toState(vm: VmRecord, { directory, known }: Known, signal: AbortSignal): Promise<VmState> {
  const vmm = await tryFindVmm(directory, signal);
  if (vmm === undefined) {
    await requireFiles(directory.path, vm);
    return { ...known, state: 'stopped' };
  }
  const trouble = await vmApi(directory, signal)
    .vmState()
    .then(() => undefined, errorMessage);
  if (trouble === undefined) return { ...known, state: 'running', pid: vmm.pid };
  return { ...known, state: 'broken', pid: vmm.pid, problem: `its VMM does not answer: ${trouble}` };
}

/** @throws Failure where something is missing that the VM is started from */
export async function requireFiles(vmPath: string, vm: VmRecord): Promise<void> {
  for (const path of [
    vm.imagePath,
    vm.kernelPath,
    vm.initramfsPath,
    join(vmPath, vmFiles.disk),
    join(vmPath, vmFiles.seed),
  ]) {
    if ((await ifPresent(stat(path))) !== undefined) continue;
    throw new Failure(`${vm.name} needs ${path}, which is gone`, {
      fix: path.startsWith(vmPath)
        ? `ch-golden vm delete ${vm.name}, and make it again`
        : `ch-golden pull ${vm.version}`,
    });
  }
}
