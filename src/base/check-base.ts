import type { Processes } from '../platform/process/processes.js';
import { withRunDirectory } from '../platform/fs/run-directory.js';
import { assertEditable } from '../disk/ext4-features.js';
import { partitionsOf } from '../disk/open-guest.js';
import { withGuest } from '../disk/with-guest.js';
import { readImageFacts, type ImageFacts } from './read-image-facts.js';

export interface CheckedBase extends ImageFacts {
  /** The guest's filesystems, for messages: `ext4 on partition 1 (/) and partition 16 (/boot)`. */
  readonly filesystems: string;
}

/**
 * Checks whether a file can be a base, without reading all of it.
 * @throws Failure that gives the reason if it cannot
 */
export async function checkBase(
  path: string,
  workDirectory: string,
  ports: { readonly processes: Processes },
): Promise<CheckedBase> {
  const facts = await readImageFacts(path, ports);
  return withRunDirectory(workDirectory, ports, async (directory) =>
    withGuest({ path, format: facts.format }, directory, ports, async (guest) => {
      const parts = partitionsOf(guest);
      for (const { partition, mount } of parts) assertEditable(mount.filesystem.features, partition.number);
      const places = parts.map(
        ({ partition, mount }) =>
          `${partition.number === 0 ? 'the whole disk' : `partition ${partition.number}`} (${mount.path})`,
      );
      return Promise.resolve({ ...facts, filesystems: `ext4 on ${places.join(' and ')}` });
    }),
  );
}
