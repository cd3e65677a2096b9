import { Failure, ToolError } from '../platform/errors.js';
import type { Processes } from '../platform/processes.js';
import { partitionsOf, type GuestPartition } from '../disk/open-guest.js';
import { openRawDisk, type EditableDisk } from '../disk/storage-daemon.js';
import { withGuest } from '../disk/with-guest.js';

interface Ports {
  readonly processes: Processes;
}

/** Has e2fsck look over what the guest will mount. @throws Failure where it finds fault */
export async function checkFilesystems(overlay: string, folder: string, ports: Ports): Promise<void> {
  const parts = await withGuest({ path: overlay, format: 'qcow2' }, folder, ports, async (guest) => Promise.resolve(partitionsOf(guest)));
  await checkPartitions(parts, overlay, folder, ports);
}

/** As `checkFilesystems`, where the partitions are known. */
export async function checkPartitions(parts: readonly GuestPartition[], overlay: string, folder: string, ports: Ports): Promise<void> {
  const disk = await openRawDisk(overlay, folder, ports);
  try {
    for (const part of parts) await checkFilesystem(part, disk);
  } finally {
    await disk.close();
  }
}

async function checkFilesystem({ partition }: GuestPartition, disk: EditableDisk): Promise<void> {
  try {
    await disk.run({ argv: ['e2fsck', '-fn', `${disk.rawPath}?offset=${partition.offset}`] });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the filesystem of partition ${partition.number} is not clean after the edits`, {
      mend: 'the base may have been damaged before: run e2fsck -f on its filesystems, or use another', evidence: error.evidence, cause: error,
    });
  }
}
