import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';
import { silentLog } from '../../platform/progress/log.js';
import { assertOwnParent } from '../../platform/fs/owned-directory.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { MemoryRestore } from '../../vmm/cloud-hypervisor-api.js';
import { writeSeedIso } from '../../vmm/seed-iso.js';
import type { HostPorts } from '../ports.js';
import { createHostDirectories, withHostLock } from '../host-directories.js';
import { isComplete, readLocalVersion, tryGetBase, tryReadCurrent, type LocalVersion } from '../local-versions.js';
import { rawOptions, toVmLaunch, type DiskFormat } from '../launch.js';
import { assertTemplateExists, chooseWarmStart, type WarmMode } from '../warm/choose-template.js';
import { markPending } from '../warm/pending.js';
import { tryGetLayer } from '../warm/template-document.js';
import { cloudInitFiles, type VmNetwork, type VmUserData } from './cloud-init.js';
import { confinedCommand, planConfinement } from './confinement.js';
import { assertCanCreate, assertNoConflicts } from './check-host-fit.js';
import { rememberHostFacts } from './host-facts.js';
import { assertNotRevokedHere, assertUsableVersion, createVmDisk } from './new-disk.js';
import { prepareFiles, removeDirectoryTree, withVmDirectory } from './vm-files.js';
import { planNetwork, type NetworkPlan } from './network/plan-network.js';
import { chooseDiskFormat } from './vm-defects.js';
import { createVmDraft, listDeadDrafts, type VmDraft } from './vm-draft.js';
import { diskFileOf, vmFiles, vmDirectory, type VmRecord } from './vm-record.js';
import { resolveVmUser } from './vm-user.js';

export interface CreateVmRequest {
  readonly root: string;
  readonly name: string;
  readonly image: string;
  /** A version on this host; by default the one in use. */
  readonly version?: number | undefined;
  /** Use a revoked version, with a warning. */
  readonly allowRevoked?: boolean | undefined;
  /** Bytes of the disk; by default as in the image. */
  readonly diskSize?: number | undefined;
  /** By default an overlay over the image, unless this host's Cloud Hypervisor corrupts it. */
  readonly disk?: DiskFormat | undefined;
  /** IDs of defects of Cloud Hypervisor that the VM is created and started with. */
  readonly allowedDefects?: readonly string[] | undefined;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The host's interface that the VM is attached to; without one it has no network. */
  readonly tap?: string | undefined;
  /** A bridge of the host, instead of a tap: the tap is created when the VM starts. */
  readonly bridge?: string | undefined;
  /** By default one that no other host and VM has. */
  readonly macAddress?: string | undefined;
  /** Let it have more memory and CPUs than the machine. */
  readonly overcommit?: boolean | undefined;
  readonly network: VmNetwork;
  readonly userData: VmUserData;
  /** The system user that it runs as if root starts it; by default that of the host. */
  readonly user?: string | undefined;
  /** Start it with the host. */
  readonly autostart?: boolean | undefined;
  /** Whether its first start restores a template; by default `never`. */
  readonly warm?: WarmMode | undefined;
  /** How a warm start gets its memory; by default a copy. */
  readonly warmMemory?: MemoryRestore | undefined;
}

export interface CreatedVm {
  readonly vm: VmRecord;
  /** Starts it, in its directory. */
  readonly command: readonly [string, ...string[]];
}

type Ports = Pick<HostPorts, 'processes' | 'log' | 'machine' | 'signal'>;

/**
 * Creates the directory of a VM, completely or not at all. The work is done in a draft, without a lock: it can take
 * minutes, in which other commands create and switch. What they can have changed meanwhile is checked when the draft
 * becomes a VM.
 * @throws Failure if the name is taken, or the version is not on this host
 */
export async function createVm(request: CreateVmRequest, given: Ports): Promise<CreatedVm> {
  const ports = rememberHostFacts(given);
  const root = resolve(request.root);
  const vmPath = vmDirectory(root, request.name);
  const sandboxes = join(root, 'sandboxes');
  await createHostDirectories(root);
  await assertOwnParent(sandboxes);
  const user = await resolveVmUser({ ...request, root }, ports);
  const format = await chooseDiskFormat(request, ports);
  await assertFree(request.name, vmPath);
  const local = await getLocalVersion(root, request);
  const disk = { root, format, size: getDiskSize(request, local), allowRevoked: request.allowRevoked };
  await assertUsableVersion(local, disk, ports);
  const cold = toVmRecord(request, local, { format, network: await planNetwork({ ...request, root }, ports) });
  await assertCanCreate(cold, { root, user }, ports);
  const vm = await chooseWarmStart(cold, { ...request, root, local, diskSize: disk.size }, ports);
  await using draft = await createVmDraft(sandboxes, ports);
  await createVmDisk(local, { ...disk, path: join(draft.path, diskFileOf(vm)), layer: tryGetLayer(vm) }, ports);
  await writeVm(draft.path, vm, request, ports);
  await withVmDirectory(draft.path, async (directory) => {
    await prepareFiles(directory, user, ports, diskFileOf(vm));
    if (vm.warm !== undefined) await markPending(directory);
  });
  await publishVm(draft, vm, { root, vmPath, allowRevoked: request.allowRevoked }, ports);
  await syncDirectory(sandboxes);
  const confinement = await planConfinement(vm, { user, base: tryGetBase(local) }, { ...ports, log: silentLog });
  return { vm, command: confinedCommand(vm, confinement) };
}

interface Place {
  readonly root: string;
  readonly vmPath: string;
  readonly allowRevoked: boolean | undefined;
}

/**
 * Prune holds this lock, too, so it sees either the VM, or no need for its version. So do others that create VMs, so no
 * two get the same tap or address.
 */
async function publishVm(
  draft: VmDraft,
  vm: VmRecord,
  { root, vmPath, allowRevoked }: Place,
  ports: Ports,
): Promise<void> {
  await withHostLock(root, 'switch', ports, async () => {
    await assertFree(vm.name, vmPath);
    const local = await getLocalVersion(root, vm);
    await assertNotRevokedHere(
      local,
      { root, allowRevoked: allowRevoked === true && vm.warm === undefined },
      { log: silentLog },
    );
    await assertTemplateExists(vm);
    await assertNoConflicts(vm, root);
    // Dead ones are old, and a look at the lock of each takes time when many VMs are created at once.
    for (const dead of await listDeadDrafts(dirname(vmPath), ports, draftsKeptMs))
      await removeDirectoryTree(dead, ports);
    await draft.publish(vmPath).catch((error: unknown) => {
      throw hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST') ? takenFailure(vm.name, vmPath) : error;
    });
  });
}

const draftsKeptMs = 600_000;

async function assertFree(name: string, vmPath: string): Promise<void> {
  if ((await ifPresent(lstat(vmPath))) !== undefined) throw takenFailure(name, vmPath);
}

function takenFailure(name: string, vmPath: string): Failure {
  return new Failure(`VM name ${name} is taken: ${vmPath} exists`, {
    fix: `use a different name, or: ch-golden vm delete ${name}`,
  });
}

/** @throws Failure if the version, or one of its files, is not on this host */
export async function getLocalVersion(
  root: string,
  { image, version }: Pick<CreateVmRequest, 'image' | 'version'>,
): Promise<LocalVersion> {
  const wanted = version ?? (await tryReadCurrent(root, image));
  if (wanted === undefined)
    throw new Failure(`no version of ${image} is in use on this host`, { fix: 'ch-golden pull' });
  const fix = `ch-golden pull ${wanted}`;
  const local = await readLocalVersion(root, image, wanted).catch((error: unknown) => {
    throw new Failure(`${image}.${wanted} is not on this host`, { fix, cause: error });
  });
  if (await isComplete(local)) return local;
  throw new Failure(`${image}.${wanted} is incomplete on this host`, { fix });
}

function getDiskSize({ diskSize }: CreateVmRequest, { image, version, manifest }: LocalVersion): number {
  const { virtualSize } = manifest.disk;
  if (diskSize === undefined || diskSize >= virtualSize) return diskSize ?? virtualSize;
  throw new Failure(
    `disk size ${diskSize} bytes is smaller than the disk of ${image}.${version} (${virtualSize} bytes)`,
    {
      fix: 'use a larger --disk-size, or leave it out',
    },
  );
}

interface Planned {
  readonly format: DiskFormat;
  readonly network: NetworkPlan;
}

function toVmRecord(request: CreateVmRequest, local: LocalVersion, { format, network }: Planned): VmRecord {
  const { name, cpus, memoryMiB, user, overcommit = false, allowedDefects: allowed = [] } = request;
  const size = { cpus, memoryMiB, overcommit };
  const autostart = request.autostart === true ? true : undefined;
  const optional = { user, autostart, allowedDefects: allowed.length === 0 ? undefined : allowed };
  const raw = format === 'raw' ? { disk: 'raw' as const, diskOptions: rawOptions } : {};
  const launch = toVmLaunch(local, { hostname: name, network: network.network, macAddress: network.macAddress });
  return { schema: 1, name, ...launch, ...size, ...network, ...withoutUndefined(optional), ...raw };
}

async function writeVm(
  vmPath: string,
  vm: VmRecord,
  { network, userData }: CreateVmRequest,
  { processes }: Ports,
): Promise<void> {
  const seed = join(vmPath, 'cloud-init');
  await mkdir(seed);
  await writeSeedIso(
    cloudInitFiles(vm, network, userData),
    { directory: seed, iso: join(vmPath, vmFiles.seed) },
    processes,
  );
  await rm(seed, { recursive: true });
  await writeFile(join(vmPath, vmFiles.record), `${JSON.stringify(vm, null, 2)}\n`, { mode: 0o644 });
}
