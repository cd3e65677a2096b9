import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { tryReadQcow2Header } from '../disk/qcow2-header.js';
import { errorMessage, Failure, hasCode } from '../platform/errors.js';
import { ifPresent } from '../platform/fs/files.js';
import { quoteText } from '../platform/format.js';
import { draftPrefix, partialPrefix, rawDraftPrefix } from './local-versions.js';
import { vmFiles } from './vm/vm-record.js';

/** Identifies a file independent of its name: `<device>:<inode>`. */
export type FileIdentity = string;

/** The files that disks are backed by, directly or not, each with one of the disks that need it. */
export type BackedFiles = ReadonlyMap<FileIdentity, string>;

/**
 * A disk whose header is invalid, or names something that is not a path: a guest can write that at the start of a raw
 * disk.
 */
export interface UnclearDisk {
  readonly path: string;
  readonly problem: string;
  /** What the header names, if it is not a path. */
  readonly named?: string;
}

export function identityOf({ dev, ino }: Stats): FileIdentity {
  return `${dev}:${ino}`;
}

/**
 * Reads every qcow2 header below the directories, and follows backing files as far as they are plain files. Links are
 * followed, since VMs can be anywhere, and what they need must stay. @throws Failure if a disk cannot be read
 * @param ignored disks whose backing files need not be kept, and raw disks: whatever those start with is data
 */
export async function findBackedFiles(
  directories: readonly string[],
  ignored: ReadonlySet<string>,
): Promise<{ readonly backed: BackedFiles; readonly unclear: readonly UnclearDisk[] }> {
  const backed = new Map<FileIdentity, string>();
  const unclear: UnclearDisk[] = [];
  const seen = new Set<FileIdentity>();
  for (const directory of directories) {
    for await (const disk of listFiles(directory, seen)) {
      // Left by killed commands, or rejected: nothing starts from these.
      if (
        ignored.has(disk) ||
        [draftPrefix, partialPrefix, rawDraftPrefix].some((prefix) => disk.startsWith(join(directory, prefix)))
      )
        continue;
      const problem = await followChain(disk, backed);
      if (problem !== undefined) unclear.push({ ...problem, path: disk });
    }
  }
  return { backed, unclear };
}

/** Links below the `run` directory of a VM are not followed: its VMM can create them, to any place on the host. */
async function* listFiles(directory: string, seen: Set<FileIdentity>, isOurs = true): AsyncGenerator<string> {
  for (const name of (await ifPresent(readdir(directory))) ?? []) {
    const path = join(directory, name);
    const stats = await ifPresent((isOurs ? stat : lstat)(path));
    if (stats === undefined || seen.has(identityOf(stats))) continue;
    seen.add(identityOf(stats));
    if (stats.isDirectory()) yield* listFiles(path, seen, isOurs && name !== vmFiles.run);
    else if (stats.isFile()) yield path;
  }
}

type Unclear = Omit<UnclearDisk, 'path'>;

/** Adds what a disk is backed by. @returns why that is unknown, if it is */
async function followChain(disk: string, backed: Map<FileIdentity, string>): Promise<Unclear | undefined> {
  for (let path = disk; ; ) {
    const next = await findBacking(path);
    if (next === undefined || 'problem' in next) return next;
    const stats = await tryStat(next.path);
    // Opening anything but a plain file can block or have effects.
    if (stats?.isFile() !== true || backed.has(identityOf(stats))) return undefined;
    backed.set(identityOf(stats), disk);
    ({ path } = next);
  }
}

/**
 * The path is relative to the real path of the disk, as in QEMU and Cloud Hypervisor.
 * @returns undefined if there is no backing file; or why that is unknown
 */
async function findBacking(disk: string): Promise<{ readonly path: string } | Unclear | undefined> {
  try {
    const backing = (await tryReadQcow2Header(disk))?.backingFile;
    if (backing === undefined) return undefined;
    const path = backing.replace(/^file:/, '');
    if (/^[a-z+]+:|\0/.test(path))
      return { problem: `its backing file ${quoteText(backing)} is not a path`, named: backing };
    return { path: resolve(dirname(await realpath(disk)), path) };
  } catch (error) {
    // Without a cause, the content is invalid. What the system does not let us read may still be needed.
    if (error instanceof Failure && error.cause === undefined) return { problem: error.message };
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new Failure(`cannot read ${disk} to find its backing file: ${errorMessage(error)}`, {
      fix: 'make it readable, or remove it',
      cause: error,
    });
  }
}

/** A path that no file can have counts as missing. */
async function tryStat(path: string): Promise<Stats | undefined> {
  return stat(path).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].some((code) => hasCode(error, code))) return undefined;
    throw error;
  });
}
