import { lstat, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { systemClock } from '../../platform/clock.js';
import type { Guest, GuestPartition } from '../../disk/open-guest.js';
import type { EditableDisk } from '../../disk/storage-daemon.js';
import { partitionsOf } from '../inject.js';

/** A guest's filesystems, mounted as the guest mounts them. */
export interface MountedGuest {
  readonly disk: EditableDisk;
  /** The guest's root folder as the disk's namespace has it. */
  readonly root: string;
  readonly devices: readonly LoopDevice[];
}

export interface LoopDevice {
  readonly path: string;
  /** Of the filesystem on it. */
  readonly uuid: string;
}

interface Place {
  readonly part: GuestPartition;
  readonly path: string;
}

const detachWithinMs = 60_000;

/**
 * Mounts root and `/boot`, does the work, unmounts them. The mounts live in the disk's namespace, and the loop devices as long
 * as their mounts do (autoclear): whatever ends us, the kernel takes them down with the last process in the namespace.
 */
export async function withMounts<T>(disk: EditableDisk, guest: Guest, folder: string, work: (mounted: MountedGuest) => Promise<T>): Promise<T> {
  const root = join(folder, 'root');
  const places = partitionsOf(guest).map((part): Place => ({ part, path: join(root, part.mount.path) }));
  await mkdir(root);
  try {
    for (const place of places) await mountPartition(disk, place);
    const result = await work({ disk, root, devices: await prepareDevices(disk, places) });
    for (const { path } of places) await disk.run({ argv: ['mount', '-o', 'remount,ro', path] });
    return result;
  } finally {
    await disk.run({ argv: ['umount', '--recursive', '--quiet', root] }).catch(() => undefined);
    await waitForDetach(disk).finally(async () => rmdir(root));
  }
}

/**
 * A filesystem from elsewhere may say that an error is to stop the machine: `errors=` overrules it.
 * What is freed is discarded, so that packages which were only downloaded take no room in the overlay.
 */
async function mountPartition(disk: EditableDisk, { part: { partition }, path }: Place): Promise<void> {
  // A link would lead out of the image.
  if (!(await lstat(disk.reach(path))).isDirectory()) throw new Failure('/boot in the image is no folder');
  const options = `loop,offset=${partition.offset},sizelimit=${partition.size},nodev,noatime,discard,noinit_itable,errors=remount-ro`;
  await disk.run({ argv: ['mount', '-t', 'ext4', '-o', options, disk.rawPath, path] });
}

/**
 * ext4 makes small ranges zero with a request that a loop device turns into a hole in its file. QEMU's FUSE export (7.2) takes
 * that for a discard and leaves parts of clusters as they are: old bytes in a new file. ext4 is told to write zeros itself.
 */
async function prepareDevices(disk: EditableDisk, places: readonly Place[]): Promise<readonly LoopDevice[]> {
  const loops = await listLoops(disk);
  return Promise.all(places.map(async ({ part }) => {
    const path = loops.find((loop) => loop.offset === part.partition.offset)?.path;
    if (path === undefined) throw new Failure(`partition ${part.partition.number} has no loop device after its mount`);
    await writeFile(`/sys/fs/ext4/${basename(path)}/extent_max_zeroout_kb`, '0');
    return { path, uuid: part.mount.filesystem.uuid };
  }));
}

/** The kernel lets go of a device a moment after its last mount. */
async function waitForDetach(disk: EditableDisk): Promise<void> {
  const deadline = systemClock.now() + detachWithinMs;
  while ((await listLoops(disk)).length > 0) {
    if (systemClock.now() > deadline) throw new Failure(`the image's loop devices were still in use after ${detachWithinMs / 1000} s`);
    await systemClock.sleep(10);
  }
}

async function listLoops(disk: EditableDisk): Promise<readonly { readonly path: string; readonly offset: number }[]> {
  const { stdout } = await disk.run({ argv: ['losetup', '--noheadings', '--raw', '--output', 'NAME,OFFSET', '--associated', disk.rawPath] });
  return stdout.split('\n').filter((line) => line !== '').map((line) => {
    const [path = '', offset = ''] = line.split(' ');
    return { path, offset: Number(offset) };
  });
}
