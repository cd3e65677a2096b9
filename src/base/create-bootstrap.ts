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
  /** An empty directory with room for 4 GiB. */
  readonly directory: string;
  /** What the filesystems say of when they were made; seconds since the epoch. */
  readonly time: number;
}

const sectorBytes = 512;
const blockBytes = 4096;
const clusterBytes = 64 * 1024;
const requiredBytes = 4 * 1024 ** 3;
const installTimeoutMs = 30 * 60_000;

/**
 * Makes a compressed qcow2 image of a system from its distribution's packages, without a loop device or a mount on the host:
 * root and plain users make the same. Answers with its path in the directory. @throws Failure
 */
export async function createBootstrapImage(request: BootstrapRequest, ports: Ports): Promise<string> {
  const { recipe, directory } = request;
  await assertTools(ports);
  await assertDiskSpace(directory);
  ports.log.info(
    `making a base from the packages of ${recipe.suite}: install about 80 s, filesystems 5 s, compression 15 s`,
  );
  const tree = join(directory, 'root');
  await installSystem(recipe, tree, ports);
  const boot = await finishTree(recipe, tree, directory);
  const disk = join(directory, 'disk.raw');
  await layOutDisk({ disk, tree, boot, time: request.time }, ports);
  return compressDisk(disk, join(directory, 'disk.qcow2'), ports);
}

/** Before the minutes that the first of them takes, and by name: what runs in a namespace is not looked up by `Processes`. */
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
    throw new Failure(
      `making a base takes ${requiredBytes / 1024 ** 3} GiB in ${directory}: ${((bavail * bsize) / 1024 ** 3).toFixed(1)} GiB are free`,
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

/** mmdebstrap as root in namespaces that take its mounts and its children with them, however it ends. */
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
    // It cannot be had in a user namespace, and no package here needs it.
    '--skip=chroot/mount/sys',
    recipe.suite,
    tree,
  ]);
}

/** mmdebstrap's and apt's own words, by what the user can do about them. */
export function installFailure(error: ToolError, suite: string): Failure {
  const text = error.evidence.join('\n');
  const details = { evidence: error.evidence.slice(-12), cause: error };
  const distribution = distributionOf(suite);
  if (/NO_PUBKEY|signatures couldn't be verified|is not signed/.test(text)) {
    const keyring = distribution === 'ubuntu' ? 'ubuntu-keyring' : 'debian-archive-keyring';
    return new Failure(`the keys that sign ${suite} are not on this machine`, {
      fix: `sudo apt-get install ${keyring}`,
      ...details,
    });
  }
  if (text.includes('does not have a Release file')) {
    return new Failure(`the package mirror has no suite ${suite}`, {
      fix: 'a newer mmdebstrap may know where it is',
      ...details,
    });
  }
  if (
    /Could not (connect|resolve)|Temporary failure|Cannot initiate the connection|Connection (timed out|failed)|Unable to connect/.test(
      text,
    )
  ) {
    return new Failure(`the package mirror of ${suite} cannot be reached`, {
      fix: 'check the network, or say a proxy in /etc/apt/apt.conf.d; base-image also takes a path',
      ...details,
    });
  }
  return new Failure(`${suite} could not be installed from its packages: ${error.message}`, details);
}

/** Adds and removes files as the recipe says, and takes `/boot` out for a filesystem of its own. Answers with its new place. */
async function finishTree(recipe: Recipe, tree: string, directory: string): Promise<string> {
  for (const [name, content] of Object.entries(recipe.files)) {
    await mkdir(dirname(join(tree, name)), { recursive: true });
    await writeFile(join(tree, name), content);
  }
  for (const name of machineFiles) await rm(join(tree, name), { force: true });
  // Only root can make device nodes; the kernel makes them at boot.
  await rm(join(tree, 'dev'), { recursive: true });
  await mkdir(join(tree, 'dev'));
  const boot = join(directory, 'boot');
  await rename(join(tree, 'boot'), boot);
  await mkdir(join(tree, 'boot'));
  const names = await readdir(boot);
  if (!['vmlinuz-', 'initrd.img-'].every((start) => names.some((name) => name.startsWith(start)))) {
    throw new Failure(
      `the packages brought no kernel with its initramfs into /boot, but ${names.join(', ') || 'nothing'}`,
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
  log.detail('laying out the disk as noble is');
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

/** mke2fs copies the directory straight into the partition's place in the file. */
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
    // With its tables made whole now, the guest does not write zeros into its overlay for minutes.
    '-E',
    `offset=${start * sectorBytes},hash_seed=${uuid},lazy_itable_init=0,lazy_journal_init=0,nodiscard`,
    disk,
    String(Math.floor((size * sectorBytes) / blockBytes)),
  ];
}

async function compressDisk(disk: string, image: string, { processes, log }: Ports): Promise<string> {
  log.detail('compressing the disk');
  await processes.run({
    // zlib is what Ubuntu's own images are compressed with.
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
  // QEMU ends in the middle of a sector after a compressed cluster; Cloud Hypervisor v53 reads whole sectors.
  const { size } = await stat(image);
  await truncate(image, Math.ceil(size / clusterBytes) * clusterBytes);
  return image;
}
