import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { Failure, hasCode } from '../../platform/errors.js';
import { ifPresent, writeFileAtomically } from '../../platform/fs/files.js';
import { changeOwnerWithin, pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import type { HostPorts } from '../ports.js';
import { removeDirectoryTree } from './vm-files.js';
import { diskFileOf, readVmRecord, vmFiles, type VmRecord } from './vm-record.js';

// A VM gets a new disk by a switch of two files in its directory: the disk and the record. They stay in that directory,
// since overlays name their images by relative paths, and prune follows these.
//
// 1. `disk.qcow2.next` (`disk.raw.next` of a raw disk) is written, with scratch files in `recreate/`. One of these is a
//    record, which shows prune what version the disk is of. A kill leaves these, and they are removed.
// 2. `launch.json.next` is written. From here on the switch is decided, and whoever locks the VM next finishes it.
// 3. The files in use become `….previous`, and those of the switch take their names.
//
// Going back is the same switch: `….previous` become `….next`, the record last.

/** Scratch files of a switch that is being prepared. */
export const scratchDirectory = 'recreate';
/** The record of a switch that is being prepared. */
export const preparedRecord = `${scratchDirectory}/${vmFiles.record}`;
const disks = [vmFiles.disk, vmFiles.rawDisk] as const;

export function nextName(name: string): string {
  return `${name}.next`;
}

export function previousName(name: string): string {
  return `${name}.previous`;
}

/**
 * Finishes a switch that was decided, and removes what one that was not has left. The caller holds the VM's lock.
 * Without either, it does nothing.
 */
export async function settleSwitch(directory: OwnedDirectory, ports: Pick<HostPorts, 'processes'>): Promise<void> {
  if (await isThere(directory, nextName(vmFiles.record))) {
    for (const name of disks) if (await isThere(directory, nextName(name))) await replace(directory, name);
    await replace(directory, vmFiles.record);
    await directory.handle.sync();
  } else {
    for (const name of disks) await dropUndecided(directory, name);
  }
  if (await isThere(directory, scratchDirectory))
    await removeDirectoryTree(pathWithin(directory, scratchDirectory), ports);
}

/** A file is never missing meanwhile: it gets its second name first. */
async function replace(directory: OwnedDirectory, name: string): Promise<void> {
  const [current, previous] = [pathWithin(directory, name), pathWithin(directory, previousName(name))];
  await ifPresent(link(current, previous)).catch(async (error: unknown) => {
    // An earlier attempt was killed just after this.
    if (hasCode(error, 'EEXIST') && (await lstat(current)).ino === (await lstat(previous)).ino) return;
    throw error;
  });
  await rename(pathWithin(directory, nextName(name)), current);
}

/** A way back that was interrupted before it was decided is still a way back. */
async function dropUndecided(directory: OwnedDirectory, name: string): Promise<void> {
  const next = nextName(name);
  if (!(await isThere(directory, next))) return;
  const isWayBack =
    (await isThere(directory, previousName(vmFiles.record))) && !(await isThere(directory, previousName(name)));
  if (isWayBack) await rename(pathWithin(directory, next), pathWithin(directory, previousName(name)));
  else await rm(pathWithin(directory, next));
}

/** Switches to the prepared disk and this record, durably. The files in use become the previous ones. */
export async function switchToNext(
  directory: OwnedDirectory,
  record: VmRecord,
  ports: Pick<HostPorts, 'processes'>,
): Promise<void> {
  await using disk = await open(pathWithin(directory, nextName(diskFileOf(record))));
  await disk.sync();
  await dropPrevious(directory);
  const path = pathWithin(directory, nextName(vmFiles.record));
  await writeFileAtomically(path, `${JSON.stringify(record, null, 2)}\n`);
  await settleSwitch(directory, ports);
}

/** Switches back to the previous disk and record. Those in use become the previous ones. */
export async function switchToPrevious(directory: OwnedDirectory, ports: Pick<HostPorts, 'processes'>): Promise<void> {
  // The record last, since it decides.
  for (const name of [...disks, vmFiles.record])
    await ifPresent(rename(pathWithin(directory, previousName(name)), pathWithin(directory, nextName(name))));
  await directory.handle.sync();
  await settleSwitch(directory, ports);
}

/** Removes the previous disk. @returns whether there was one */
export async function dropPrevious(directory: OwnedDirectory): Promise<boolean> {
  let isDropped = false;
  // The record first: without it, nothing leads back to a disk that is gone.
  for (const name of [vmFiles.record, ...disks]) {
    const previous = previousName(name);
    if (!(await isThere(directory, previous))) continue;
    await rm(pathWithin(directory, previous));
    isDropped = true;
  }
  await directory.handle.sync();
  return isDropped;
}

/** The name of the previous disk; undefined if there is no way back. */
export async function tryFindPreviousDisk(directory: OwnedDirectory): Promise<string | undefined> {
  if (!(await isThere(directory, previousName(vmFiles.record)))) return undefined;
  for (const name of disks.map(previousName)) if (await isThere(directory, name)) return name;
  return undefined;
}

/** A record in the directory of a VM, and the disk that it is about. */
interface RecordedDisk {
  readonly vm: VmRecord;
  /** Its name in the directory. */
  readonly disk: string;
}

/**
 * The disks of a VM that its records are about: the one in use, and those of a switch. Unreadable records are left out.
 * The records are read in the order in which switches, forward and back, pass them on: a switch that happens meanwhile
 * hides none.
 */
export async function listRecordedDisks(root: string, name: string): Promise<readonly RecordedDisk[]> {
  const same = (disk: string): string => disk;
  const places: readonly (readonly [string, (disk: string) => string])[] = [
    [preparedRecord, nextName],
    [previousName(vmFiles.record), previousName],
    [nextName(vmFiles.record), nextName],
    [vmFiles.record, same],
    [previousName(vmFiles.record), previousName],
  ];
  const found: RecordedDisk[] = [];
  for (const [file, nameOf] of places) {
    const vm = await readVmRecord(root, name, file).catch(() => undefined);
    if (vm !== undefined) found.push({ vm, disk: nameOf(diskFileOf(vm)) });
  }
  return found;
}

/**
 * Takes the disk of a stopped VM away from the user that it runs as, so that nobody can change it while it is read.
 * `vm start` gives it back. @throws Failure if it is not a plain file
 */
export async function takeDisk(directory: OwnedDirectory, vm: Pick<VmRecord, 'disk'>): Promise<void> {
  const owner = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const disk = diskFileOf(vm);
  await changeOwnerWithin(directory, disk, { owner, mode: 0o600 }).catch((error: unknown) => {
    throw hasCode(error, 'ENOENT')
      ? new Failure(`${directory.path}/${disk} is missing`, { fix: 'restore it from a backup', cause: error })
      : error;
  });
}

async function isThere(directory: OwnedDirectory, name: string): Promise<boolean> {
  return (await ifPresent(lstat(pathWithin(directory, name)))) !== undefined;
}
