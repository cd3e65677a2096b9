import { Failure, ToolError } from '../platform/errors.js';
import { assertEditable } from '../disk/ext4-features.js';
import { partitionsOf, type Guest, type GuestPartition } from '../disk/open-guest.js';
import { openRawDisk, type EditableDisk } from '../disk/storage-daemon.js';
import { withGuest } from '../disk/with-guest.js';
import type { Ports } from './ports.js';

/** Runs e2fsck on what the guest mounts. @throws Failure if a filesystem has errors */
export async function assertCleanFilesystems(
  overlay: string,
  directory: string,
  ports: Pick<Ports, 'processes'>,
): Promise<void> {
  const parts = await withGuest({ path: overlay, format: 'qcow2' }, directory, ports, async (guest) =>
    Promise.resolve(partitionsOf(guest)),
  );
  await assertCleanPartitions(parts, overlay, directory, ports);
}

/** As `assertCleanFilesystems`, for known partitions. */
export async function assertCleanPartitions(
  parts: readonly GuestPartition[],
  overlay: string,
  directory: string,
  ports: Pick<Ports, 'processes'>,
): Promise<void> {
  const disk = await openRawDisk(overlay, directory, ports);
  try {
    for (const part of parts) await assertClean(part, disk);
  } finally {
    await disk.close();
  }
}

/** Added to e2fsprogs after 1.46, the oldest supported release: the machine's e2fsprogs may not know it. */
function isNewFeature(name: string): boolean {
  return name === 'orphan_file' || name.includes(' feature 0x');
}

/** @throws Failure for a filesystem with a feature that debugfs, or this machine's e2fsprogs, cannot write */
export async function assertEditableGuest(
  guest: Guest,
  overlay: string,
  directory: string,
  ports: Pick<Ports, 'processes'>,
): Promise<void> {
  const parts = partitionsOf(guest);
  for (const { partition, mount } of parts) assertEditable(mount.filesystem.features, partition.number);
  const doubtful = parts.filter(({ mount }) => mount.filesystem.features.some(isNewFeature));
  if (doubtful.length === 0) return;
  const disk = await openRawDisk(overlay, directory, ports);
  try {
    for (const part of doubtful) await assertKnownFeatures(part, disk);
  } finally {
    await disk.close();
  }
}

/** Without -f, e2fsck only reads the superblock of a clean filesystem. */
async function assertKnownFeatures({ partition }: GuestPartition, disk: EditableDisk): Promise<void> {
  try {
    await disk.run({ argv: ['e2fsck', '-n', `${disk.rawPath}?offset=${partition.start}`] });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const features = /has unsupported (?:read-only )?feature\(s\): ?(.+)/.exec(error.evidence.join('\n'))?.[1];
    // The check after the edits reports all other errors.
    if (features === undefined) return;
    throw new Failure(
      `the filesystem of partition ${partition.number} has features unknown to this machine's e2fsprogs: ${features}`,
      {
        fix: 'install a newer e2fsprogs on this machine, or remove the features from the base: tune2fs -O ^feature',
        evidence: error.evidence,
        cause: error,
      },
    );
  }
}

async function assertClean({ partition }: GuestPartition, disk: EditableDisk): Promise<void> {
  try {
    await disk.run({ argv: ['e2fsck', '-fn', `${disk.rawPath}?offset=${partition.start}`] });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the filesystem of partition ${partition.number} has errors after the edits`, {
      fix: 'the base may be damaged: run e2fsck -f on its filesystems, or use a different base',
      evidence: error.evidence,
      cause: error,
    });
  }
}
