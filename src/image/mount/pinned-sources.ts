import type { GuestFiles } from '../../disk/guest-files.js';
import { listIndexed } from '../../apt/snapshot.js';
import { listIndexesCommand } from '../../apt/commands.js';
import { formatPinConfiguration, type Pin } from '../pin-packages.js';
import { guestDirectory, writeGuestFile, type Chroot } from './chroot.js';

const configuration = `${guestDirectory}/apt.conf`;
const sourcesPath = `${guestDirectory}/pinned.sources`;
/** Bytes of one package list: that of Ubuntu's universe has 70 million. */
const largestIndex = 512 * 1024 ** 2;

/** Makes every apt in the guest use the pinned sources, in scripts too: apt reads this file first (apt.conf(5)). */
export const pinnedEnvironment = { APT_CONFIG: configuration } as const;

export async function writePin({ sources }: Pin, chroot: Chroot): Promise<void> {
  await writeGuestFile(chroot, sourcesPath, sources, 0o644);
  await writeGuestFile(chroot, configuration, formatPinConfiguration(sourcesPath), 0o644);
}

/** The guest's paths of the snapshot's package lists. */
export async function listPinnedIndexes({ snapshot }: Pin, chroot: Chroot): Promise<readonly string[]> {
  const { stdout } = await chroot.run(listIndexesCommand, 60_000);
  return stdout
    .split('\n')
    .map((line) => line.split('|'))
    .flatMap(([uri = '', path = '']) => (uri.includes(`/${snapshot}/`) ? [path] : []));
}

export async function readIndexes(paths: readonly string[], files: GuestFiles): Promise<ReadonlySet<string>> {
  return listIndexed(
    await Promise.all(paths.map(async (path) => (await files.read(path, largestIndex)).toString('utf8'))),
  );
}
