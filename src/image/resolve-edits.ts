import { posix } from 'node:path';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import type { GuestFile, GuestFiles, GuestMount } from '../disk/guest-files.js';
import { tryDerive } from './derived-files.js';
import {
  directoryFailure,
  rootOwned,
  type Attributes,
  type Condition,
  type Content,
  type Edit,
  type FileEdit,
} from './plan.js';

/** One change in one filesystem. `path` is the path inside of it. */
export type FileOperation =
  | {
      readonly kind: 'write';
      readonly mount: GuestMount;
      readonly path: string;
      readonly content: Content;
      readonly attributes: Attributes;
    }
  | {
      readonly kind: 'make-directory';
      readonly mount: GuestMount;
      readonly path: string;
      readonly attributes: Attributes;
    }
  | { readonly kind: 'link'; readonly mount: GuestMount; readonly path: string; readonly target: string }
  | {
      readonly kind: 'set-attributes';
      readonly mount: GuestMount;
      readonly path: string;
      readonly attributes: Attributes;
    }
  | Removal;

export interface Removal {
  readonly kind: 'remove-file' | 'remove-directory';
  readonly mount: GuestMount;
  readonly path: string;
}

/** Bytes: EXT4_NAME_LEN. */
const longestName = 255;

/** The path as the guest sees it. It leads through no link. */
export function guestPathOf(operation: FileOperation): string {
  return operation.mount.path === '/' ? operation.path : `${operation.mount.path}${operation.path}`;
}

interface Place {
  readonly mount: GuestMount;
  readonly path: string;
  /** As the guest sees it. */
  readonly guestPath: string;
}

/**
 * Turns a plan into operations on the existing file tree: expands patterns, follows links, creates missing directories,
 * and removes files that are to be replaced.
 */
export async function resolveEdits(edits: readonly FileEdit[], files: GuestFiles): Promise<readonly FileOperation[]> {
  const root = await files.tryStat('/');
  if (root === undefined) throw new Failure('the image has no root directory');
  const work: Work = {
    files,
    operations: [],
    made: new Map([['/', toPlace(root)]]),
    written: new Set(),
    removed: new Set(),
  };
  for (const edit of edits) await addEdit(work, edit);
  return work.operations;
}

/** What the plan has changed so far, by guest path. The tree on disk is still unchanged. */
interface Work {
  readonly files: GuestFiles;
  readonly operations: FileOperation[];
  /** Directories, and the root. */
  readonly made: Map<string, Place>;
  /** Files and links. */
  readonly written: Set<string>;
  readonly removed: Set<string>;
}

async function addEdit(work: Work, edit: FileEdit): Promise<void> {
  switch (edit.kind) {
    case 'write':
      return ifMet(work, edit.when, async () => write(work, edit.path, edit.content, edit.attributes));
    case 'derive':
      return derive(work, edit);
    case 'empty':
      return write(work, edit.path, { text: '' }, edit.attributes);
    case 'replace':
      if ((await work.files.tryStat(normalizePath(edit.path))) !== undefined)
        await write(work, edit.path, edit.content, edit.attributes);
      return;
    case 'link':
      return ifMet(work, edit.when, async () => link(work, edit.path, edit.target));
    case 'directory':
      return ensureDirectory(work, edit.path, edit.attributes);
    case 'enable-unit':
      return link(work, `/etc/systemd/system/${edit.target}.wants/${edit.unit}`, `/etc/systemd/system/${edit.unit}`);
    case 'remove':
      for (const file of await expandPattern(normalizePath(edit.pattern), work.files)) await removeTree(work, file);
  }
}

async function ifMet(work: Work, when: Condition | undefined, change: () => Promise<void>): Promise<void> {
  if (when === undefined || ((await hasAny(work, when.has)) && !(await hasAny(work, when.hasNot)))) await change();
}

/** Whether a file matches one of these patterns once the plan is applied. */
async function hasAny(work: Work, patterns: readonly string[]): Promise<boolean> {
  for (const pattern of patterns.map(normalizePath)) {
    if ([...work.written].some((path) => isUnder(pattern, path))) return true;
    if ((await expandPattern(pattern, work.files)).some(({ path }) => !work.removed.has(path))) return true;
  }
  return false;
}

/** A file that the plan itself writes stays as it is. */
async function derive(work: Work, edit: Extract<FileEdit, { readonly kind: 'derive' }>): Promise<void> {
  const from = normalizePath(edit.from);
  if (work.written.has(from) || work.removed.has(from)) return;
  const derived = tryDerive(edit.rule, (await work.files.tryReadText(from)) ?? '');
  if (derived !== undefined) await write(work, edit.path, { text: derived }, edit.attributes);
}

async function write(work: Work, path: string, content: Content, attributes: Attributes): Promise<void> {
  const { mount, path: inner } = await clearPlace(work, normalizePath(path));
  work.operations.push({ kind: 'write', mount, path: inner, content, attributes });
}

async function link(work: Work, path: string, target: string): Promise<void> {
  const { mount, path: inner } = await clearPlace(work, normalizePath(path));
  work.operations.push({ kind: 'link', mount, path: inner, target });
}

async function ensureDirectory(work: Work, path: string, attributes: Attributes): Promise<void> {
  const { mount, path: inner } = await getDirectory(work, normalizePath(path));
  work.operations.push({ kind: 'set-attributes', mount, path: inner, attributes });
}

async function removeTree(work: Work, file: GuestFile): Promise<void> {
  if (work.removed.has(file.path)) return;
  work.removed.add(file.path);
  if (file.inode.kind === 'directory')
    for (const child of await work.files.list(file.path)) await removeTree(work, child);
  work.operations.push({
    kind: file.inode.kind === 'directory' ? 'remove-directory' : 'remove-file',
    mount: file.mount,
    path: file.innerPath,
  });
}

/** Removes the file that exists there. @throws Failure for a directory */
async function clearPlace(work: Work, path: string): Promise<Place> {
  const place = await getPlace(work, path);
  if (work.written.has(place.guestPath)) throw new Failure(`the plan writes ${path} twice`);
  const existing = await tryFind(work, place.guestPath);
  if (work.made.has(place.guestPath) || existing?.inode.kind === 'directory') {
    throw directoryFailure(path);
  }
  if (existing !== undefined) await removeTree(work, existing);
  work.written.add(place.guestPath);
  return place;
}

/** The file on disk at a path that leads through no link, unless the plan removes it. */
async function tryFind(work: Work, guestPath: string): Promise<GuestFile | undefined> {
  const file = await work.files.tryStat(guestPath);
  return file?.path === guestPath && !work.removed.has(guestPath) ? file : undefined;
}

async function getPlace(work: Work, path: string): Promise<Place> {
  const directory = await getDirectory(work, posix.dirname(path));
  return {
    mount: directory.mount,
    path: posix.join(directory.path, posix.basename(path)),
    guestPath: posix.join(directory.guestPath, posix.basename(path)),
  };
}

/** The directory at a path once the plan is applied. Links are followed, and a missing directory is created. */
async function getDirectory(work: Work, path: string): Promise<Place> {
  const known = work.made.get(path);
  if (known !== undefined) return known;
  const place = await getPlace(work, path);
  if (place.guestPath !== path) return getDirectory(work, place.guestPath);
  const there = await tryFind(work, path);
  if (there === undefined && !work.written.has(path)) return createDirectory(work, place);
  if (there?.inode.kind === 'directory') return toPlace(there);
  if (there?.inode.kind !== 'link')
    throw new Failure(`${path} in the image is not a directory`, {
      fix: 'choose a different destination, or remove it from the base',
    });
  const target = await work.files.tryResolve(path);
  if (target === undefined) throw await danglingLinkFailure(path, there);
  return getDirectory(work, target.path);
}

async function danglingLinkFailure(path: string, { mount, inode }: GuestFile): Promise<Failure> {
  const target = quoteText(await mount.filesystem.readLink(inode));
  return new Failure(`${path} in the image is a link to ${target}, which does not exist`, {
    fix: `create ${target} in the base, or remove the link`,
  });
}

function toPlace({ mount, innerPath, path }: GuestFile): Place {
  return { mount, path: innerPath, guestPath: path };
}

function createDirectory(work: Work, place: Place): Place {
  work.operations.push({ kind: 'make-directory', mount: place.mount, path: place.path, attributes: rootOwned(0o755) });
  work.made.set(place.guestPath, place);
  return place;
}

/** Rejects what could end an argument of a debugfs command. */
function normalizePath(path: string): string {
  const names = path.split('/');
  const isLong = path.length > 4000 || names.some((name) => Buffer.byteLength(name) > longestName);
  if (!path.startsWith('/') || /[\u0000-\u001f\u007f"]/.test(path) || names.includes('..') || isLong) {
    throw new Failure(
      `invalid path in the image: ${JSON.stringify(path).slice(0, 200)} ` +
        '(expected an absolute path without "..", quotes and control characters, ' +
        `names of at most ${longestName} bytes)`,
    );
  }
  return posix.normalize(path).replace(/(.)\/$/, '$1');
}

/** The files that match a pattern, sorted by path. */
export async function expandPattern(pattern: string, files: GuestFiles): Promise<readonly GuestFile[]> {
  if (pattern.endsWith('/**')) return filesBelow(pattern.slice(0, -'/**'.length), files);
  const names = pattern.split('/').slice(1);
  let matches = ['/'];
  for (const name of names.slice(0, -1)) matches = (await matchIn(matches, name, files)).map((file) => file.path);
  return matchIn(matches, names.at(-1) ?? '', files);
}

/** True if the edit removes or replaces the file at this path. Links are not followed, which would need the image. */
export function undoes(edit: Edit, path: string): boolean {
  if (edit.kind === 'remove') return isUnder(edit.pattern, path);
  return 'path' in edit && edit.path === path;
}

/** True if a pattern matches a path or a directory above it. */
function isUnder(pattern: string, path: string): boolean {
  if (pattern.endsWith('/**')) return path.startsWith(pattern.slice(0, -'**'.length));
  const wanted = pattern.split('/');
  const names = path.split('/').slice(0, wanted.length);
  return names.length === wanted.length && names.every((name, index) => toRegExp(wanted[index] ?? '').test(name));
}

async function matchIn(directories: readonly string[], name: string, files: GuestFiles): Promise<readonly GuestFile[]> {
  const matches: GuestFile[] = [];
  for (const directory of directories) {
    if (name.includes('*'))
      matches.push(...(await files.list(directory)).filter((file) => toRegExp(name).test(posix.basename(file.path))));
    else {
      const file = await files.tryStat(posix.join(directory, name));
      if (file !== undefined) matches.push(file);
    }
  }
  return matches;
}

function toRegExp(name: string): RegExp {
  return new RegExp(
    `^${name
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
    's',
  );
}

async function filesBelow(directory: string, files: GuestFiles): Promise<readonly GuestFile[]> {
  const below: GuestFile[] = [];
  for await (const file of files.walk(directory)) if (file.inode.kind !== 'directory') below.push(file);
  return below;
}
