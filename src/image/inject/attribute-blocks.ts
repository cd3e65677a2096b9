import { posix } from 'node:path';
import type { AttributeBlock } from '../../disk/ext4-attribute-block.js';
import type { GuestFile, GuestFiles, GuestMount } from '../../disk/guest-files.js';
import { Failure } from '../../platform/errors.js';
import { guestPathOf, type FileOperation } from '../resolve-edits.js';
import { formatBlockBytes, formatDetach, formatFree } from './debugfs.js';

/** debugfs commands that belong to the removals in a filesystem. */
export interface BlockCommands {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * debugfs's `rm` leaks a block of extended attributes, and so does `ea_rm` of the last attribute (1.47.0). Detaches the
 * blocks from inodes that are removed, and frees each or lowers its reference count.
 */
export async function planAttributeBlocks(
  operations: readonly FileOperation[],
  mount: GuestMount,
  files: GuestFiles,
): Promise<BlockCommands> {
  const before: string[] = [];
  const blocks = new Map<number, { readonly block: AttributeBlock; readonly removed: number }>();
  for (const file of await listRemoved(operations, mount, files)) {
    const block = await readBlock(file);
    before.push(formatDetach(file.innerPath));
    blocks.set(block.number, { block, removed: (blocks.get(block.number)?.removed ?? 0) + 1 });
  }
  if (blocks.size === 0) return { before: [], after: [] };
  const name = await findFreeName(mount, files);
  const after = [...blocks.values()].flatMap(({ block, removed }) => {
    const left = block.references - removed;
    return left > 0 ? formatBlockBytes(block.number, block.changeReferences(left)) : formatFree(block.number, name);
  });
  return { before, after };
}

/** One name of each inode that loses all of its names, and has such a block. */
async function listRemoved(
  operations: readonly FileOperation[],
  mount: GuestMount,
  files: GuestFiles,
): Promise<readonly GuestFile[]> {
  const names = new Map<number, readonly GuestFile[]>();
  for (const operation of operations) {
    if (operation.mount !== mount || !operation.kind.startsWith('remove-')) continue;
    const file = await files.tryStat(guestPathOf(operation));
    if (file === undefined || file.inode.attributeBlock === 0) continue;
    names.set(file.inode.number, [...(names.get(file.inode.number) ?? []), file]);
  }
  return [...names.values()].flatMap(([file, ...others]) =>
    file !== undefined && (file.inode.kind === 'directory' || others.length + 1 >= file.inode.links) ? [file] : [],
  );
}

async function findFreeName(mount: GuestMount, files: GuestFiles): Promise<string> {
  let name = '.ch-golden';
  while ((await files.tryStat(posix.join(mount.path, name))) !== undefined) name += '-';
  return name;
}

async function readBlock({ path, mount, inode }: GuestFile): Promise<AttributeBlock> {
  return mount.filesystem.readAttributeBlock(inode).catch((error: unknown) => {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(`${path} in the image cannot be removed offline: ${error.message}`, {
      fix: 'use driver mount, or remove the file or its attributes from the base: setfattr -x',
      cause: error,
    });
  });
}
