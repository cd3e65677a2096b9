import { Failure } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';
import { sliceReader, type BlockReader } from './block-reader.js';
import { isExt4, openExt4, type Ext4Reader } from './ext4-reader.js';
import { readContentKind } from './identify-filesystem.js';
import { openGuestFiles, type GuestFiles, type GuestMount } from './guest-files.js';
import { readPartitions, type Partition } from './partition-table.js';

/** A partition of the guest that it mounts. */
export interface GuestPartition {
  readonly partition: Partition;
  readonly mount: GuestMount;
}

/** A guest's disk, opened: where its filesystems lie, and the files in them. */
export interface Guest {
  readonly root: GuestPartition;
  /** Undefined where `/boot` lies in the root filesystem. */
  readonly boot: GuestPartition | undefined;
  readonly files: GuestFiles;
}

/** The partitions that a guest mounts, its root first. */
export function partitionsOf({ root, boot }: Guest): readonly GuestPartition[] {
  return boot === undefined ? [root] : [root, boot];
}

const linuxRootX86 = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
const rootLabel = 'cloudimg-rootfs';
const lvmType = new Set(['E6D6D379-F507-44C2-A23C-238F2A3DF928', '8E']);

interface Candidate {
  readonly partition: Partition;
  readonly filesystem: Ext4Reader;
}

/**
 * Finds the root and boot filesystems by what is in them, never by their number:
 * noble keeps `/boot` on partition 16, other releases on another one or inside of the root filesystem.
 * @throws Failure where there is no root, or more than one that could be it.
 */
export async function openGuest(disk: BlockReader): Promise<Guest> {
  const partitions = await readPartitions(disk);
  const whole = { number: 0, start: 0, length: disk.size, type: '' };
  const places = partitions.length === 0 ? [whole] : partitions;
  const candidates = await findFilesystems(disk, places);
  const rootCandidate = await tryChooseRoot(candidates);
  if (rootCandidate === undefined) throw await createNoRootFailure(disk, places);
  const bootCandidate = await tryFindBoot(
    candidates.filter((candidate) => candidate !== rootCandidate),
    rootCandidate,
  );
  for (const own of [rootCandidate, bootCandidate]) if (own !== undefined) assertUniqueLabel(own, candidates);
  const root = toGuest(rootCandidate, '/');
  const boot = bootCandidate === undefined ? undefined : toGuest(bootCandidate, '/boot');
  return { root, boot, files: openGuestFiles([root, ...(boot === undefined ? [] : [boot])].map((part) => part.mount)) };
}

function toGuest(candidate: Candidate, path: string): GuestPartition {
  return { partition: candidate.partition, mount: { path, filesystem: candidate.filesystem } };
}

/** By its label the guest finds what it mounts: of two, whichever comes first. */
function assertUniqueLabel({ partition, filesystem: { label } }: Candidate, candidates: readonly Candidate[]): void {
  const same = candidates.find(
    (other) => label !== '' && other.partition !== partition && other.filesystem.label === label,
  );
  if (same === undefined) return;
  const numbers = [partition.number, same.partition.number].sort((a, b) => a - b).join(' and ');
  throw new Failure(
    `the image's partitions ${numbers} have the same label ${sanitizeLine(label)}: which of them a guest mounts would be chance`,
    {
      fix: 'give the one that is not mounted another label by e2label, in the base',
    },
  );
}

async function findFilesystems(disk: BlockReader, partitions: readonly Partition[]): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const partition of partitions) {
    const slice = sliceReader(disk, partition.start, partition.length);
    if (await isExt4(slice)) found.push({ partition, filesystem: await openExt4(slice) });
  }
  return found;
}

async function tryChooseRoot(candidates: readonly Candidate[]): Promise<Candidate | undefined> {
  const roots = await filterAsync(candidates, async (candidate) =>
    holds(candidate, '/etc/fstab', '/usr/lib/os-release', '/etc/os-release'),
  );
  const [first, ...others] = roots;
  if (first === undefined || others.length === 0) return first;
  const preferred = roots.filter((root) => root.partition.type === linuxRootX86 || root.filesystem.label === rootLabel);
  const [only, ...more] = preferred;
  if (only !== undefined && more.length === 0) return only;
  throw new Failure(
    `the image has ${roots.length} root filesystems: partitions ${roots.map((root) => root.partition.number).join(' and ')}`,
    {
      fix: `label the right one ${rootLabel}, or give it the GPT type ${linuxRootX86}`,
    },
  );
}

/** Names what a guest could have its root on, if that is not ext4. */
async function createNoRootFailure(disk: BlockReader, partitions: readonly Partition[]): Promise<Failure> {
  const found: string[] = [];
  for (const partition of partitions) {
    const content = await readContentKind(sliceReader(disk, partition.start, partition.length));
    const name = content?.holdsRoot === true ? content.name : lvmType.has(partition.type) ? 'LVM' : undefined;
    if (name !== undefined)
      found.push(partition.number === 0 ? `the disk has ${name}` : `partition ${partition.number} has ${name}`);
  }
  const what = found.length === 0 ? '' : `: ${found.join(', ')}, and only ext4 is supported`;
  return new Failure(`the image has no ext4 root filesystem${what}`, {
    fix: "use a cloud image with a plain ext4 root partition: Ubuntu's and Debian's have one",
  });
}

/** A boot partition has a kernel at its top; the root's own kernel files win where there are any. */
async function tryFindBoot(others: readonly Candidate[], root: Candidate): Promise<Candidate | undefined> {
  const inRoot = await openGuestFiles([toGuest(root, '/').mount]).list('/boot');
  if (inRoot.some((file) => file.path.includes('/vmlinuz-'))) return undefined;
  const [boot, ...more] = await filterAsync(others, async (candidate) => {
    const top = await openGuestFiles([toGuest(candidate, '/').mount]).list('/');
    return top.some((file) => file.path.startsWith('/vmlinuz-'));
  });
  if (more.length > 0) throw new Failure('the image has more than one boot partition with a kernel');
  return boot;
}

async function holds(candidate: Candidate, ...paths: readonly string[]): Promise<boolean> {
  const files = openGuestFiles([toGuest(candidate, '/').mount]);
  const stats = await Promise.all(paths.map(async (path) => files.tryStat(path)));
  return stats.some((file) => file !== undefined);
}

async function filterAsync<T>(items: readonly T[], keep: (item: T) => Promise<boolean>): Promise<readonly T[]> {
  const kept = await Promise.all(items.map(keep));
  return items.filter((_, index) => kept[index] === true);
}
