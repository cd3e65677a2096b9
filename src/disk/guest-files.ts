import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { rootInode, type Ext4Reader, type Inode } from './ext4-reader.js';

/** A filesystem, and where the guest mounts it: `/` or `/boot`. */
export interface GuestMount {
  readonly path: string;
  readonly filesystem: Ext4Reader;
}

/** A file, directory or link of the guest. */
export interface GuestFile {
  /** The path in the guest, with links in its directories resolved: `/usr/lib/x` for `/lib/x`. */
  readonly path: string;
  readonly mount: GuestMount;
  /** The path in its filesystem: `/vmlinuz` for `/boot/vmlinuz` on a boot partition. */
  readonly innerPath: string;
  readonly inode: Inode;
}

/** Reads a guest's file tree across its filesystems. Paths are absolute. Links are resolved within the guest. */
export interface GuestFiles {
  /** Does not follow a link at the end of the path. Undefined if nothing exists there. */
  tryStat(path: string): Promise<GuestFile | undefined>;
  /** Like `tryStat`, but follows a link at the end. */
  tryResolve(path: string): Promise<GuestFile | undefined>;
  /** The entries of a directory, sorted by name; empty if the directory does not exist. */
  list(path: string): Promise<readonly GuestFile[]>;
  /** Everything below a directory in the same filesystem. A directory comes before its entries. */
  walk(path: string): AsyncIterable<GuestFile>;
  /** @throws Failure if the path is missing, not a file, or larger than `maxBytes` */
  read(path: string, maxBytes: number): Promise<Buffer>;
  tryReadText(path: string): Promise<string | undefined>;
  /** The content of a file, in pieces. */
  content(file: GuestFile): AsyncIterable<Buffer>;
}

const maxLinks = 40;
/** Path components for one lookup, links included. Each is a directory to read, and a hostile one has megabytes. */
const maxNames = 256;
const maxPathLength = 4096;
const maxTextBytes = 16 * 1024 ** 2;
/**
 * A distribution with all its desktops has half a million. A small hostile image can have billions, in shared blocks.
 */
const maxFiles = 2_000_000;

export function openGuestFiles(mounts: readonly GuestMount[]): GuestFiles {
  const root = mounts.find((mount) => mount.path === '/');
  if (root === undefined) throw new Failure('the guest has no root filesystem');
  const tryStat = async (path: string): Promise<GuestFile | undefined> =>
    walk(mounts, path, false, { links: maxLinks, names: maxNames });
  const tryResolve = async (path: string): Promise<GuestFile | undefined> =>
    walk(mounts, path, true, { links: maxLinks, names: maxNames });
  const read = async (path: string, maxBytes: number): Promise<Buffer> => {
    const file = await tryResolve(path);
    if (file?.inode.kind !== 'file') throw new Failure(`the image has no file ${path}`);
    if (file.inode.size > maxBytes)
      throw new Failure(`${path} in the image is too large: ${file.inode.size} bytes (limit: ${maxBytes})`);
    const pieces: Buffer[] = [];
    for await (const piece of file.mount.filesystem.readContent(file.inode)) pieces.push(piece);
    return Buffer.concat(pieces);
  };
  return {
    tryStat,
    tryResolve,
    list: async (path) => {
      const directory = await tryResolve(path);
      const files: GuestFile[] = [];
      if (directory?.inode.kind === 'directory')
        for await (const file of childrenOf(mounts, directory)) files.push(file);
      return files;
    },
    walk: async function* (path) {
      const directory = await tryResolve(path);
      if (directory?.inode.kind !== 'directory') return;
      let files = 0;
      for await (const file of walkDirectory(mounts, directory, new Set())) {
        if (++files > maxFiles) throw new Failure(`the image has more than ${maxFiles} files below ${path}`);
        yield file;
      }
    },
    read,
    tryReadText: async (path) => {
      const file = await tryResolve(path);
      return file?.inode.kind === 'file' ? (await read(path, maxTextBytes)).toString('utf8') : undefined;
    },
    content: (file) => file.mount.filesystem.readContent(file.inode),
  };
}

/** The entries of a directory by name, one at a time, because a hostile directory has hundreds of thousands. */
async function* childrenOf(mounts: readonly GuestMount[], directory: GuestFile): AsyncIterable<GuestFile> {
  const entries = [...(await directory.mount.filesystem.readDirectory(directory.inode))].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  for (const entry of entries) yield await getChild(mounts, directory, entry.name, entry.inode);
}

/** `seen` ends the walk if a directory contains itself, which a damaged filesystem can have. */
async function* walkDirectory(
  mounts: readonly GuestMount[],
  directory: GuestFile,
  seen: Set<number>,
): AsyncIterable<GuestFile> {
  if (seen.has(directory.inode.number))
    throw new Failure(`the ext4 filesystem is damaged: ${directory.path} contains itself`);
  seen.add(directory.inode.number);
  for await (const file of childrenOf(mounts, directory)) {
    yield file;
    if (file.inode.kind === 'directory' && file.mount === directory.mount) yield* walkDirectory(mounts, file, seen);
  }
}

async function getChild(
  mounts: readonly GuestMount[],
  directory: GuestFile,
  name: string,
  number: number,
): Promise<GuestFile> {
  const path = joinPath(directory.path, name);
  if (path.length > maxPathLength) throw new Failure(`the image has a path longer than ${maxPathLength} characters`);
  const mount = mounts.find((candidate) => candidate.path === path);
  if (mount !== undefined) return getRoot(mount);
  return {
    path,
    mount: directory.mount,
    innerPath: joinPath(directory.innerPath, name),
    inode: await directory.mount.filesystem.getInode(number),
  };
}

async function getRoot(mount: GuestMount): Promise<GuestFile> {
  return { path: mount.path, mount, innerPath: '/', inode: await mount.filesystem.getInode(rootInode) };
}

/** How much is left to follow in one lookup. */
interface LookupBudget {
  readonly links: number;
  readonly names: number;
}

async function walk(
  mounts: readonly GuestMount[],
  path: string,
  followLast: boolean,
  left: LookupBudget,
): Promise<GuestFile | undefined> {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  if (left.links === 0 || names.length > left.names)
    throw new Failure(`too many symbolic links in the path ${quoteText(path)} of the image`);
  const root = mounts.find((mount) => mount.path === '/');
  if (root === undefined) return undefined;
  let at = await getRoot(root);
  for (const [index, name] of names.entries()) {
    const rest = { ...left, names: left.names - index - 1 };
    if (name === '..')
      return walk(mounts, joinPath(parentOf(at.path), names.slice(index + 1).join('/')), followLast, rest);
    if (at.inode.kind !== 'directory') return undefined;
    const entry = (await at.mount.filesystem.readDirectory(at.inode)).find((candidate) => candidate.name === name);
    if (entry === undefined) return undefined;
    const child = await getChild(mounts, at, name, entry.inode);
    const isLast = index === names.length - 1;
    if (child.inode.kind === 'link' && (followLast || !isLast)) {
      const target = await child.mount.filesystem.readLink(child.inode);
      const start = target.startsWith('/') ? target : joinPath(at.path, target);
      return walk(mounts, joinPath(start, names.slice(index + 1).join('/')), followLast, {
        ...rest,
        links: rest.links - 1,
      });
    }
    at = child;
  }
  return at;
}

function joinPath(directory: string, name: string): string {
  return name === '' ? directory : `${directory.replace(/\/$/, '')}/${name}`;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
