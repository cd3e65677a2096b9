import { statfs } from 'node:fs/promises';
import { openGuest, type Guest } from '../../disk/open-guest.js';
import { withRawFile } from '../../disk/raw-file.js';
import { openEditableDisk, type EditableDisk } from '../../disk/storage-daemon.js';
import type { EditDriver, EditPlan } from '../edit-driver.js';
import { isPackageEdit, type PackageEdit } from '../package-edits.js';
import type { Ports } from '../ports.js';
import type { PinnedPackages } from '../golden-image.js';
import { withFullDiskFailure, growForLists, growForPackages } from '../grow-root.js';
import { isFileEdit, type Edit, type FileEdit, type SystemEdit } from '../plan.js';
import { findPinnedPackages, planPin, type Pin } from '../pin-packages.js';
import { resolveEdits } from '../resolve-edits.js';
import { planAttributes, setAttributes } from '../security-attributes.js';
import { planTemporaryFiles, planRestore } from './temporary-files.js';
import { changeSystem, measureNeededBytes } from './change-system.js';
import { enterChroot, type Chroot } from './chroot.js';
import { applyOperations } from './edit-files.js';
import { withMountSpace } from './mount-space.js';
import { withMounts, type MountedGuest } from './mounted-guest.js';
import { listPinnedIndexes, writePin, pinnedEnvironment, readIndexes } from './pinned-sources.js';

/** Consecutive edits of one kind. */
export type Phase =
  | { readonly kind: 'files'; readonly edits: readonly FileEdit[] }
  | { readonly kind: 'system'; readonly edits: readonly SystemEdit[] };

/**
 * Applies every edit as root: the kernel mounts the image's filesystems in a private namespace, where programs of the
 * image run.
 */
export const mountDriver: EditDriver = { name: 'mount', apply: mountEdits };

async function mountEdits(plan: EditPlan, ports: Ports): Promise<PinnedPackages | undefined> {
  const indexed = new Set<string>();
  let pin: Pin | undefined;
  for (const phase of splitPlan(plan.edits)) {
    if (phase.kind === 'files') await editFiles(plan, () => phase.edits, ports);
    else {
      const ran = await runPrograms(plan, phase.edits, pin, ports);
      pin = ran.pin;
      for (const version of ran.indexed) indexed.add(version);
    }
  }
  if (pin === undefined) return undefined;
  const last = pin;
  return withDisk(plan, ports, async (_, guest) => findPinnedPackages(last, indexed, guest.files, ports.log));
}

/** Groups consecutive edits of one kind, in the plan's order. */
export function splitPlan(edits: readonly Edit[]): readonly Phase[] {
  const phases: Phase[] = [];
  for (const edit of edits) {
    const last = phases.at(-1);
    if (isFileEdit(edit)) {
      if (last?.kind === 'files') phases[phases.length - 1] = { kind: 'files', edits: [...last.edits, edit] };
      else phases.push({ kind: 'files', edits: [edit] });
    } else if (last?.kind === 'system') phases[phases.length - 1] = { kind: 'system', edits: [...last.edits, edit] };
    else phases.push({ kind: 'system', edits: [edit] });
  }
  return phases;
}

/** Opens the overlay, and the guest in its current state. `work` must unmount what it mounts. */
async function withDisk<T>(
  { overlay, directory }: EditPlan,
  ports: Ports,
  work: (disk: EditableDisk, guest: Guest) => Promise<T>,
): Promise<T> {
  const disk = await openEditableDisk(overlay, directory, ports);
  try {
    return await withRawFile(disk.reach(disk.rawPath), async (raw) => work(disk, await openGuest(raw)));
  } finally {
    await disk.close();
  }
}

async function withMountedGuest<T>(
  { directory }: EditPlan,
  { disk, guest }: { readonly disk: EditableDisk; readonly guest: Guest },
  ports: Ports,
  work: (mounted: MountedGuest) => Promise<T>,
): Promise<T> {
  return withMountSpace(disk, ports, async (space) =>
    withMounts({ guest, rawPath: disk.rawPath, directory }, space, work),
  );
}

async function editFiles(
  plan: EditPlan,
  listEdits: (guest: Guest) => readonly FileEdit[] | Promise<readonly FileEdit[]>,
  ports: Ports,
): Promise<void> {
  const attributes = await withDisk(plan, ports, async (disk, guest) => {
    const operations = await resolveEdits(await listEdits(guest), guest.files);
    const planned = await planAttributes(operations, guest.files);
    await withMountedGuest(plan, { disk, guest }, ports, async ({ space, root }) =>
      applyOperations(operations, space.reach(root)),
    );
    ports.log.detail(`Applied ${operations.length} operations to files`);
    return planned;
  });
  await setAttributes(attributes, plan, ports);
}

interface Ran {
  /** The pin of this phase or an earlier one. */
  readonly pin: Pin | undefined;
  /** The package versions in the snapshot's lists. */
  readonly indexed: ReadonlySet<string>;
}

async function runPrograms(
  plan: EditPlan,
  edits: readonly SystemEdit[],
  before: Pin | undefined,
  ports: Ports,
): Promise<Ran> {
  const { temporary, pin } = await withDisk(plan, ports, async (_, { files }) => ({
    temporary: await planTemporaryFiles(files),
    pin: before ?? (await planPin(edits, files, ports.log)),
  }));
  await editFiles(plan, () => temporary.map((file) => file.replace), ports);
  const packages = edits.filter(isPackageEdit);
  const indexed = await withFullDiskFailure(plan, ports, async () => {
    const prepared = packages.length === 0 ? new Set<string>() : await preparePackages(plan, packages, pin, ports);
    await inChroot(plan, pin, ports, async (chroot) => {
      for (const edit of edits) await changeSystem(edit, chroot, ports);
    });
    return prepared;
  });
  await editFiles(plan, async (guest) => planRestore(temporary, guest.files), ports);
  return { pin, indexed };
}

async function inChroot<T>(
  plan: EditPlan,
  pin: Pin | undefined,
  ports: Ports,
  work: (chroot: Chroot, mounted: MountedGuest) => Promise<T>,
): Promise<T> {
  return withDisk(plan, ports, async (disk, guest) =>
    withMountedGuest(plan, { disk, guest }, ports, async (mounted) => {
      const chroot = await enterChroot(mounted, pin === undefined ? {} : pinnedEnvironment, ports);
      if (pin !== undefined) await writePin(pin, chroot);
      return work(chroot, mounted);
    }),
  );
}

/**
 * Fetches the package lists, and grows the disk if the packages need it. Reads the lists now, because a script may
 * remove them.
 */
async function preparePackages(
  plan: EditPlan,
  packages: readonly PackageEdit[],
  pin: Pin | undefined,
  ports: Ports,
): Promise<ReadonlySet<string>> {
  await growForLists(plan, ports);
  const { need, indexes } = await inChroot(plan, pin, ports, async (chroot, { space, root }) => {
    const needed = await measureNeededBytes(packages, chroot);
    const { bavail, bsize } = await statfs(space.reach(root));
    return {
      need: { needed, free: bavail * bsize },
      indexes: pin === undefined ? [] : await listPinnedIndexes(pin, chroot),
    };
  });
  await growForPackages(plan, need, ports);
  return indexes.length === 0 ? new Set() : withDisk(plan, ports, async (_, { files }) => readIndexes(indexes, files));
}
