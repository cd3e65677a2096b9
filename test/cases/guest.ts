import { join } from 'node:path';
import type { BaseImage } from '../../src/base/base-image.js';
import type { Processes } from '../../src/platform/process/processes.js';
import {
  below,
  bootTree,
  guestTree,
  linuxRootX86,
  makeBase,
  makeDisk,
  type Filesystem,
  type SmallDisk,
  type SmallPartition,
  type Tree,
} from '../fixtures/small-image.js';

let count = 0;

/** A complete guest on one ext4 filesystem. A name whose value is undefined is left out. */
export function guestFilesystem(
  changes: Readonly<Record<string, Tree[string] | undefined>> = {},
  options: readonly string[] = [],
): Filesystem {
  const all = { ...guestTree, ...below('boot', bootTree()), ...changes };
  return {
    tree: Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, Tree[string]] => entry[1] !== undefined),
    ),
    label: 'cloudimg-rootfs',
    options,
  };
}

export function rootPartition(content: SmallPartition['content'], sizeMiB = 12): SmallPartition {
  return { number: 1, sizeMiB, type: linuxRootX86, ...(content === undefined ? {} : { content }) };
}

/** A guest as the only partition of a GPT disk. */
export function oneDisk(content: SmallPartition['content'], sizeMiB = 12): SmallDisk {
  return { table: 'gpt', partitions: [rootPartition(content, sizeMiB)] };
}

/** A base in the directory; `spoil`: commands of debugfs(8) on the first partition. */
export async function makeCaseBase(
  directory: string,
  disk: SmallDisk,
  processes: Processes,
  {
    format = 'raw',
    spoil = [],
  }: {
    readonly format?: 'raw' | 'none';
    readonly spoil?: readonly string[];
  } = {},
): Promise<BaseImage> {
  const path = join(directory, `base-${count++}.raw`);
  await makeDisk(path, disk, processes);
  const place = disk.table === 'none' ? path : `${path}?offset=${1024 ** 2}`;
  for (const command of spoil) await processes.run({ argv: ['debugfs', '-w', '-R', command, place] });
  return makeBase(path, format, processes);
}
