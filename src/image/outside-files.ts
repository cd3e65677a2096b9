import type { GuestFile, GuestFiles } from '../disk/guest-files.js';

/** Bytes of one package's file list: that of the kernel headers has two million. */
const largestList = 64 * 1024 ** 2;

/**
 * Everything in an image, directories before their contents. A walk stays in one filesystem, and `/boot` can be a
 * second one.
 */
export async function* walkAll(files: GuestFiles): AsyncIterable<GuestFile> {
  for await (const file of files.walk('/')) {
    yield file;
    if (file.mount.path === file.path) yield* files.walk(file.path);
  }
}

/** The paths in dpkg's lists, as `walk` names them: `/usr/lib/x` for `/lib/x`. */
export async function readPackagedPaths(files: GuestFiles): Promise<ReadonlySet<string>> {
  const links = new Map<string, string>();
  for (const { path, inode } of await files.list('/')) {
    const target = inode.kind === 'link' ? await files.tryResolve(path) : undefined;
    if (target !== undefined) links.set(path, target.path);
  }
  const packaged = new Set<string>();
  for (const list of await files.list('/var/lib/dpkg/info')) {
    if (!list.path.endsWith('.list') || list.inode.kind !== 'file') continue;
    for (const line of (await files.read(list.path, largestList)).toString('utf8').split('\n')) {
      const top = topDirectoryOf(line);
      packaged.add((links.get(top) ?? top) + line.slice(top.length));
    }
  }
  return packaged;
}

/** `/usr` for `/usr/lib/x`. */
export function topDirectoryOf(path: string): string {
  const end = path.indexOf('/', 1);
  return end === -1 ? path : path.slice(0, end);
}

/** True for a file of no package. Configuration counts as the administrator's even if a package installed it. */
export function isOutside(path: string, packaged: ReadonlySet<string>): boolean {
  return path.startsWith('/etc/') || (!packaged.has(path) && !packaged.has(sourceOf(path)));
}

/** Python compiles modules when a package is installed: `x/a.py` for `x/__pycache__/a.cpython-312.pyc`. */
function sourceOf(path: string): string {
  return path.replace(/\/__pycache__\/([^/]+?)\.cpython-\d+(?:\.opt-\d)?\.pyc$/, '/$1.py');
}
