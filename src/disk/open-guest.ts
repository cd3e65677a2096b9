import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { sliceReader, type BlockReader } from './block-reader.js';
import { openExt4, type Ext4Reader } from './ext4-reader.js';
import { isExt4 } from './ext4-superblock.js';
import { readContentKind } from './identify-filesystem.js';
import { openGuestFiles, type GuestFiles, type GuestMount } from './guest-files.js';
import { readPartitions, type Partition } from './partition-table.js';
import { createWorkBudget, type WorkBudget } from './work-budget.js';

/** A partition that the guest mounts. */
export interface GuestPartition {
  readonly partition: Partition;
  readonly mount: GuestMount;
}

/** A guest's disk: its filesystems and the files in them. */
export interface Guest {
  readonly root: GuestPartition;
  /** Undefined if `/boot` is in the root filesystem. */
  readonly boot: GuestPartition | undefined;
  readonly files: GuestFiles;
}

/** The partitions that a guest mounts, root first. */
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
 * Finds the root and boot filesystems by their content, never by partition number. noble has `/boot` on partition 16;
 * other releases have it on a different one or in the root filesystem.
 * @throws Failure without a root, or with more than one candidate
 */
export async function openGuest(disk: BlockReader, budget = createWorkBudget(disk)): Promise<Guest> {
  const partitions = await readPartitions(disk);
  const whole = { number: 0, start: 0, length: disk.size, type: '' };
  const places = partitions.length === 0 ? [whole] : partitions;
  const candidates = await findFilesystems(disk, places, budget);
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

/** A guest that mounts by label takes whichever of two partitions it finds first. */
function assertUniqueLabel({ partition, filesystem: { label } }: Candidate, candidates: readonly Candidate[]): void {
  const same = candidates.find(
    (other) => label !== '' && other.partition !== partition && other.filesystem.label === label,
  );
  if (same === undefined) return;
  const numbers = [partition.number, same.partition.number].sort((a, b) => a - b).join(' and ');
  throw new Failure(
    `the image's partitions ${numbers} have the same label ${quoteText(label)}: the guest could mount either`,
    {
      fix: 'in the base, change the label of the partition that is not mounted: e2label <device> <label>',
    },
  );
}

async function findFilesystems(
  disk: BlockReader,
  partitions: readonly Partition[],
  budget: WorkBudget,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const partition of partitions) {
    const slice = sliceReader(disk, partition.start, partition.length);
    if (await isExt4(slice)) found.push({ partition, filesystem: await openExt4(slice, budget) });
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
  const numbers = roots.map((root) => root.partition.number).join(' and ');
  throw new Failure(`the image has ${roots.length} root filesystems: partitions ${numbers}`, {
    fix: `label the right one ${rootLabel}, or set its GPT type to ${linuxRootX86}`,
  });
}

/** Names a root filesystem that is not ext4, if there is one. */
async function createNoRootFailure(disk: BlockReader, partitions: readonly Partition[]): Promise<Failure> {
  const found: string[] = [];
  for (const partition of partitions) {
    const content = await readContentKind(sliceReader(disk, partition.start, partition.length));
    const name = content?.holdsRoot === true ? content.name : lvmType.has(partition.type) ? 'LVM' : undefined;
    if (name !== undefined)
      found.push(partition.number === 0 ? `the disk has ${name}` : `partition ${partition.number} has ${name}`);
  }
  const what = found.length === 0 ? '' : `: ${found.join(', ')} (supported: ext4)`;
  return new Failure(`the image has no ext4 root filesystem${what}`, {
    fix: 'use a cloud image with a plain ext4 root partition, such as those of Ubuntu and Debian',
  });
}

/** A boot partition has a kernel in its top directory. Kernels in the root filesystem take precedence. */
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
