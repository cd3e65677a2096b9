import { Failure, ToolError } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { fullDiskMessage } from './package-edits.js';
import { openGuest } from '../disk/open-guest.js';
import { readPartitions, type Partition } from '../disk/partition-table.js';
import { openDisk, openEditableDisk, type EditableDisk } from '../disk/storage-daemon.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

interface GrowRequest {
  readonly overlay: string;
  /** Takes sockets. */
  readonly directory: string;
}

/** What packages need of the root filesystem, and what it has, in bytes. */
export interface Room {
  readonly needed: number;
  readonly free: number;
}

const mebibyte = 1024 ** 2;
/** Bytes, beside what apt counts: what maintainer scripts make, a new initramfs above all. */
const reserve = 256 * mebibyte;
/** Bytes that apt's lists of packages and its caches take at the most: those of Ubuntu with all components. */
const listsReserve = 512 * mebibyte;

/** Why a root filesystem cannot grow, and what helps. */
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

/** Before the lists of packages are fetched, by which alone is known what the packages need. If it cannot grow, apt is to try. */
export async function growForLists(request: GrowRequest, ports: Ports): Promise<void> {
  const { root, free, obstacle } = await planGrowth(request, ports);
  if (free < listsReserve && obstacle === undefined) await growRoot({ ...request, root }, ports);
}

/** The root filesystem grows only where the packages need it: it stays as the base has it otherwise, for the guest to grow. */
export async function makeRoom(request: GrowRequest, { needed, free }: Room, ports: Ports): Promise<void> {
  if (needed === 0 || needed + reserve <= free) return;
  const { root, obstacle } = await planGrowth(request, ports);
  if (obstacle === undefined) return growRoot({ ...request, root }, ports);
  const shortage = `the packages need ${formatBytes(needed)}, and the root filesystem has ${formatBytes(free)} free`;
  if (needed > free) throw new Failure(`${shortage}: it cannot grow, since ${obstacle.why}`, { fix: obstacle.fix });
  ports.log.warn(`${shortage}, which is little; it cannot grow, since ${obstacle.why}`);
}

/** As `work`, which fails with a hint that works if the image's disk is full. */
export async function withFullDiskFailure<T>(request: GrowRequest, ports: Ports, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || error.message !== fullDiskMessage) throw error;
    const { obstacle } = await planGrowth(request, ports).catch(() => ({ obstacle: undefined }));
    throw new Failure(error.message, { fix: obstacle?.fix ?? largerBase, evidence: error.evidence, cause: error });
  }
}

/** The root partition, what is free in it, and why it cannot grow, if it cannot. */
export async function planGrowth(
  { overlay, directory }: GrowRequest,
  ports: { readonly processes: Processes },
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
    const own = partitions.length === 0 ? { ...partition, size: filesystem.size } : partition;
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

/** Why the root filesystem cannot grow to the end of its disk, or undefined. */
export function findObstacleToGrow(
  root: Partition,
  partitions: readonly Partition[],
  diskSize: number,
): Obstacle | undefined {
  const next = partitions.find(({ start }) => start > root.start);
  if (next !== undefined) {
    return {
      why: `partition ${next.number} lies behind its root partition ${root.number}`,
      fix: `${largerBase}, or with its root partition last`,
    };
  }
  // The last mebibyte may have the copy of the table.
  if (root.start + root.length + mebibyte < diskSize) return undefined;
  return {
    why: `its disk of ${formatBytes(diskSize)} has no room behind the root ${root.number === 0 ? 'filesystem' : 'partition'}`,
    fix: 'give a larger disk-size',
  };
}

/** Grows the root partition, and the filesystem in it, to the end of the disk. */
async function growRoot(
  { overlay, directory, root }: GrowRequest & { readonly root: Partition },
  ports: Ports,
): Promise<void> {
  // A filesystem on the whole disk has no partition that would have to grow first.
  if (root.number !== 0) await growPartition({ overlay, directory, root }, ports);
  const { root: grown, size } = await planGrowth({ overlay, directory }, ports);
  if (grown.number !== root.number || grown.start !== root.start)
    throw new Failure(`partition ${root.number} could not be grown`);
  // A range of its own: with `?offset=`, resize2fs 1.47 cuts the file off behind the filesystem's size.
  const part = await openEditableDisk(overlay, directory, ports, grown);
  try {
    await checkForResize(part);
    await part.run({ argv: ['resize2fs', part.rawPath] });
  } finally {
    await part.close();
  }
  ports.log.info(`the root filesystem grew from ${formatBytes(size)} to ${formatBytes(grown.length)}`);
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

/** resize2fs wants a filesystem that was checked just now. e2fsck(8): exit code 1 means that it has fixed something. */
async function checkForResize(part: EditableDisk): Promise<void> {
  try {
    await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode !== 1) throw error;
  }
}
