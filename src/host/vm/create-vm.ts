import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Failure, hasCode } from '../../platform/errors.js';
import { ifPresent, syncDirectory } from '../../platform/fs/files.js';
import { silentLog, type Log } from '../../platform/progress/log.js';
import { assertOwnParent } from '../../platform/fs/owned-directory.js';
import type { Processes } from '../../platform/process/processes.js';
import { writeSeedIso } from '../../vmm/seed-iso.js';
import { checkForOverlays } from '../check-host.js';
import { createHostDirectories, withHostLock } from '../host-directories.js';
import { readSeen } from '../keep-seen.js';
import { draftPrefix, isWhole, readKept, tryReadCurrent, type KeptVersion } from '../kept-versions.js';
import { toLaunch, overlayCommand } from '../launch.js';
import { assertNotRevoked, tryGetKeptRevocation } from '../revoked.js';
import { assertVersionFiles } from '../version-gate.js';
import { verifyKept } from '../version-signatures.js';
import { cloudInitFiles, type VmNetwork, type VmUserData } from './cloud-init.js';
import { confinedCommand, planConfinement } from './confinement.js';
import { prepareFiles, removeDirectoryTree, withVmDirectory } from './vm-files.js';
import { macAddressOf, vmFiles, vmDirectory, type VmRecord } from './vm-record.js';
import { resolveVmUser } from './vm-user.js';

export interface CreateVmRequest {
  readonly root: string;
  readonly name: string;
  readonly image: string;
  /** One that is on this host; the one in use where none is given. */
  readonly version?: number | undefined;
  /** Use a revoked version, with a warning. */
  readonly allowRevoked?: boolean | undefined;
  /** Bytes of the disk; the image's where none is given. */
  readonly diskSize?: number | undefined;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The host's interface that the VM is behind; without one it has no network. */
  readonly tap?: string | undefined;
  readonly network: VmNetwork;
  readonly userData: VmUserData;
  /** The system user that it runs as if root starts it; the host's by default. */
  readonly user?: string | undefined;
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

/** Makes the directory of a VM over a version on this host, whole or not at all. @throws Failure where the name is taken, or the version is not here */
export async function createVm(request: CreateVmRequest, ports: Ports): Promise<CreatedVm> {
  const root = resolve(request.root);
  const vmPath = vmDirectory(root, request.name);
  await createHostDirectories(root);
  await assertOwnParent(join(root, 'sandboxes'));
  const user = await resolveVmUser({ ...request, root }, ports);
  // Prune holds this lock, too: no version goes while a disk over it is being made.
  return withHostLock(root, 'switch', ports, async () => {
    if ((await ifPresent(lstat(vmPath))) !== undefined) throw takenFailure(request.name, vmPath);
    const kept = await getVersion(root, request);
    const revocation = tryGetKeptRevocation(await readSeen(root, kept.image), kept);
    assertNotRevoked({ ...kept, revocation, allowRevoked: request.allowRevoked }, ports.log);
    await verifyKept(root, kept);
    const diskSize = getDiskSize(request, kept);
    // By the file as it is now: it may have been replaced since it was pulled.
    const header = await assertVersionFiles(kept);
    await checkForOverlays(kept.manifest, { isLarger: diskSize > header.virtualSize, header }, ports);
    const record = toVmRecord(request, kept);
    await removeDrafts(join(root, 'sandboxes'), ports);
    const draft = await mkdtemp(join(root, 'sandboxes', draftPrefix));
    try {
      await writeVm(draft, record, { ...request, diskSize }, ports);
      await withVmDirectory(draft, async (directory) => prepareFiles(directory, user, ports));
      await rename(draft, vmPath).catch((error: unknown) => {
        throw hasCode(error, 'ENOTEMPTY') || hasCode(error, 'EEXIST') ? takenFailure(request.name, vmPath) : error;
      });
    } catch (error) {
      await removeDirectoryTree(draft, ports);
      throw error;
    }
    await syncDirectory(join(root, 'sandboxes'));
    const confinement = await planConfinement(record, user, { ...ports, log: silentLog });
    return { vm: record, command: confinedCommand(record, confinement) };
  });
}

function takenFailure(name: string, vmPath: string): Failure {
  return new Failure(`the name ${name} is taken: ${vmPath} is there`, {
    fix: `use another name, or: ch-golden vm delete ${name}`,
  });
}

async function getVersion(root: string, { image, version }: CreateVmRequest): Promise<KeptVersion> {
  const wanted = version ?? (await tryReadCurrent(root, image));
  if (wanted === undefined)
    throw new Failure(`no version of ${image} is in use on this host`, { fix: 'ch-golden pull' });
  const fix = `ch-golden pull ${wanted}`;
  const kept = await readKept(root, image, wanted).catch((error: unknown) => {
    throw new Failure(`${image}.${wanted} is not on this host`, { fix, cause: error });
  });
  if (await isWhole(kept)) return kept;
  throw new Failure(`${image}.${wanted} is not whole on this host`, { fix });
}

function getDiskSize({ diskSize }: CreateVmRequest, { image, version, manifest }: KeptVersion): number {
  const { virtualSize } = manifest.disk;
  if (diskSize === undefined || diskSize >= virtualSize) return diskSize ?? virtualSize;
  throw new Failure(`a disk of ${diskSize} bytes is smaller than that of ${image}.${version}, ${virtualSize} bytes`, {
    fix: 'give a larger --disk-size, or none',
  });
}

function toVmRecord({ name, cpus, memoryMiB, tap, user }: CreateVmRequest, kept: KeptVersion): VmRecord {
  const optional = { ...(tap === undefined ? {} : { tap }), ...(user === undefined ? {} : { user }) };
  return { schema: 1, name, ...toLaunch(kept), cpus, memoryMiB, macAddress: macAddressOf(name), ...optional };
}

async function writeVm(
  vmPath: string,
  vm: VmRecord,
  { network, userData, diskSize }: CreateVmRequest & { readonly diskSize: number },
  { processes }: Ports,
): Promise<void> {
  // Relative, so that the host's directories can be moved; from where the disk really lies, for so it is resolved.
  const backing = relative(await realpath(vmPath), await realpath(vm.imagePath));
  await processes.run({ argv: [...overlayCommand(backing, join(vmPath, vmFiles.disk)), String(diskSize)] });
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

/** What killed commands have left: all others wait for our lock. */
async function removeDrafts(sandboxes: string, ports: Ports): Promise<void> {
  for (const name of await readdir(sandboxes))
    if (name.startsWith(draftPrefix)) await removeDirectoryTree(join(sandboxes, name), ports);
}
