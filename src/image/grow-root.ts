import { Failure, ToolError } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import { fullDiskMessage } from './package-edits.js';
import { openGuest } from '../disk/open-guest.js';
import { readPartitions, type Partition } from '../disk/partition-table.js';
import { openDisk, openEditableDisk, type EditableDisk } from '../disk/storage-daemon.js';
import type { Ports } from './ports.js';

interface GrowRequest {
  readonly overlay: string;
  /** For sockets. */
  readonly directory: string;
}

/** Bytes that packages need in the root filesystem, and that are free in it. */
export interface SpaceNeed {
  readonly needed: number;
  readonly free: number;
}

const mebibyte = 1024 ** 2;
/** Bytes beyond apt's count, for what maintainer scripts create, mostly an initramfs. */
const reserve = 256 * mebibyte;
/** Bytes for apt's package lists and caches: those of Ubuntu with all components. */
const listsReserve = 512 * mebibyte;

/** Why a root filesystem cannot grow. */
export interface Obstacle {
  readonly why: string;
  readonly fix: string;
}

export interface GrowthPlan {
  readonly root: Partition;
  /** Bytes of its filesystem. */
  readonly size: number;
  /** Bytes that are free in it. */
  readonly free: number;
  /** Undefined if it can grow. */
  readonly obstacle: Obstacle | undefined;
}

/**
 * Makes the package lists fit, without which apt cannot tell what the packages need. If the filesystem cannot grow, apt
 * tries anyway.
 */
export async function growForLists(request: GrowRequest, ports: Ports): Promise<void> {
  const { root, free, obstacle } = await planGrowth(request, ports);
  if (free < listsReserve && obstacle === undefined) await growRoot({ ...request, root }, ports);
}

/** Grows the root filesystem only if the packages need it. Otherwise the guest grows it at its first boot. */
export async function growForPackages(request: GrowRequest, { needed, free }: SpaceNeed, ports: Ports): Promise<void> {
  if (needed === 0 || needed + reserve <= free) return;
  const { root, obstacle } = await planGrowth(request, ports);
  if (obstacle === undefined) return growRoot({ ...request, root }, ports);
  const shortage = `the packages need ${formatBytes(needed)}, and the root filesystem has ${formatBytes(free)} free`;
  if (needed > free) throw new Failure(`${shortage} and cannot grow: ${obstacle.why}`, { fix: obstacle.fix });
  ports.log.warn(`${shortage} and cannot grow, so little will be left: ${obstacle.why}`);
}

/** Runs `work`. If the image's disk is full, its failure gets the fix that helps for this disk. */
export async function withFullDiskFailure<T>(request: GrowRequest, ports: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.message !== fullDiskMessage) throw error;
    const { obstacle } = await planGrowth(request, ports).catch(() => ({ obstacle: undefined }));
    throw new Failure(error.message, { fix: obstacle?.fix ?? largerBase, evidence: error.evidence, cause: error });
  }
}

export async function planGrowth(
  { overlay, directory }: GrowRequest,
  ports: Pick<Ports, 'processes'>,
): Promise<GrowthPlan> {
  const disk = await openDisk({ path: overlay, format: 'qcow2' }, directory, ports);
  try {
    const {
      root: {
        partition,
        mount: { filesystem },
      },
    } = await openGuest(disk);
    const partitions = await readPartitions(disk);
    const own = partitions.length === 0 ? { ...partition, length: filesystem.size } : partition;
    return {
      root: partition,
      size: filesystem.size,
      free: filesystem.freeBytes,
      obstacle: findObstacleToGrow(own, partitions, disk.size),
    };
  } finally {
    await disk.closeDisk();
  }
}

const largerBase = 'use a base with a larger root filesystem';

/** Undefined if the root filesystem can grow to the end of its disk. */
export function findObstacleToGrow(
  root: Partition,
  partitions: readonly Partition[],
  diskSize: number,
): Obstacle | undefined {
  const next = partitions.find(({ start }) => start > root.start);
  if (next !== undefined) {
    return {
      why: `partition ${next.number} follows the root partition ${root.number}`,
      fix: `${largerBase}, or whose root partition is the last`,
    };
  }
  // The backup partition table may be in the last mebibyte.
  if (root.start + root.length + mebibyte < diskSize) return undefined;
  const last = root.number === 0 ? 'filesystem' : 'partition';
  return {
    why: `the disk of ${formatBytes(diskSize)} has no space after the root ${last}`,
    fix: 'set a larger disk-size',
  };
}

/** Grows the root partition and its filesystem to the end of the disk. */
export async function growRoot(
  { overlay, directory, root }: GrowRequest & { readonly root: Partition },
  ports: Ports,
): Promise<void> {
  // A filesystem on the whole disk has no partition.
  if (root.number !== 0) await growPartition({ overlay, directory, root }, ports);
  const { root: grown, size } = await planGrowth({ overlay, directory }, ports);
  if (grown.number !== root.number || grown.start !== root.start)
    throw new Failure(`sfdisk did not grow partition ${root.number}`);
  // A separate export: with `?offset=`, resize2fs 1.47 truncates the file to the filesystem's size.
  const part = await openEditableDisk(overlay, directory, ports, grown);
  try {
    await checkBeforeResize(part);
    await part.run({ argv: ['resize2fs', part.rawPath] });
  } finally {
    await part.close();
  }
  ports.log.info(`Grew the root filesystem from ${formatBytes(size)} to ${formatBytes(grown.length)}`);
}

async function growPartition(
  { overlay, directory, root }: GrowRequest & { readonly root: Partition },
  ports: Ports,
): Promise<void> {
  const disk = await openEditableDisk(overlay, directory, ports);
  await disk
    .run({
      argv: ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), disk.rawPath],
      input: ', +\n',
    })
    .finally(async () => disk.close());
}

/** resize2fs requires a check just before. e2fsck(8) exits with 1 if it fixed something. */
async function checkBeforeResize(part: EditableDisk): Promise<void> {
  try {
    await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode !== 1) throw error;
  }
}
