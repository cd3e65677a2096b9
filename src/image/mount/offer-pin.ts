import type { GuestFiles } from '../../disk/guest-files.js';
import { listIndexed } from '../../apt/snapshot.js';
import { listIndexesCommand } from '../../apt/commands.js';
import { formatPinConfiguration, type Pin } from '../pin-packages.js';
import { guestDirectory, offerFile, type Chroot } from './chroot.js';

const configuration = `${guestDirectory}/apt.conf`;
const sourcesPath = `${guestDirectory}/pinned.sources`;
/** Bytes of one list of packages: that of Ubuntu's universe has 70 million. */
const largestIndex = 512 * 1024 ** 2;

/** What makes every apt in the guest take the pinned sources, a script's as well: apt.conf(5) has it read first. */
export const pinnedEnvironment = { APT_CONFIG: configuration } as const;

export async function offerPin({ sources }: Pin, chroot: Chroot): Promise<void> {
  await offerFile(chroot, sourcesPath, sources, 0o644);
  await offerFile(chroot, configuration, formatPinConfiguration(sourcesPath), 0o644);
}

/** The guest's paths of the lists of packages as they were then. */
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
