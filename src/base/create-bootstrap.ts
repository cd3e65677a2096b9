import { mkdir, open, readdir, rename, rm, stat, statfs, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, ToolError } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Command, Processes } from '../platform/process/processes.js';
import { packageOfProgram } from '../platform/process/programs.js';
import {
  diskSectors,
  distributionOf,
  fixedUuid,
  formatPartitionTable,
  machineFiles,
  partitions,
  type PlannedPartition,
  type Recipe,
} from './bootstrap-recipe.js';
import { asRoot, tryNamespaceFailure } from './user-namespace.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

export interface BootstrapRequest {
  readonly recipe: Recipe;
  /** An empty directory with 4 GiB of free disk space. */
  readonly directory: string;
  /** Creation time of the filesystems, in seconds since the epoch. */
  readonly time: number;
}

const sectorBytes = 512;
const blockBytes = 4096;
const clusterBytes = 64 * 1024;
const requiredBytes = 4 * 1024 ** 3;
const installTimeoutMs = 30 * 60_000;

/**
 * Builds a compressed qcow2 image from a distribution's packages, without a loop device or a mount on the host. The
 * result is the same for root and plain users. Returns its path in the directory. @throws Failure
 */
export async function createBootstrapImage(request: BootstrapRequest, ports: Ports): Promise<string> {
  const { recipe, directory } = request;
  await assertTools(ports);
  await assertDiskSpace(directory);
  ports.log.info(`Building a base from the packages of ${recipe.suite}, which takes about 100 s`);
  const tree = join(directory, 'root');
  await installSystem(recipe, tree, ports);
  const boot = await finishTree(recipe, tree, directory);
  const disk = join(directory, 'disk.raw');
  await layOutDisk({ disk, tree, boot, time: request.time }, ports);
  return compressDisk(disk, join(directory, 'disk.qcow2'), ports);
}

/**
 * Checks up front, because the first program takes minutes, and `Processes` does not look up programs in a namespace.
 */
async function assertTools({ processes }: Ports): Promise<void> {
  for (const program of ['mmdebstrap', 'sfdisk', 'mke2fs', 'mkfs.vfat', 'qemu-img']) {
    if ((await processes.tryFind(program)) !== undefined) continue;
    throw new Failure(`${program} is not installed`, {
      fix: `sudo apt-get install --no-install-recommends ${packageOfProgram[program] ?? program}`,
    });
  }
}

async function assertDiskSpace(directory: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize < requiredBytes) {
    const [required, free] = [requiredBytes, bavail * bsize].map((bytes) => (bytes / 1024 ** 3).toFixed(1));
    throw new Failure(
      `not enough disk space in ${directory} to build a base: ${free ?? ''} GiB free (required: ${required ?? ''} GiB)`,
      { fix: 'free disk space, or set cache-folder to a directory on a larger filesystem' },
    );
  }
}

async function installSystem(recipe: Recipe, tree: string, ports: Ports): Promise<void> {
  try {
    await ports.processes.run({
      ...installCommand(recipe, tree),
      timeoutMs: installTimeoutMs,
      onLine: (line) => ports.log.detail(line),
    });
  } catch (error) {
    throw error instanceof ToolError ? (tryNamespaceFailure(error) ?? installFailure(error, recipe.suite)) : error;
  }
}

/** Runs mmdebstrap as root, in namespaces that remove its mounts and child processes however it exits. */
export function installCommand(recipe: Recipe, tree: string): Command {
  return asRoot([
    'unshare',
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--',
    'mmdebstrap',
    '--mode=root',
    '--variant=important',
    '--format=directory',
    `--architectures=${recipe.architecture}`,
    `--components=${recipe.components.join(',')}`,
    `--include=${recipe.packages.join(',')}`,
    // sysfs cannot be mounted in a user namespace, and no package here needs it.
    '--skip=chroot/mount/sys',
    recipe.suite,
    tree,
  ]);
}

/** Names the cause of a failed installation, from the output of mmdebstrap and apt. */
export function installFailure(error: ToolError, suite: string): Failure {
  const text = error.evidence.join('\n');
  const details = { evidence: error.evidence.slice(-12), cause: error };
  const distribution = distributionOf(suite);
  if (/NO_PUBKEY|signatures couldn't be verified|is not signed/.test(text)) {
    const keyring = distribution === 'ubuntu' ? 'ubuntu-keyring' : 'debian-archive-keyring';
    return new Failure(`the keys that sign ${suite} are not installed on this machine`, {
      fix: `sudo apt-get install ${keyring}`,
      ...details,
    });
  }
  if (text.includes('does not have a Release file')) {
    return new Failure(`the package mirror has no suite ${suite}`, {
      fix: 'install a newer mmdebstrap, which may know the mirror of the suite',
      ...details,
    });
  }
  if (unreachable.test(text)) {
    return new Failure(`the package mirror of ${suite} cannot be reached`, {
      fix: 'check the network, set a proxy in /etc/apt/apt.conf.d, or use an existing image as base-image',
      ...details,
    });
  }
  return new Failure(`the packages of ${suite} could not be installed: ${error.message}`, details);
}

const unreachable = new RegExp(
  [
    'Could not (connect|resolve)|Unable to connect|Connection (timed out|failed)',
    'Temporary failure|Cannot initiate the connection',
  ].join('|'),
);

/**
 * Adds and removes the recipe's files, and moves `/boot` out of the tree for a separate filesystem. Returns its new
 * path.
 */
async function finishTree(recipe: Recipe, tree: string, directory: string): Promise<string> {
  for (const [name, content] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), content);
  }
  for (const name of machineFiles) await rm(join(tree, name), { force: true });
  // Only root can create device nodes. The kernel creates them at boot.
  await rm(join(tree, 'dev'), { recursive: true });
  await mkdir(join(tree, 'dev'));
  const boot = join(directory, 'boot');
  await rename(join(tree, 'boot'), boot);
  await mkdir(join(tree, 'boot'));
  const names = await readdir(boot);
  if (!['vmlinuz-', 'initrd.img-'].every((start) => names.some((name) => name.startsWith(start)))) {
    throw new Failure(
      `the packages installed no kernel with an initramfs in /boot (found: ${names.join(', ') || 'nothing'})`,
    );
  }
  return boot;
}

interface DiskRequest {
  readonly disk: string;
  readonly tree: string;
  readonly boot: string;
  readonly time: number;
}

async function layOutDisk({ disk, tree, boot, time }: DiskRequest, { processes, log }: Ports): Promise<void> {
  log.detail('Creating partitions and filesystems');
  const file = await open(disk, 'wx');
  await file.truncate(diskSectors * sectorBytes);
  await file.close();
  await processes.run({ argv: ['sfdisk', '--quiet', disk], input: formatPartitionTable() });
  const { root, boot: bootPartition, esp } = partitions;
  const env = { E2FSPROGS_FAKE_TIME: String(time) };
  await processes.run(asRoot(ext4Command(disk, root, 'cloudimg-rootfs', tree), env));
  await processes.run(asRoot(ext4Command(disk, bootPartition, 'BOOT', boot), env));
  await processes.run({
    argv: [
      'mkfs.vfat',
      '--invariant',
      '-F',
      '32',
      '-n',
      'UEFI',
      `--offset=${esp.start}`,
      disk,
      String((esp.size * sectorBytes) / 1024),
    ],
  });
}

/** mke2fs copies the directory directly into the partition in the file. */
function ext4Command(
  disk: string,
  { number, start, size }: PlannedPartition,
  label: string,
  directory: string,
): Command['argv'] {
  const uuid = fixedUuid(number);
  return [
    'mke2fs',
    '-q',
    '-F',
    '-t',
    'ext4',
    '-b',
    String(blockBytes),
    '-L',
    label,
    '-U',
    uuid,
    '-d',
    directory,
    // Without this, the guest would initialize the tables, and write zeros into its overlay for minutes.
    '-E',
    `offset=${start * sectorBytes},hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=0,nodiscard`,
    disk,
    String(Math.floor((size * sectorBytes) / blockBytes)),
  ];
}

async function compressDisk(disk: string, image: string, { processes, log }: Ports): Promise<string> {
  log.detail('Compressing the disk');
  await processes.run({
    // Ubuntu's images are compressed with zlib too.
    argv: [
      'qemu-img',
      'convert',
      '-f',
      'raw',
      '-O',
      'qcow2',
      '-c',
      '-o',
      'compression_type=zlib',
      '-W',
      '-m',
      '8',
      disk,
      image,
    ],
  });
  // The last compressed cluster may end within a sector, but Cloud Hypervisor v53 reads whole sectors.
  const { size } = await stat(image);
  await truncate(image, Math.ceil(size / clusterBytes) * clusterBytes);
  return image;
}
