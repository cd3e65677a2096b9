import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { ifPresent, syncFolder } from '../../platform/fs/files.js';
import { silentLog, type Log } from '../../platform/progress/log.js';
import { assertOwnParent } from '../../platform/fs/owned-directory.js';
import type { Processes } from '../../platform/process/processes.js';
import { writeSeedIso } from '../../vmm/seed-iso.js';
import { checkForOverlays } from '../check-host.js';
import { makeHostFolders, withHostLock } from '../host-folders.js';
import { readSeen } from '../keep-seen.js';
import { draftPrefix, isWhole, readKept, tryReadCurrent, type KeptVersion } from '../kept-versions.js';
import { describeLaunch, overlayCommand } from '../launch.js';
import { assertNotRevoked, tryGetKeptRevocation } from '../revoked.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyKept } from '../version-signatures.js';
import { cloudInitFiles, type VmNetwork, type VmUserData } from './cloud-init.js';
import { confinedCommand, planConfinement } from './confinement.js';
import { prepareFiles, removeTree, withVmDirectory } from './vm-files.js';
import { macAddressOf, vmFiles, vmFolder, type VmRecord } from './vm-record.js';
import { resolveVmUser } from './vm-user.js';

export interface CreateVmRequest {
  readonly root: string;
  readonly name: string;
  readonly image: string;
  /** One that is on this host; the one in use where none is given. */
  readonly version?: number;
  /** Use a revoked version, with a warning. */
  readonly allowRevoked?: boolean;
  /** Bytes of the disk; the image's where none is given. */
  readonly diskSize?: number;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The host's interface that the VM is behind; without one it has no network. */
  readonly tap?: string;
  readonly network: VmNetwork;
  readonly userData: VmUserData;
  /** The system user that it runs as if root starts it; the host's by default. */
  readonly user?: string;
}

export interface CreatedVm {
  readonly vm: VmRecord;
  /** What starts it, in its directory. */
  readonly command: readonly [string, ...string[]];
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

/** Makes the folder of a VM over a version on this host, whole or not at all. @throws Failure where the name is taken, or the version is not here */
export async function createVm(request: CreateVmRequest, ports: Ports): Promise<CreatedVm> {
  const root = resolve(request.root);
  const folder = vmFolder(root, request.name);
  await makeHostFolders(root);
  await assertOwnParent(join(root, 'sandboxes'));
  const user = await resolveVmUser({ ...request, root }, ports);
  // Prune holds this lock, too: no version goes while a disk over it is being made.
  return withHostLock(root, 'switch', ports, async () => {
    if ((await ifPresent(lstat(folder))) !== undefined) throw taken(request.name, folder);
    const kept = await getVersion(root, request);
    const revocation = tryGetKeptRevocation(await readSeen(root, kept.image), kept);
    assertNotRevoked({ ...kept, revocation, allowRevoked: request.allowRevoked }, ports.log);
    await verifyKept(root, kept);
    const diskSize = getDiskSize(request, kept);
    // By the file as it is now: it may have been replaced since it was pulled.
    const header = await assertVersionFiles(kept);
    await checkForOverlays(kept.manifest, { isLarger: diskSize > header.virtualSize, header }, ports);
    const record = describeVm(request, kept);
    await removeDrafts(join(root, 'sandboxes'), ports);
    const draft = await mkdtemp(join(root, 'sandboxes', draftPrefix));
    try {
      await writeVm(draft, record, { ...request, diskSize }, ports);
      await withVmDirectory(draft, async (directory) => prepareFiles(directory, user, ports));
      await rename(draft, folder).catch((error: unknown) => {
        throw hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST') ? taken(request.name, folder) : error;
      });
    } catch (error) {
      await removeTree(draft, ports);
      throw error;
    }
    await syncFolder(join(root, 'sandboxes'));
    const confinement = await planConfinement(record, user, { ...ports, log: silentLog });
    return { vm: record, command: confinedCommand(record, confinement) };
  });
}

function taken(name: string, folder: string): Failure {
  return new Failure(`the name ${name} is taken: ${folder} is there`, {
    mend: `use another name, or: ch-golden vm delete ${name}`,
  });
}

async function getVersion(root: string, { image, version }: CreateVmRequest): Promise<KeptVersion> {
  const wanted = version ?? (await tryReadCurrent(root, image));
  if (wanted === undefined)
    throw new Failure(`no version of ${image} is in use on this host`, { mend: 'ch-golden pull' });
  const mend = `ch-golden pull ${wanted}`;
  const kept = await readKept(root, image, wanted).catch((error: unknown) => {
    throw new Failure(`${image}.${wanted} is not on this host`, { mend, cause: error });
  });
  if (await isWhole(kept)) return kept;
  throw new Failure(`${image}.${wanted} is not whole on this host`, { mend });
}

function getDiskSize({ diskSize }: CreateVmRequest, { image, version, manifest }: KeptVersion): number {
  const { virtualSize } = manifest.disk;
  if (diskSize === undefined || diskSize >= virtualSize) return diskSize ?? virtualSize;
  throw new Failure(`a disk of ${diskSize} bytes is smaller than that of ${image}.${version}, ${virtualSize} bytes`, {
    mend: 'give a larger --disk-size, or none',
  });
}

function describeVm({ name, cpus, memoryMiB, tap, user }: CreateVmRequest, kept: KeptVersion): VmRecord {
  const optional = { ...(tap === undefined ? {} : { tap }), ...(user === undefined ? {} : { user }) };
  return { schema: 1, name, ...describeLaunch(kept), cpus, memoryMiB, macAddress: macAddressOf(name), ...optional };
}

async function writeVm(
  folder: string,
  vm: VmRecord,
  { network, userData, diskSize }: CreateVmRequest & { readonly diskSize: number },
  { processes }: Ports,
): Promise<void> {
  // Relative, so that the host's folders can be moved; from where the disk really lies, for so it is resolved.
  const backing = relative(await realpath(folder), await realpath(vm.imagePath));
  await processes.run({ argv: [...overlayCommand(backing, join(folder, vmFiles.disk)), String(diskSize)] });
  const seed = join(folder, 'cloud-init');
  await mkdir(seed);
  await writeSeedIso(
    cloudInitFiles(vm, network, userData),
    { folder: seed, iso: join(folder, vmFiles.seed) },
    processes,
  );
  await rm(seed, { recursive: true });
  await writeFile(join(folder, vmFiles.record), `${JSON.stringify(vm, null, 2)}\n`, { mode: 0o644 });
}

/** What killed commands have left: all others wait for our lock. */
async function removeDrafts(sandboxes: string, ports: Ports): Promise<void> {
  for (const name of await readdir(sandboxes))
    if (name.startsWith(draftPrefix)) await removeTree(join(sandboxes, name), ports);
}
