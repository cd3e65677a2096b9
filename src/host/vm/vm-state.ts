import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { errorMessage, Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import { tryReadRevokedReason } from '../revoked.js';
import type { OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { readAgeMs, readUserId, type ProcessIdentity } from '../../platform/process/process-identity.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { tryReadCurrent } from '../local-versions.js';
import { isPending } from '../warm/pending.js';
import { staticAddressOf } from './network/conflicts.js';
import { tryReadPortPath } from './serial-port.js';
import { withVmDirectory } from './vm-files.js';
import { checkVmName, diskFileOf, readVmRecord, vmFiles, type VmRecord } from './vm-record.js';
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
  /** A newer version than that, which new VMs on this host get. */
  readonly newerVersion?: string;
  /** Size of the VM's disk on the host. */
  readonly diskBytes: number;
  readonly pid?: number;
  readonly cpus?: number;
  readonly memoryMiB?: number;
  readonly macAddress?: string;
  readonly tap?: string;
  /** The static IPv4 address. That of DHCP is only known once `addAddresses` has looked for it. */
  readonly address?: string;
  readonly autostart?: boolean;
  /** Whether it was started from a template, or is going to be; absent if it was created cold. */
  readonly warm?: 'started' | 'pending';
  readonly uptimeSeconds?: number;
  /** The pseudo terminal that its console is connected to, for `vm console`. */
  readonly console?: string;
  /** The log of its serial port. */
  readonly log?: string;
  /** The id of the user that it runs as. */
  readonly uid?: number;
}

/** Lists all VMs on this host, by name. Directories that `vm create` did not create are listed as broken. */
export async function listVms(root: string, signal = new AbortController().signal): Promise<readonly VmState[]> {
  const names = await listVmNames(root);
  return Promise.all(names.map(async (name) => readState(resolve(root), name, signal)));
}

/** The state of one VM. @throws Failure if there is no VM of that name */
export async function readVmState(root: string, name: string, signal: AbortSignal): Promise<VmState> {
  if ((await listVmNames(root)).includes(checkVmName(name))) return readState(resolve(root), name, signal);
  throw new Failure(`no VM ${name} in ${root}`, { fix: 'ch-golden vm list' });
}

/** The names of what is where VMs are. */
export async function listVmNames(root: string): Promise<readonly string[]> {
  const names = (await ifPresent(readdir(join(resolve(root), 'sandboxes')))) ?? [];
  return names.filter((name) => !name.startsWith('.')).sort();
}

async function readState(root: string, name: string, signal: AbortSignal): Promise<VmState> {
  const vmPath = join(root, 'sandboxes', name);
  const common = { name, diskBytes: await measureDisk(vmPath) };
  try {
    return await withVmDirectory(vmPath, async (directory) => {
      const vm = await readVmRecord(root, name);
      const revoked = await tryReadRevokedReason(root, vm);
      const known = withoutUndefined({
        ...common,
        version: `${vm.image}.${vm.version}`,
        revoked,
        newerVersion: await tryFindNewer(root, vm),
        ...toFacts(vm),
        warm:
          vm.warm === undefined
            ? undefined
            : (((await isPending(directory)) ? 'pending' : 'started') as VmState['warm']),
        log: join(vmPath, vmFiles.serial),
      });
      return toState(vm, { directory, known }, signal);
    });
  } catch (error) {
    return { ...common, state: 'broken', problem: errorMessage(error) };
  }
}

function toFacts(vm: VmRecord): Partial<VmState> {
  const { cpus, memoryMiB, macAddress, tap, autostart = false } = vm;
  const address = tap === undefined ? undefined : staticAddressOf(vm);
  return withoutUndefined({ cpus, memoryMiB, macAddress, tap, address, autostart });
}

/** A host that was rolled back has no newer version in use. */
async function tryFindNewer(root: string, { image, version }: VmRecord): Promise<string | undefined> {
  const current = await tryReadCurrent(root, image).catch(() => undefined);
  return current !== undefined && current > version ? `${image}.${current}` : undefined;
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
  readonly known: Omit<VmState, 'state'>;
}

/** What the kernel knows about a VMM. Nothing if it has just ended. */
async function readProcess(vmm: ProcessIdentity): Promise<Pick<VmState, 'pid' | 'uptimeSeconds' | 'console' | 'uid'>> {
  const orUnknown = async <T>(fact: Promise<T>): Promise<T | undefined> => fact.catch(() => undefined);
  const ageMs = await orUnknown(readAgeMs(vmm));
  return withoutUndefined({
    pid: vmm.pid,
    uptimeSeconds: ageMs === undefined ? undefined : Math.floor(ageMs / 1000),
    console: await orUnknown(tryReadPortPath(vmm)),
    uid: await orUnknown(readUserId(vmm.pid)),
  });
}

async function toState(vm: VmRecord, { directory, known }: Known, signal: AbortSignal): Promise<VmState> {
  const vmm = await tryFindVmm(directory, signal);
  if (vmm === undefined) {
    await assertFiles(directory.path, vm);
    return { ...known, state: 'stopped' };
  }
  const problem =
    known.warm === 'pending'
      ? 'its warm start is not complete: if no command is starting it, ch-golden vm start starts it again'
      : await tryFindApiProblem(directory, signal);
  if (problem === undefined) return { ...known, state: 'running', ...(await readProcess(vmm)) };
  return { ...known, state: 'broken', ...(await readProcess(vmm)), problem };
}

async function tryFindApiProblem(directory: OwnedDirectory, signal: AbortSignal): Promise<string | undefined> {
  return vmApi(directory, signal)
    .vmState()
    .then(
      () => undefined,
      (error: unknown) => `its VMM does not respond: ${errorMessage(error)}`,
    );
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
        ? `ch-golden vm delete ${vm.name}, then create it again`
        : `ch-golden pull ${vm.version}`,
    });
  }
}
