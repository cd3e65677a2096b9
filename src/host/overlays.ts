import type { Stats } from 'node:fs';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { tryReadQcow2Header } from '../disk/qcow2-header.js';
import { errorMessage, Failure } from '../platform/errors.js';
import { ifPresent } from '../platform/files.js';
import { draftPrefix } from './kept-versions.js';
import { vmFiles } from './vm/vm-record.js';

/** What a file is, whatever it is called: `<device>:<inode>`. */
export type FileIdentity = string;

/** What the disks below the folders are backed by, however deep: each file with one of the disks that need it. */
export type BackedFiles = ReadonlyMap<FileIdentity, string>;

export function identityOf({ dev, ino }: Stats): FileIdentity {
  return `${dev}:${ino}`;
}

/**
 * Reads every qcow2 header below the folders, and follows the backing files. Links are followed: a VM may lie anywhere,
 * and what it needs must stay. @throws Failure for a disk whose backing file cannot be told
 * @param ignored paths of disks that need nothing themselves
 */
export async function findBackedFiles(folders: readonly string[], ignored: ReadonlySet<string>): Promise<BackedFiles> {
  const backed = new Map<FileIdentity, string>();
  const seen = new Set<FileIdentity>();
  for (const folder of folders) {
    for await (const disk of listFiles(folder, seen)) {
      // What killed commands have left of VMs is half written or half removed: nothing starts from it.
      if (!ignored.has(disk) && !disk.startsWith(join(folder, draftPrefix))) await followChain(disk, backed);
    }
  }
  return backed;
}

/** Links below the `run` directory of a VM are not followed: its VMM can make them, and lead us through the whole host. */
async function* listFiles(folder: string, seen: Set<FileIdentity>, isOurs = true): AsyncGenerator<string> {
  for (const name of await ifPresent(readdir(folder)) ?? []) {
    const path = join(folder, name);
    const stats = await ifPresent((isOurs ? stat : lstat)(path));
    if (stats === undefined || seen.has(identityOf(stats))) continue;
    seen.add(identityOf(stats));
    if (stats.isDirectory()) yield* listFiles(path, seen, isOurs && name !== vmFiles.run);
    else if (stats.isFile()) yield path;
  }
}

async function followChain(disk: string, backed: Map<FileIdentity, string>): Promise<void> {
  for (let path: string | undefined = await tryGetBacking(disk); path !== undefined; path = await tryGetBacking(path)) {
    const stats = await ifPresent(stat(path));
    if (stats === undefined || backed.has(identityOf(stats))) return;
    backed.set(identityOf(stats), disk);
  }
}

/** The path of what a disk is backed by: relative to where the disk really lies, as QEMU and Cloud Hypervisor have it. */
async function tryGetBacking(disk: string): Promise<string | undefined> {
  const header = await ifPresent(tryReadQcow2Header(disk)).catch((error: unknown) => {
    throw new Failure(`${disk} cannot be read, so what it needs cannot be told: ${errorMessage(error)}`, { mend: 'remove it, or make it readable', cause: error });
  });
  const backing = header?.backingFile;
  if (backing === undefined) return undefined;
  const path = backing.replace(/^file:/, '');
  if (/^[a-z+]+:/.test(path)) throw new Failure(`${disk} is backed by ${JSON.stringify(backing)}, which is not a path`, { mend: 'remove it, or rebase it: qemu-img rebase' });
  return resolve(dirname(await realpath(disk)), path);
}
