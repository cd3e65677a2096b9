import { createHash } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { GuestFile } from '../disk/guest-files.js';
import type { Guest } from '../disk/open-guest.js';
import type { DiskFile } from '../disk/storage-daemon.js';
import { withGuest } from '../disk/with-guest.js';
import { Failure } from '../platform/errors.js';
import { formatBytes, quoteText, sanitizeLine } from '../platform/format.js';
import { assertCleanFilesystems, assertEditableGuest } from './clean-filesystems.js';
import { restoreOriginals, type Original } from './carried-attributes.js';
import { growRoot, planGrowth } from './grow-root.js';
import { injectDriver } from './inject/inject-driver.js';
import type { Attributes, FileEdit } from './plan.js';
import type { Ports } from './ports.js';

export interface CarryRequest {
  /** The disk of a stopped VM. Its guest can have put anything there. */
  readonly from: DiskFile;
  /** A disk over a golden image, which no VM uses yet. */
  readonly overlay: string;
  /** Absolute paths in the guest, of files, links or directories. */
  readonly paths: readonly string[];
  /** An empty directory that nobody else can read: for contents, scripts and sockets. */
  readonly directory: string;
}

export interface CarriedFiles {
  /** Files, links and directories. */
  readonly count: number;
  readonly bytes: number;
  /** Devices, sockets and pipes, which are not carried over: the first paths, and how many there are. */
  readonly skipped: { readonly count: number; readonly first: readonly string[] };
}

/** More is copied over the network, or belongs on a disk of its own. */
const limits = { files: 10_000, bytes: 16 * 1024 ** 3 } as const;
const maxSkippedListed = 10;
/** For directories, inodes and the journal. */
const reserveBytes = 64 * 1024 ** 2;

/**
 * Copies files from the disk of a stopped VM to a new disk, with owner, mode, modification time and extended
 * attributes. Links are copied as links, and their targets are never followed. Each name of a hard link becomes a file.
 * @throws Failure if a path is missing or cannot be copied exactly: the overlay must not be used then
 */
export async function carryFiles(request: CarryRequest, ports: Ports): Promise<CarriedFiles> {
  const { from, overlay, directory } = request;
  const content = join(directory, 'content');
  await mkdir(content);
  const found = await withGuest(from, directory, ports, async (guest) => collect(guest, request.paths, content));
  await ensureSpace(found.bytes, { overlay, directory }, ports);
  const disk = { path: overlay, format: 'qcow2' } as const;
  const parents = await withGuest(disk, directory, ports, async (guest) => {
    await assertEditableGuest(guest, overlay, directory, ports);
    return listMissing(guest, found.parents);
  });
  const entries = [...parents, ...found.entries];
  await injectDriver.apply({ overlay, edits: entries.map(({ edit }) => edit), directory }, ports);
  await restoreOriginals(
    entries.map(({ original }) => original),
    { overlay, directory },
    ports,
  );
  await assertCleanFilesystems(overlay, directory, ports);
  return { count: found.entries.length, bytes: found.bytes, skipped: found.skipped };
}

/** What is carried over, as an edit of the new disk, and what debugfs does not set by itself. */
interface Entry {
  readonly edit: FileEdit;
  readonly original: Original;
}

interface Collection {
  readonly entries: readonly Entry[];
  /** Directories above the paths. They are created only if the new image does not have them. */
  readonly parents: readonly Entry[];
  readonly bytes: number;
  readonly skipped: CarriedFiles['skipped'];
}

class Collector {
  readonly entries: Entry[] = [];
  readonly parents = new Map<string, Entry>();
  bytes = 0;
  skippedCount = 0;
  readonly skipped: string[] = [];
  readonly #content: string;

  constructor(content: string) {
    this.#content = content;
  }

  async add(file: GuestFile): Promise<void> {
    assertCarriable(file.path);
    if (file.inode.kind === 'other') {
      this.skippedCount += 1;
      if (this.skipped.length < maxSkippedListed) this.skipped.push(sanitizeLine(file.path));
      return;
    }
    if (this.entries.length >= limits.files)
      throw tooMuchFailure(`more than ${limits.files} files, links and directories are to be kept`);
    if (file.inode.kind === 'file') this.bytes += file.inode.size;
    // Before the content is read: a file of exabytes can be a single hole.
    if (this.bytes > limits.bytes)
      throw tooMuchFailure(`the files to be kept have more than ${formatBytes(limits.bytes)}`);
    this.entries.push(await this.#toEntry(file));
  }

  async addParent(file: GuestFile): Promise<void> {
    assertCarriable(file.path);
    this.parents.set(file.path, await this.#toEntry(file));
  }

  async #toEntry(file: GuestFile): Promise<Entry> {
    const { inode, path, mount } = file;
    const attributes: Attributes = { mode: inode.mode, uid: inode.uid, gid: inode.gid };
    const extended = await mount.filesystem.readAttributes(inode);
    const original = { path, attributes, modified: inode.modified, extended };
    if (inode.kind === 'directory') return { original, edit: { kind: 'directory', path, attributes } };
    if (inode.kind === 'link') {
      const target = await mount.filesystem.readLink(inode);
      assertCarriable(target, `the target of ${quoteText(path)}`);
      return { original, edit: { kind: 'link', path, target } };
    }
    const staged = await stageContent(file, join(this.#content, String(this.entries.length)));
    return { original, edit: { kind: 'write', path, content: staged, attributes } };
  }
}

async function collect(guest: Guest, paths: readonly string[], content: string): Promise<Collection> {
  const collector = new Collector(content);
  const roots = new Map<string, GuestFile>();
  for (const path of paths) {
    const file = await guest.files.tryStat(path);
    if (file === undefined)
      throw new Failure(`the guest has no ${quoteText(path)} to keep`, { fix: 'leave out this --keep' });
    roots.set(file.path, file);
  }
  for (const file of roots.values()) {
    // A directory that is kept has it already.
    if ([...roots.keys()].some((other) => file.path.startsWith(`${other}/`))) continue;
    for (const parent of listParents(file.path)) {
      const directory = await guest.files.tryStat(parent);
      if (directory !== undefined) await collector.addParent(directory);
    }
    await collector.add(file);
    if (file.inode.kind === 'directory')
      for await (const child of guest.files.walk(file.path)) await collector.add(child);
  }
  return {
    entries: collector.entries,
    parents: [...collector.parents.values()],
    bytes: collector.bytes,
    skipped: { count: collector.skippedCount, first: collector.skipped },
  };
}

/** The directories above a path, from the top, without the root. */
function listParents(path: string): readonly string[] {
  const parent = posix.dirname(path);
  return parent === '/' ? [] : [...listParents(parent), parent];
}

async function listMissing({ files }: Guest, parents: readonly Entry[]): Promise<readonly Entry[]> {
  const missing: Entry[] = [];
  for (const entry of parents) if ((await files.tryResolve(entry.original.path)) === undefined) missing.push(entry);
  return missing;
}

/**
 * Names and targets must arrive exactly, or not at all. debugfs's commands are lines, and names that are not UTF-8 were
 * changed when they were read.
 */
function assertCarriable(text: string, what = `the path ${quoteText(text)}`): void {
  if (!/[\p{Cc}"\ufffd]/u.test(text)) return;
  throw new Failure(`${what} cannot be kept: it has control characters, quotes, or is not UTF-8`, {
    fix: 'rename it in the guest, or keep only the files next to it',
  });
}

function tooMuchFailure(problem: string): Failure {
  return new Failure(problem, {
    fix: 'keep less, or copy the files over the network while both VMs run (ch-golden vm create)',
  });
}

async function stageContent(
  file: GuestFile,
  path: string,
): Promise<{ readonly file: string; readonly sha256: string }> {
  const hash = createHash('sha256');
  await using staged = await open(path, 'wx', 0o600);
  for await (const piece of file.mount.filesystem.readContent(file.inode)) {
    hash.update(piece);
    await staged.writeFile(piece);
  }
  return { file: path, sha256: hash.digest('hex') };
}

/** An image has little free space before its first boot, when the guest grows its filesystem. */
async function ensureSpace(
  bytes: number,
  target: { readonly overlay: string; readonly directory: string },
  ports: Ports,
): Promise<void> {
  const needed = bytes + reserveBytes;
  const { root, size, free, obstacle } = await planGrowth(target, ports);
  if (needed <= free) return;
  const shortage = `the files to be kept have ${formatBytes(bytes)}, and the new disk has ${formatBytes(free)} free`;
  if (obstacle !== undefined) {
    if (bytes < free) return;
    throw new Failure(`${shortage} and cannot grow: ${obstacle.why}`, { fix: 'keep less' });
  }
  ports.log.detail(`${shortage}: its filesystem of ${formatBytes(size)} grows now`);
  await growRoot({ ...target, root }, ports);
}
