import { lstat, mkdir, rmdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { systemClock } from '../../platform/clock.js';
import { partitionsOf, type Guest, type GuestPartition } from '../../disk/open-guest.js';
import type { MountSpace } from './mount-space.js';

/** A guest's filesystems, mounted as the guest mounts them. */
export interface MountedGuest {
  readonly space: MountSpace;
  /** The guest's root directory in the namespace. */
  readonly root: string;
  readonly devices: readonly LoopDevice[];
}

export interface LoopDevice {
  readonly path: string;
  /** Of its partition. */
  readonly number: number;
  /** Of the filesystem on it. */
  readonly uuid: string;
}

export interface MountsRequest {
  readonly guest: Guest;
  /** The disk as a raw file. */
  readonly rawPath: string;
  /** For the root's mount point. */
  readonly directory: string;
}

interface Place {
  readonly part: GuestPartition;
  readonly path: string;
}

const detachWithinMs = 60_000;

/**
 * Mounts root and `/boot`, does the work, and unmounts them. The mounts live in the namespace, and the loop devices as
 * long as their mounts (autoclear): even if we are killed, the kernel removes both with the last process in the
 * namespace.
 */
export async function withMounts<T>(
  { guest, rawPath, directory }: MountsRequest,
  space: MountSpace,
  work: (mounted: MountedGuest) => Promise<T>,
): Promise<T> {
  const root = join(directory, 'root');
  const places = partitionsOf(guest).map((part): Place => ({ part, path: join(root, part.mount.path) }));
  await mkdir(root);
  try {
    for (const place of places) await mountPartition(rawPath, place, space);
    const result = await work({ space, root, devices: await prepareDevices(rawPath, places, space) });
    for (const { path } of places) await space.run({ argv: ['mount', '-o', 'remount,ro', path] });
    return result;
  } finally {
    await space.run({ argv: ['umount', '--recursive', '--quiet', root] }).catch(() => undefined);
    await waitForDetach(rawPath, space).finally(async () => rmdir(root));
  }
}

/**
 * `errors=` overrides a filesystem's own setting, which could panic the machine. `discard` frees the space of removed
 * files, so packages that were only downloaded take none in the overlay.
 */
async function mountPartition(rawPath: string, { part: { partition }, path }: Place, space: MountSpace): Promise<void> {
  // A link could lead out of the image.
  if (!(await lstat(space.reach(path))).isDirectory()) throw new Failure('/boot in the image is not a directory');
  const options = [
    `loop,offset=${partition.start},sizelimit=${partition.length}`,
    'nodev,noatime,discard,noinit_itable,errors=remount-ro',
  ].join(',');
  await space.run({ argv: ['mount', '-t', 'ext4', '-o', options, rawPath, path] });
}

/**
 * ext4 zeroes small ranges with a request that a loop device turns into a hole in its file. QEMU's FUSE export (7.2)
 * treats that as a discard and keeps parts of clusters, so a new file would have old bytes. This setting makes ext4
 * write the zeros.
 */
async function prepareDevices(
  rawPath: string,
  places: readonly Place[],
  space: MountSpace,
): Promise<readonly LoopDevice[]> {
  const loops = await listLoops(rawPath, space);
  return Promise.all(
    places.map(async ({ part }) => {
      const path = loops.find((loop) => loop.offset === part.partition.start)?.path;
      if (path === undefined) throw new Failure(`partition ${part.partition.number} is mounted but has no loop device`);
      await writeFile(`/sys/fs/ext4/${basename(path)}/extent_max_zeroout_kb`, '0');
      return { path, number: part.partition.number, uuid: part.mount.filesystem.uuid };
    }),
  );
}

/** The kernel detaches a device shortly after its last mount. */
async function waitForDetach(rawPath: string, space: MountSpace): Promise<void> {
  const deadline = systemClock.now() + detachWithinMs;
  while ((await listLoops(rawPath, space)).length > 0) {
    if (systemClock.now() > deadline)
      throw new Failure(`the image's loop devices were still in use after ${detachWithinMs / 1000} s`);
    await systemClock.sleep(10);
  }
}

async function listLoops(
  rawPath: string,
  space: MountSpace,
): Promise<readonly { readonly path: string; readonly offset: number }[]> {
  const { stdout } = await space.run({
    argv: ['losetup', '--noheadings', '--raw', '--output', 'NAME,OFFSET', '--associated', rawPath],
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [path = '', offset = ''] = line.split(' ');
      return { path, offset: Number(offset) };
    });
}
