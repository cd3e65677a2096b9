import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';
import { silentLog } from '../../platform/progress/log.js';
import { assertOwnParent } from '../../platform/fs/owned-directory.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { MemoryRestore } from '../../vmm/cloud-hypervisor-api.js';
import { writeSeedIso } from '../../vmm/seed-iso.js';
import { assertOverlaySupport } from '../check-host.js';
import type { HostPorts } from '../ports.js';
import { createHostDirectories, withHostLock } from '../host-directories.js';
import { readSeen } from '../seen-file.js';
import {
  draftPrefix,
  isComplete,
  readLocalVersion,
  tryGetBase,
  tryReadCurrent,
  type LocalVersion,
} from '../local-versions.js';
import { overlayCommand, rawOptions, toLaunch, type DiskFormat } from '../launch.js';
import { assertNotRevoked, tryGetLocalRevocation } from '../revoked.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyLocal } from '../version-signatures.js';
import { chooseWarmStart, type WarmMode } from '../warm/choose-template.js';
import { markPending } from '../warm/pending.js';
import { tryGetLayer } from '../warm/template-document.js';
import { cloudInitFiles, type VmNetwork, type VmUserData } from './cloud-init.js';
import { confinedCommand, planConfinement } from './confinement.js';
import { assertCanCreate } from './check-host-fit.js';
import { prepareFiles, removeDirectoryTree, withVmDirectory } from './vm-files.js';
import { planNetwork, type NetworkPlan } from './network/plan-network.js';
import { createRawDraft, type RawDraft } from './raw-draft.js';
import { chooseDiskFormat } from './vm-defects.js';
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
 * Creates the directory of a VM, completely or not at all.
 * @throws Failure if the name is taken, or the version is not on this host
 */
export async function createVm(request: CreateVmRequest, ports: Ports): Promise<CreatedVm> {
  const root = resolve(request.root);
  const vmPath = vmDirectory(root, request.name);
  await createHostDirectories(root);
  await assertOwnParent(join(root, 'sandboxes'));
  const user = await resolveVmUser({ ...request, root }, ports);
  const format = await chooseDiskFormat(request, ports);
  await using raw = format === 'raw' ? await draftRawDisk({ ...request, root }, vmPath, ports) : undefined;
  // Prune holds this lock, too, so no version is removed while a disk over it is being created.
  return await withHostLock(root, 'switch', ports, async () => {
    if ((await ifPresent(lstat(vmPath))) !== undefined) throw takenFailure(request.name, vmPath);
    const local = await getVersion(root, { ...request, version: raw?.version ?? request.version });
    const revocation = tryGetLocalRevocation(await readSeen(root, local.image), local);
    assertNotRevoked({ ...local, revocation, allowRevoked: request.allowRevoked }, ports.log);
    await verifyLocal(root, local);
    const diskSize = getDiskSize(request, local);
    // The image may have been replaced since it was pulled.
    const header = await assertVersionFiles(local);
    if (raw === undefined)
      await assertOverlaySupport(local.manifest, { isLarger: diskSize > header.virtualSize, header }, ports);
    const cold = toVmRecord(request, local, { format, network: await planNetwork({ ...request, root }, ports) });
    await assertCanCreate(cold, { root, user }, ports);
    const { warm: mode = 'never', warmMemory: memory = 'copy', name } = request;
    const isRevoked = revocation !== undefined;
    const warm = await chooseWarmStart({ root, name, warm: mode, memory, local, vm: cold, diskSize, isRevoked }, ports);
    const record = warm === undefined ? cold : { ...cold, warm };
    await removeDrafts(join(root, 'sandboxes'), ports);
    const draft = await mkdtemp(join(root, 'sandboxes', draftPrefix));
    try {
      await writeVm(draft, record, { ...request, diskSize, raw }, ports);
      await withVmDirectory(draft, async (directory) => {
        await prepareFiles(directory, user, ports, diskFileOf(record));
        if (record.warm !== undefined) await markPending(directory);
      });
      await rename(draft, vmPath).catch((error: unknown) => {
        throw hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST') ? takenFailure(request.name, vmPath) : error;
      });
    } catch (error) {
      await removeDirectoryTree(draft, ports);
      throw error;
    }
    await syncDirectory(join(root, 'sandboxes'));
    const confinement = await planConfinement(record, { user, base: tryGetBase(local) }, { ...ports, log: silentLog });
    return { vm: record, command: confinedCommand(record, confinement) };
  });
}

/** Creates the raw disk of a VM whose name is free. */
async function draftRawDisk(request: CreateVmRequest, vmPath: string, ports: Ports): Promise<RawDraft> {
  if ((await ifPresent(lstat(vmPath))) !== undefined) throw takenFailure(request.name, vmPath);
  const local = await getVersion(request.root, request);
  return createRawDraft(local, { ...request, size: getDiskSize(request, local) }, ports);
}

function takenFailure(name: string, vmPath: string): Failure {
  return new Failure(`VM name ${name} is taken: ${vmPath} exists`, {
    fix: `use a different name, or: ch-golden vm delete ${name}`,
  });
}

/** @throws Failure if the version, or one of its files, is not on this host */
export async function getVersion(
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
  return { schema: 1, name, ...toLaunch(local), ...size, ...network, ...withoutUndefined(optional), ...raw };
}

async function writeVm(
  vmPath: string,
  vm: VmRecord,
  {
    network,
    userData,
    diskSize,
    raw,
  }: CreateVmRequest & { readonly diskSize: number; readonly raw?: RawDraft | undefined },
  { processes }: Ports,
): Promise<void> {
  if (raw === undefined) {
    // Relative, so that the root can be moved; from the disk's real path, since that is how it is resolved.
    const backing = relative(await realpath(vmPath), await realpath(tryGetLayer(vm) ?? vm.imagePath));
    await processes.run({ argv: [...overlayCommand(backing, join(vmPath, vmFiles.disk)), String(diskSize)] });
  } else {
    await rename(raw.path, join(vmPath, vmFiles.rawDisk));
  }
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

/** Removes what killed commands left: running ones hold the lock. */
async function removeDrafts(sandboxes: string, ports: Ports): Promise<void> {
  for (const name of await readdir(sandboxes))
    if (name.startsWith(draftPrefix)) await removeDirectoryTree(join(sandboxes, name), ports);
}
