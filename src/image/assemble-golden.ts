import type { Compression, Driver, Layout } from '../platform/choices.js';
import { availableParallelism } from 'node:os';
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../platform/errors.js';
import { hashFileChunks, updateFileChunks, type ChunkedFile } from '../platform/fs/file-chunks.js';
import type { Log } from '../platform/progress/log.js';
import { waitTogether } from '../platform/concurrency.js';
import type { DiskChunk } from '../disk/disk-digest.js';
import { withGuest } from '../disk/with-guest.js';
import { readQcow2Header } from '../disk/qcow2-header.js';
import type { ByteRange } from '../platform/byte-range.js';
import type { BaseImage } from '../base/base-image.js';
import { listApplied } from './applied-edits.js';
import { auditImage } from './audit.js';
import { bootArguments, planBoot, slimsInitramfs, stockBoot, type BootRequest } from './boot-profile.js';
import { assertNewKernelsComplete, extractBootFiles, getBootPair, listKernels, readCmdline } from './boot-files.js';
import { digestBase, digestBaseFile, digestGolden } from './digest-disk.js';
import { mapOverlay, type Extent } from './disk-map.js';
import { convertImage, inheritClusters } from './flatten.js';
import { tryReadDistribution } from './distribution.js';
import type { GoldenImage } from './golden-image.js';
import { assertEditableGuest, assertCleanFilesystems } from './clean-filesystems.js';
import { createDriver, selectDriver, type DriverFiles } from './choose-driver.js';
import type { EditDriver, EditPlan } from './edit-driver.js';
import { checkQcow2, readCloudHypervisorNeeds } from './inspect-qcow2.js';
import { readInventory } from './inventory.js';
import { findNetworkObstacle } from './network-obstacle.js';
import { readPackages } from '../apt/installed-packages.js';
import { formatEdit, type Edit } from './plan.js';
import type { Ports } from './ports.js';
import { findLabelProblem } from './selinux.js';
import { slimArtifact } from './slim-initramfs.js';
import { addArgument } from '../vmm/boot-rules.js';

export interface AssembleRequest extends DriverFiles {
  readonly base: BaseImage;
  readonly edits: readonly Edit[];
  /** `auto` takes the first that can apply the edits. */
  readonly driver: 'auto' | Driver;
  /** The profile that the edits are of; by default stock. */
  readonly boot?: BootRequest | undefined;
  readonly layout: Layout;
  /** `auto` inherits the base's compression if it has one. */
  readonly compression: 'auto' | Compression;
  /** Bytes of the guest's disk. */
  readonly diskSize: number;
  /** An empty directory for everything that is created. */
  readonly directory: string;
  /** Paths and names of the build machine that must not be in the image. */
  readonly forbiddenTexts: readonly string[];
}

interface Directories {
  /** Overlay, sockets, scripts. */
  readonly work: string;
  /** The finished files. */
  readonly snapshots: string;
  readonly kernels: string;
  /** The base under the name in a layered image's relative backing path, as on a host. */
  readonly images: string;
}

/** Bytes. QEMU's disks consist of whole sectors. */
const sectorSize = 512;

/** Nothing is cancelled: all tasks end soon, and must have ended when the caller removes the directory. */
const cancelNothing = (): void => undefined;

/** Builds the golden image and its boot files from base and edits: checked, audited, digested, mode 0444. */
export async function assembleGolden(request: AssembleRequest, ports: Ports): Promise<GoldenImage> {
  assertDiskSize(request);
  const choice = await selectDriver({ requested: request.driver, edits: request.edits }, ports);
  ports.log.detail(`Driver: ${choice.driver} (${choice.reason})`);
  const compression = await chooseCompression(request, ports.log);
  const directories = await createDirectories(request.directory);
  const overlay = join(directories.work, 'overlay.qcow2');
  await createOverlay(overlay, request, ports);
  const assembly = { ...request, compression, directories, overlay };
  const { pin, ...edited } = await applyEdits(assembly, createDriver(choice, request), ports);
  const image = join(directories.snapshots, 'image.qcow2');
  const [finished, { applied, bootEdits, ...boot }] = await withFailuresFrom(
    assertCleanFilesystems(overlay, directories.work, ports),
    waitTogether([finishImage({ ...assembly, ...edited, image }, ports), readBoot(assembly, ports)], cancelNothing),
  );
  await rm(directories.work, { recursive: true, force: true });
  return {
    ...finished,
    ...boot,
    layout: request.layout,
    compression,
    driver: choice.driver,
    virtualSize: request.diskSize,
    edits: applied.map(formatEdit),
    bootProfile: toBootProfile(request.boot ?? stockBoot, applied, bootEdits),
    pin,
  };
}

/** The edits of the profile among those that the image has, and what it changed outside of it. */
function toBootProfile(
  boot: BootRequest,
  applied: readonly Edit[],
  more: readonly string[],
): GoldenImage['bootProfile'] {
  const planned = new Set(planBoot(boot).map(formatEdit));
  const lines = applied.map(formatEdit).filter((line) => planned.has(line));
  return { profile: boot.profile, edits: [...lines, ...more] };
}

interface Assembly extends AssembleRequest {
  readonly compression: GoldenImage['compression'];
  readonly directories: Directories;
  readonly overlay: string;
}

interface Edited {
  /** The ranges of the disk that differ from the base. */
  readonly changed: readonly Extent[];
  readonly baseChunks: readonly DiskChunk[];
  /** Set if the base's clusters are inherited. */
  readonly baseFile: ChunkedFile | undefined;
}

/** Applies the edits, and digests the base meanwhile. */
async function applyEdits(
  { base, edits, compression, cacheDirectory, directories: { work }, overlay }: Assembly,
  driver: EditDriver,
  ports: Ports,
): Promise<Edited & Pick<GoldenImage, 'pin'>> {
  const kernelsBefore = await readKernelsBefore(overlay, { edits, directory: work }, ports);
  const [baseChunks, baseFile, pin] = await waitTogether(
    [
      digestBase(base, { cache: cacheDirectory, work }, ports),
      compression === 'inherit' ? digestBaseFile(base, cacheDirectory) : Promise.resolve(undefined),
      driver.apply({ overlay, edits, directory: work }, ports),
    ],
    cancelNothing,
  );
  await withGuest({ path: overlay, format: 'qcow2' }, work, ports, async ({ files }) =>
    assertNewKernelsComplete(files, kernelsBefore),
  );
  return { changed: await mapOverlay(overlay, ports), baseChunks, baseFile, pin };
}

/** Waits for both. If both fail, the check's failure is thrown, because it explains the other. */
async function withFailuresFrom<T>(check: Promise<void>, work: Promise<T>): Promise<T> {
  const explained = work.catch(async (error: unknown) => {
    await check;
    throw error;
  });
  const [result] = await waitTogether([explained, check], cancelNothing);
  return result;
}

/** Rejects a base that cannot be edited before any work is done. Returns the versions of its kernels. */
async function readKernelsBefore(
  overlay: string,
  { edits, directory }: Pick<EditPlan, 'edits' | 'directory'>,
  ports: Ports,
): Promise<ReadonlySet<string>> {
  return withGuest({ path: overlay, format: 'qcow2' }, directory, ports, async (guest) => {
    await assertEditableGuest(guest, overlay, directory, ports);
    const problem = await findLabelProblem(guest, edits);
    if (problem !== undefined) ports.log.warn(problem);
    return new Set((await listKernels(guest.files)).map(({ version }) => version));
  });
}

async function chooseCompression(request: AssembleRequest, log: Log): Promise<GoldenImage['compression']> {
  const { base, compression } = request;
  if (compression !== 'auto' && compression !== 'inherit') return compression;
  const obstacle = await findObstacleToInherit(request);
  if (compression === 'auto') {
    log.detail(
      obstacle === undefined
        ? `Compression: inherit (the base is compressed with ${base.compression})`
        : `Compression: zstd (${obstacle})`,
    );
    return obstacle === undefined ? 'inherit' : 'zstd';
  }
  if (obstacle === undefined) return 'inherit';
  throw new Failure(`compression inherit is not possible: ${obstacle}`, {
    fix: 'use compression auto, zstd, zlib or none',
  });
}

/** Undefined if the golden image can keep the compressed clusters of its base. */
async function findObstacleToInherit({ base, layout, diskSize }: AssembleRequest): Promise<string | undefined> {
  if (layout === 'layered') return 'a layered image does not contain the clusters of its base';
  if (base.format !== 'qcow2' || base.compression === 'none') return 'the base is not compressed';
  const { clusterSize } = await readQcow2Header(base.path);
  // QEMU's compress filter only writes whole clusters.
  return diskSize % clusterSize === 0
    ? undefined
    : `a disk of ${diskSize} bytes is not a multiple of the base's cluster size of ${clusterSize} bytes`;
}

function assertDiskSize({ base, diskSize }: AssembleRequest): void {
  if (diskSize < base.virtualSize) {
    throw new Failure(`disk-size of ${diskSize} bytes is smaller than the base's disk of ${base.virtualSize} bytes`, {
      fix: 'set a larger disk-size: a disk cannot shrink',
    });
  }
  if (diskSize % sectorSize !== 0)
    throw new Failure(`disk-size of ${diskSize} bytes is not a multiple of ${sectorSize}`);
}

async function createDirectories(directory: string): Promise<Directories> {
  const directories = {
    work: join(directory, 'work'),
    snapshots: join(directory, 'snapshots'),
    kernels: join(directory, 'kernels'),
    images: join(directory, 'images'),
  };
  await Promise.all(Object.values(directories).map(async (path) => mkdir(path, { recursive: true })));
  return directories;
}

async function createOverlay(
  overlay: string,
  { base, diskSize }: AssembleRequest,
  { processes }: Ports,
): Promise<void> {
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay, String(diskSize)],
  });
}

interface FinishRequest extends Assembly, Edited {
  readonly image: string;
}

type Finished = Pick<GoldenImage, 'image' | 'digest' | 'cloudHypervisor' | 'backingFile'>;

async function finishImage(request: FinishRequest, ports: Ports): Promise<Finished> {
  const { backingFile, changedFromBase } = await writeImage(request, ports);
  await chmod(request.image, 0o444);
  const golden = { path: request.image, format: 'qcow2' } as const;
  const changed = { extents: request.changed, baseChunks: request.baseChunks, baseSize: request.base.virtualSize };
  const [{ compressedClusters }, digest, file] = await waitTogether(
    [
      checkQcow2(request.image, ports),
      digestGolden(golden, changed, request.directories.work, ports),
      hashImage(request, changedFromBase),
      auditFile(request, ports),
    ],
    cancelNothing,
  );
  const cloudHypervisor = await readCloudHypervisorNeeds(request.image, compressedClusters);
  return {
    image: { path: request.image, ...file },
    digest,
    cloudHypervisor,
    backingFile,
  };
}

interface WrittenImage {
  /** The relative backing path of a layered image. */
  readonly backingFile?: string | undefined;
  /** The ranges that differ from the base's file, if this is a copy of it. */
  readonly changedFromBase?: readonly ByteRange[];
}

async function writeImage(request: FinishRequest, ports: Ports): Promise<WrittenImage> {
  const { base, overlay, image: output, compression, diskSize, changed, directories } = request;
  if (compression === 'inherit') {
    return {
      changedFromBase: await inheritClusters(
        { base: base.path, overlay, changed, output, diskSize, directory: directories.work },
        ports,
      ),
    };
  }
  if (request.layout === 'layered') return { backingFile: await writeLayeredImage({ ...request, compression }, ports) };
  await convertImage({ source: overlay, output, compression, threads: countThreads() }, ports);
  return {};
}

async function hashImage(
  { image, baseFile }: FinishRequest,
  changedFromBase: readonly ByteRange[] | undefined,
): Promise<ChunkedFile> {
  return baseFile === undefined || changedFromBase === undefined
    ? hashFileChunks(image)
    : updateFileChunks(image, baseFile, changedFromBase);
}

async function writeLayeredImage(
  request: FinishRequest & { readonly compression: 'zstd' | 'zlib' | 'none' },
  ports: Ports,
): Promise<string> {
  const { base, overlay, image: output, compression, directories } = request;
  const name = `${base.sha256}.${base.format}`;
  await symlink(base.path, join(directories.images, name));
  const backing = { path: join(directories.images, name), format: base.format };
  await convertImage({ source: overlay, output, compression, threads: countThreads(), backing }, ports);
  const backingFile = `../images/${name}`;
  // Only the name in the header changes: the directories have the same layout on a host.
  await ports.processes.run({
    argv: ['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-b', backingFile, '-F', base.format, output],
  });
  return backingFile;
}

/** qemu-img compresses with up to 16 threads. */
function countThreads(): number {
  return Math.min(16, availableParallelism() * 2);
}

async function auditFile({ image, edits, forbiddenTexts, directories }: FinishRequest, ports: Ports): Promise<void> {
  await withGuest({ path: image, format: 'qcow2' }, directories.work, ports, async ({ files }) =>
    auditImage(files, { edits, forbiddenTexts }),
  );
}

type Boot = Pick<
  GoldenImage,
  'kernel' | 'initramfs' | 'cmdline' | 'networkObstacle' | 'distribution' | 'packages' | 'inventory'
> & { readonly applied: readonly Edit[]; readonly bootEdits: readonly string[] };

async function readBoot(
  { overlay, directories, edits, boot = stockBoot }: Pick<Assembly, 'overlay' | 'directories' | 'edits' | 'boot'>,
  ports: Ports,
): Promise<Boot> {
  return withGuest({ path: overlay, format: 'qcow2' }, directories.work, ports, async (guest) => {
    const pair = await getBootPair(guest.files);
    const { kernel, initramfs } = await extractBootFiles(pair, guest.files, directories.kernels);
    const slim = slimsInitramfs(boot) ? await slimArtifact(initramfs, directories.work, ports) : undefined;
    const ownCmdline = await readCmdline(guest, pair.version);
    const added = bootArguments(boot).filter((argument) => addArgument(ownCmdline, argument) !== ownCmdline);
    const cmdline = added.reduce(addArgument, ownCmdline);
    return {
      kernel: { ...kernel, version: pair.version },
      initramfs: slim?.artifact ?? initramfs,
      bootEdits: [
        ...(slim === undefined ? [] : [slim.edit]),
        ...added.map((argument) => `add ${argument} to the kernel's command line`),
      ],
      cmdline,
      networkObstacle: await findNetworkObstacle(guest.files, cmdline),
      distribution: await tryReadDistribution(guest.files),
      packages: await readPackages(guest.files),
      inventory: await readInventory(guest.files),
      applied: await listApplied(edits, guest.files),
    };
  });
}
