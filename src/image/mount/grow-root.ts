import { Failure, ToolError } from '../../platform/errors.js';
import { formatBytes } from '../../platform/format.js';
import type { Log } from '../../platform/log.js';
import type { Processes } from '../../platform/processes.js';
import { readPartitions } from '../../disk/partition-table.js';
import { withRawFile } from '../../disk/raw-file.js';
import { openEditableDisk, type EditableDisk } from '../../disk/storage-daemon.js';
import type { Partition } from '../../disk/partition-table.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

interface GrowRequest {
  readonly overlay: string;
  readonly folder: string;
  readonly root: Partition;
}

const mebibyte = 1024 ** 2;

/** Why the root filesystem cannot grow to the end of its disk, or undefined. */
export function findObstacleToGrow(root: Partition, partitions: readonly Partition[], diskSize: number): string | undefined {
  const next = partitions.find(({ offset }) => offset > root.offset);
  if (next !== undefined) return `partition ${next.number} lies behind its root partition ${root.number}`;
  // The last mebibyte may have the copy of the table.
  return root.offset + root.size + mebibyte >= diskSize ? `its disk of ${formatBytes(diskSize)} has no room behind the root partition` : undefined;
}

/** Grows the root partition, and the filesystem in it, to the end of the disk. */
export async function growRoot({ overlay, folder, root }: GrowRequest, ports: Ports): Promise<void> {
  const disk = await openEditableDisk(overlay, folder, ports);
  const grown = await growPartition(disk, root).finally(async () => disk.close());
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

async function growPartition(disk: EditableDisk, root: Partition): Promise<Partition> {
  // A filesystem without a partition table has the whole disk.
  const isWhole = root.number === 0;
  if (!isWhole) {
    await disk.run({
      argv: ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '-N', String(root.number), disk.rawPath], input: ', +\n',
    });
  }
  return withRawFile(disk.reach(disk.rawPath), async (raw) => {
    if (isWhole) return { ...root, size: raw.size };
    const grown = (await readPartitions(raw)).find(({ number }) => number === root.number);
    if (grown?.offset !== root.offset) throw new Failure(`partition ${root.number} could not be grown`);
    return grown;
  });
}

/** resize2fs wants a filesystem that was checked just now. e2fsck(8): exit code 1 means that it has mended something. */
async function checkForResize(part: EditableDisk): Promise<void> {
  try {
    await part.run({ argv: ['e2fsck', '-f', '-p', part.rawPath] });
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode !== 1) throw error;
  }
}
