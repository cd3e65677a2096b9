import { createHash } from 'node:crypto';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { sanitizeLine } from '../platform/format.js';
import type { Inventory, InventoryFile } from './golden-image.js';

/** Bytes. Larger files are not read: the daemon and the initramfs, whose digests the manifest has, are most of them. */
const largestHashed = 4 * 1024 ** 2;
/** Bytes of one list of a package's files: the kernel's headers have two million. */
const largestList = 64 * 1024 ** 2;
/** An image with more has a tree of somebody's in it that nobody reads in a list. */
const mostFiles = 30_000;
/** Characters: what is made of one must still be a line of a manifest. */
const longestPath = 4000;
const packageRecords = '/var/lib/dpkg/';

/**
 * Lists what is in an image beside its packages, in one walk: metadata of all files is read, contents only of those
 * that no package brings, and of configuration.
 */
export async function takeInventory(files: GuestFiles): Promise<Inventory> {
  const packaged = await readPackagedPaths(files);
  const folders = new Map<string, number>();
  const counted = new Set<string>();
  const outside: GuestFile[] = [];
  for await (const file of walkAll(files)) {
    if (file.inode.kind === 'folder') continue;
    const name = `${file.mount.path} ${file.inode.number}`;
    const top = topFolderOf(file.path);
    if (top !== file.path && !counted.has(name)) folders.set(top, (folders.get(top) ?? 0) + file.inode.size);
    // Two names of one file have its bytes once.
    if (file.inode.links > 1) counted.add(name);
    if (outside.length <= mostFiles && isOutside(file.path, packaged)) outside.push(file);
  }
  return {
    ...(outside.length > mostFiles ? {} : { files: await describeFiles(outside, files) }),
    folders: [...folders].map(([path, bytes]) => ({ path, bytes })),
  };
}

/** A walk stays in one filesystem, and `/boot` can be another. */
async function* walkAll(files: GuestFiles): AsyncIterable<GuestFile> {
  for await (const file of files.walk('/')) {
    yield file;
    if (file.mount.path === file.path) yield* files.walk(file.path);
  }
}

/** The paths in dpkg's lists, as `walk` names them: `/usr/lib/x` for `/lib/x`. */
async function readPackagedPaths(files: GuestFiles): Promise<ReadonlySet<string>> {
  const links = new Map<string, string>();
  for (const { path, inode } of await files.list('/')) {
    const target = inode.kind === 'link' ? await files.tryResolve(path) : undefined;
    if (target !== undefined) links.set(path, target.path);
  }
  const packaged = new Set<string>();
  for (const list of await files.list('/var/lib/dpkg/info')) {
    if (!list.path.endsWith('.list') || list.inode.kind !== 'file') continue;
    for (const line of (await files.read(list.path, largestList)).toString('utf8').split('\n')) {
      const top = topFolderOf(line);
      packaged.add((links.get(top) ?? top) + line.slice(top.length));
    }
  }
  return packaged;
}

/** `/usr` for `/usr/lib/x`. */
function topFolderOf(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path : path.slice(0, end);
}

/** Configuration is the administrator's, whoever brought it. dpkg's own records tell nothing beside the packages. */
function isOutside(path: string, packaged: ReadonlySet<string>): boolean {
  if (path.startsWith('/etc/')) return true;
  return !packaged.has(path) && !path.startsWith(packageRecords) && !packaged.has(sourceOf(path));
}

/** What Python compiles when a package is installed: `x/a.py` for `x/__pycache__/a.cpython-312.pyc`. */
function sourceOf(path: string): string {
  return path.replace(/\/__pycache__\/([^/]+?)\.cpython-\d+(?:\.opt-\d)?\.pyc$/, '/$1.py');
}

async function describeFiles(outside: readonly GuestFile[], files: GuestFiles): Promise<readonly InventoryFile[]> {
  const described: InventoryFile[] = [];
  for (const file of outside) {
    const { mode, uid, gid, size } = file.inode;
    described.push({ path: sanitizeLine(file.path, longestPath), mode, uid, gid, size, content: await describeContent(file, files) });
  }
  return described.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function describeContent(file: GuestFile, files: GuestFiles): Promise<string> {
  const { inode, mount } = file;
  if (inode.kind === 'link') return `link:${sanitizeLine(await mount.filesystem.readLink(inode), longestPath)}`;
  if (inode.kind !== 'file') return 'special';
  if (inode.size > largestHashed) return `modified:${new Date(inode.modified * 1000).toISOString()}`;
  const hash = createHash('sha256');
  for await (const piece of files.content(file)) hash.update(piece);
  return `sha256:${hash.digest('hex')}`;
}
