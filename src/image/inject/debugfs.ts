import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import { freeWorkSpaceFix } from '../../platform/fs/system-errors.js';
import type { PlacedRun } from '../../disk/ext4-reader.js';
import type { GuestPartition } from '../../disk/open-guest.js';
import { openEditableDisk, type EditableDisk } from '../../disk/storage-daemon.js';
import type { Attributes } from '../plan.js';
import type { Operation } from '../resolve-edits.js';

/** Bytes: two words and a command stay below 8 KiB. */
const longestWord = 4000;
/** Lines of evidence. */
export const mostComplaints = 20;

/** What debugfs(8) is to do on a partition. */
export interface Script {
  readonly part: GuestPartition;
  readonly commands: readonly string[];
}

interface Request {
  readonly overlay: string;
  /** What time it is for debugfs, in seconds since the epoch. */
  readonly clock: number;
  /** Takes scripts and sockets. */
  readonly directory: string;
}

/** Runs scripts one after the other. Answers with what debugfs complained about. @throws Failure where there is no room */
export async function runScripts(
  scripts: readonly Script[],
  request: Request,
  ports: { readonly processes: Processes },
): Promise<readonly string[]> {
  const due = scripts.filter(({ commands }) => commands.length > 0);
  if (due.length === 0) return [];
  const disk = await openEditableDisk(request.overlay, request.directory, ports);
  try {
    const complaints: string[] = [];
    for (const script of due) {
      const said = await runScript(script, request, disk);
      checkRoom(script.part, said);
      complaints.push(...said);
    }
    return complaints;
  } finally {
    await disk.close();
  }
}

async function runScript(
  { part: { partition }, commands }: Script,
  { clock, directory }: Request,
  disk: EditableDisk,
): Promise<readonly string[]> {
  const script = join(directory, `debugfs-${partition.number}`);
  await writeFile(script, commands.map((command) => `${command}\n`).join(''));
  const { stderr } = await disk.run({
    argv: ['debugfs', '-w', '-f', script, `${disk.rawPath}?offset=${partition.start}`],
    env: { E2FSPROGS_FAKE_TIME: String(clock), DEBUGFS_PAGER: 'cat' },
  });
  // Its first line is its version.
  return stderr.trimEnd().split('\n').slice(1);
}

/** A full filesystem has halves of files in it afterwards, with which e2fsck would find fault: the cause comes first. */
function checkRoom({ mount }: GuestPartition, complaints: readonly string[]): void {
  const evidence = complaints.slice(0, mostComplaints);
  if (complaints.some((line) => line.includes('No space left on device'))) {
    throw new Failure('this machine has no room for what is changed in the image', { fix: freeWorkSpaceFix, evidence });
  }
  if (complaints.some((line) => /Could not allocate (block|inode)/.test(line))) {
    throw new Failure(`the image's filesystem for ${mount.path} is full: what is to be installed does not fit`, {
      fix: 'use a base with a larger one: a larger disk-size does not grow it before its first boot',
      evidence,
    });
  }
}

/** The commands for one operation. `source` is the file of this machine that a written file is a copy of. */
export function formatOperation(operation: Operation, source: string): readonly string[] {
  const path = quote(operation.path);
  switch (operation.kind) {
    case 'write':
      return [`write ${quote(source)} ${path}`, ...formatAttributes(path, 0o100000, operation.attributes)];
    case 'make-directory':
      return [`mkdir ${path}`, ...formatAttributes(path, 0o040000, operation.attributes)];
    case 'set-attributes':
      return formatAttributes(path, 0o040000, operation.attributes);
    case 'link':
      return [`symlink ${path} ${quote(operation.target)}`];
    case 'remove-file':
      return [`rm ${path}`];
    case 'remove-directory':
      return [`rmdir ${path}`];
  }
}

function formatAttributes(path: string, kind: number, attributes: Attributes): readonly string[] {
  return [
    `set_inode_field ${path} mode 0${(kind | attributes.mode).toString(8)}`,
    `set_inode_field ${path} uid ${attributes.uid}`,
    `set_inode_field ${path} gid ${attributes.gid}`,
  ];
}

/** An empty file gets its size and the blocks for it, as uninitialised extents. Sizes are in bytes. */
export function formatAllocation(path: string, size: number, blockSize: number): readonly string[] {
  return [
    `fallocate ${quote(path)} 0 ${Math.ceil(size / blockSize) - 1}`,
    `set_inode_field ${quote(path)} size ${size}`,
  ];
}

/** Uninitialised extents that have content now become as those of any other file. */
export function formatFilled(path: string, runs: readonly PlacedRun[]): readonly string[] {
  return [
    `extent_open ${quote(path)}`,
    ...runs.flatMap(({ first, count, start }) => [`goto_block ${first}`, `replace_node ${first} ${count} ${start}`]),
    'extent_close',
  ];
}

/**
 * A word of debugfs's little language. What could end its line is refused, names from the image included:
 * debugfs hands a line that starts with `!` to a shell, and takes what is beyond 8 KiB of a line for the next one.
 */
function quote(word: string): string {
  const quoted = `"${word.replaceAll('"', '""')}"`;
  if (/[\u0000-\u001f\u007f]/.test(word) || Buffer.byteLength(quoted) > longestWord) {
    throw new Failure(
      `a path has control characters or is too long to be edited offline: ${JSON.stringify(word).slice(0, 200)}`,
    );
  }
  return quoted;
}
