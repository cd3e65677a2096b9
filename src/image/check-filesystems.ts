import { Failure, ToolError } from '../platform/errors.js';
import type { Processes } from '../platform/process/processes.js';
import { assertEditable } from '../disk/ext4-features.js';
import { partitionsOf, type Guest, type GuestPartition } from '../disk/open-guest.js';
import { openRawDisk, type EditableDisk } from '../disk/storage-daemon.js';
import { withGuest } from '../disk/with-guest.js';

interface Ports {
  readonly processes: Processes;
}

/** Has e2fsck look over what the guest will mount. @throws Failure where it finds fault */
export async function checkFilesystems(overlay: string, directory: string, ports: Ports): Promise<void> {
  const parts = await withGuest({ path: overlay, format: 'qcow2' }, directory, ports, async (guest) =>
    Promise.resolve(partitionsOf(guest)),
  );
  await checkPartitions(parts, overlay, directory, ports);
}

/** As `checkFilesystems`, where the partitions are known. */
export async function checkPartitions(
  parts: readonly GuestPartition[],
  overlay: string,
  directory: string,
  ports: Ports,
): Promise<void> {
  const disk = await openRawDisk(overlay, directory, ports);
  try {
    for (const part of parts) await checkFilesystem(part, disk);
  } finally {
    await disk.close();
  }
}

/** What e2fsprogs learned after 1.46, the oldest release that this product works with: the host's own may not know it. */
function isNewFeature(name: string): boolean {
  return name === 'orphan_file' || name.includes(' feature 0x');
}

/** Before anything is edited. @throws Failure for a filesystem with a feature that this machine's e2fsprogs, or debugfs, does not write */
export async function assertEditableGuest(
  guest: Guest,
  overlay: string,
  directory: string,
  ports: Ports,
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

/** Without -f, e2fsck looks at the superblock of a clean filesystem, and at no more. */
async function assertKnownFeatures({ partition }: GuestPartition, disk: EditableDisk): Promise<void> {
  try {
    await disk.run({ argv: ['e2fsck', '-n', `${disk.rawPath}?offset=${partition.start}`] });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    const features = /has unsupported (?:read-only )?feature\(s\): ?(.+)/.exec(error.evidence.join('\n'))?.[1];
    // Any other fault is found, and said, when the edits are checked.
    if (features === undefined) return;
    throw new Failure(
      `the filesystem of partition ${partition.number} has features that this machine's e2fsprogs does not know: ${features}`,
      {
        fix: 'install a newer e2fsprogs on this machine, or remove them from the base: tune2fs -O ^feature',
        evidence: error.evidence,
        cause: error,
      },
    );
  }
}

async function checkFilesystem({ partition }: GuestPartition, disk: EditableDisk): Promise<void> {
  try {
    await disk.run({ argv: ['e2fsck', '-fn', `${disk.rawPath}?offset=${partition.start}`] });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the filesystem of partition ${partition.number} is not clean after the edits`, {
      fix: 'the base may have been damaged before: run e2fsck -f on its filesystems, or use another',
      evidence: error.evidence,
      cause: error,
    });
  }
}
