import { createHash } from 'node:crypto';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { sanitizeLine } from '../platform/format.js';
import type { Inventory, InventoryFile } from './golden-image.js';
import { isOutside, readPackagedPaths, topDirectoryOf, walkAll } from './outside-files.js';

/** Bytes. Larger files are told apart by when they were changed, which differs between equal contents. */
const largestHashed = 512 * 1024 ** 2;
/** An image with more has a tree of somebody's in it that nobody reads in a list. */
const mostFiles = 30_000;
/** Characters: what is made of one must still be a line of a manifest. */
const longestPath = 4000;
const packageRecords = '/var/lib/dpkg/';

/**
 * Lists what is in an image beside its packages, in one walk: metadata of all files is read, contents only of those
 * that no package brings, and of configuration.
 */
export async function readInventory(files: GuestFiles, largest = largestHashed): Promise<Inventory> {
  const packaged = await readPackagedPaths(files);
  const directories = new Map<string, number>();
  const counted = new Set<string>();
  const outside: GuestFile[] = [];
  for await (const file of walkAll(files)) {
    if (file.inode.kind === 'directory') continue;
    const name = `${file.mount.path} ${file.inode.number}`;
    const top = topDirectoryOf(file.path);
    if (top !== file.path && !counted.has(name)) directories.set(top, (directories.get(top) ?? 0) + file.inode.size);
    // Two names of one file have its bytes once.
    if (file.inode.links > 1) counted.add(name);
    // dpkg's own records tell nothing beside the packages.
    if (outside.length <= mostFiles && isOutside(file.path, packaged) && !file.path.startsWith(packageRecords))
      outside.push(file);
  }
  return {
    ...(outside.length > mostFiles ? {} : { files: await listFiles(outside, files, largest) }),
    folders: [...directories].map(([path, bytes]) => ({ path, bytes })),
  };
}

async function listFiles(
  outside: readonly GuestFile[],
  files: GuestFiles,
  largest: number,
): Promise<readonly InventoryFile[]> {
  const described: InventoryFile[] = [];
  // By inode: a small image can have very many names for one file.
  const contents = new Map<string, string>();
  for (const file of outside) {
    const { mode, uid, gid, size } = file.inode;
    const key = `${file.mount.path} ${file.inode.number}`;
    const content = contents.get(key) ?? (await formatContent(file, files, largest));
    contents.set(key, content);
    described.push({
      path: sanitizeLine(file.path, longestPath),
      mode,
      uid,
      gid,
      size,
      content,
    });
  }
  return described.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function formatContent(file: GuestFile, files: GuestFiles, largest: number): Promise<string> {
  const { inode, mount } = file;
  if (inode.kind === 'link') return `link:${sanitizeLine(await mount.filesystem.readLink(inode), longestPath)}`;
  if (inode.kind !== 'file') return 'special';
  if (inode.size > largest) return `modified:${new Date(inode.modified * 1000).toISOString()}`;
  const hash = createHash('sha256');
  for await (const piece of files.content(file)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}
