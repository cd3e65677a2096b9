import { Failure, ToolError } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
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
  readonly folder: string;
}

/** What packages need of the root filesystem, and what it has, in bytes. */
export interface Room {
  readonly needed: number;
  readonly free: number;
}

const mebibyte = 1024 ** 2;
/** Bytes, beside what apt counts: what maintainer scripts make, a new initramfs above all. */
const reserve = 256 * mebibyte;

/** The root filesystem grows only where the packages need it: it stays as the base has it otherwise, for the guest to grow. */
export async function makeRoom(request: GrowRequest, { needed, free }: Room, ports: Ports): Promise<void> {
  if (needed === 0 || needed + reserve <= free) return;
  const { root, obstacle } = await planGrowth(request, ports);
  if (obstacle === undefined) return growRoot({ ...request, root }, ports);
  const shortage = `the packages need ${formatBytes(needed)}, and the root filesystem has ${formatBytes(free)} free`;
  if (needed > free) throw new Failure(`${shortage}: it cannot grow, since ${obstacle}`, { mend: 'give a larger disk-size, or a base with a larger root filesystem' });
  ports.log.warn(`${shortage}, which is little; it cannot grow, since ${obstacle}`);
}

/** The root partition, and why it cannot grow, if it cannot. */
export async function planGrowth({ overlay, folder }: GrowRequest, ports: Ports): Promise<{ readonly root: Partition; readonly obstacle: string | undefined }> {
  const disk = await openDisk({ path: overlay, format: 'qcow2' }, folder, ports);
  try {
    const { root: { partition } } = await openGuest(disk);
    return { root: partition, obstacle: findObstacleToGrow(partition, await readPartitions(disk), disk.size) };
  } finally {
    await disk.closeDisk();
  }
}

/** Why the root filesystem cannot grow to the end of its disk, or undefined. */
export function findObstacleToGrow(root: Partition, partitions: readonly Partition[], diskSize: number): string | undefined {
  const next = partitions.find(({ offset }) => offset > root.offset);
  if (next !== undefined) return `partition ${next.number} lies behind its root partition ${root.number}`;
  // The last mebibyte may have the copy of the table.
  return root.offset + root.size + mebibyte >= diskSize ? `its disk of ${formatBytes(diskSize)} has no room behind the root partition` : undefined;
}

/** Grows the root partition, and the filesystem in it, to the end of the disk. */
async function growRoot({ overlay, folder, root }: GrowRequest & { readonly root: Partition }, ports: Ports): Promise<void> {
  const disk = await openEditableDisk(overlay, folder, ports);
  await disk.run({
    argv: ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), disk.rawPath], input: ', +\n',
  }).finally(async () => disk.close());
  const { root: grown } = await planGrowth({ overlay, folder }, ports);
  if (grown.number !== root.number || grown.offset !== root.offset) throw new Failure(`partition ${root.number} could not be grown`);
  // A range of its own: with `?offset=`, resize2fs 1.47 cuts the file off behind the filesystem's size.
  const part = await openEditableDisk(overlay, folder, ports, grown);
  try {
    await checkForResize(part);
    await part.run({ argv: ['resize2fs', part.rawPath] });
  } finally {
    await part.close();
  }
  ports.log.info(`the root filesystem grew from ${formatBytes(root.size)} to ${formatBytes(grown.size)}`);
}

/** resize2fs wants a filesystem that was checked just now. e2fsck(8): exit code 1 means that it has mended something. */
async function checkForResize(part: EditableDisk): Promise<void> {
  try {
    await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode !== 1) throw error;
  }
}
