import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import { freeWorkSpaceFix } from '../../platform/fs/system-errors.js';
import type { PlacedRun } from '../../disk/ext4-reader.js';
import type { GuestPartition } from '../../disk/open-guest.js';
import { openEditableDisk, type EditableDisk } from '../../disk/storage-daemon.js';
import type { Attributes } from '../plan.js';
import type { FileOperation } from '../resolve-edits.js';

/** Bytes: two arguments and a command stay below 8 KiB. */
const longestArgument = 4000;
/** Lines of evidence. */
export const maxComplaints = 20;

/** debugfs(8) commands for a partition. */
export interface Script {
  readonly part: GuestPartition;
  readonly commands: readonly string[];
}

interface Request {
  readonly overlay: string;
  /** The time for debugfs, in seconds since the epoch. */
  readonly clock: number;
  /** For scripts and sockets. */
  readonly directory: string;
}

/** Runs scripts in order, and returns debugfs's complaints. @throws Failure if the disk or the filesystem is full */
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
      const lines = await runScript(script, request, disk);
      assertSpace(script.part, lines);
      complaints.push(...lines);
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
  // The first line is debugfs's version.
  return stderr.trimEnd().split('\n').slice(1);
}

/** Reports the cause first: a full filesystem has partial files, which e2fsck would report as errors. */
function assertSpace({ mount }: GuestPartition, complaints: readonly string[]): void {
  const evidence = complaints.slice(0, maxComplaints);
  if (complaints.some((line) => line.includes('No space left on device'))) {
    throw new Failure("the disk is full: the image's changes do not fit", { fix: freeWorkSpaceFix, evidence });
  }
  if (complaints.some((line) => /Could not allocate (block|inode)/.test(line))) {
    throw new Failure(`the image's filesystem for ${mount.path} is full: the edits do not fit`, {
      fix: 'use a base with a larger filesystem: disk-size only grows it at the first boot',
      evidence,
    });
  }
}

/** The commands for one operation. `source` is the local file with a written file's content. */
export function formatOperation(operation: FileOperation, source: string): readonly string[] {
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

/** Sets the owner of a file of any kind, and when its content was changed, in seconds since the epoch. */
export function formatOriginals(
  path: string,
  { uid, gid, modified }: Omit<Attributes, 'mode'> & { readonly modified: number },
): readonly string[] {
  return [`uid ${uid}`, `gid ${gid}`, `mtime @${modified}`].map((field) => `set_inode_field ${quote(path)} ${field}`);
}

/** Sets an extended attribute to the content of a local file, or removes it. */
export function formatAttribute(path: string, name: string, source: string | undefined): string {
  // Raw: ACLs are in the format of the disk, not of setxattr(2).
  return source === undefined ? `ea_rm ${quote(path)} ${name}` : `ea_set -r -f ${quote(source)} ${quote(path)} ${name}`;
}

/** Lets an inode have no block of extended attributes. What becomes of the block is another matter. */
export function formatDetach(path: string): string {
  return `set_inode_field ${quote(path)} file_acl 0`;
}

/**
 * Frees a block by making it the content of a temporary file, which is removed: `freeb` does not correct the count of
 * free blocks. @param name of no file in the filesystem's root directory
 */
export function formatFree(block: number, name: string): readonly string[] {
  const path = quote(`/${name}`);
  return [
    `mknod ${quote(name)} p`,
    `set_inode_field ${path} mode 0100600`,
    `set_inode_field ${path} block[0] ${block}`,
    `rm ${path}`,
  ];
}

/** Writes bytes of a block, by their offset. */
export function formatBlockBytes(block: number, bytes: ReadonlyMap<number, number>): readonly string[] {
  return [...bytes].map(([offset, byte]) => `zap_block -o ${offset} -l 1 -p ${byte} ${block}`);
}

/** Allocates an empty file's blocks as uninitialised extents. Sizes are in bytes. */
export function formatAllocation(path: string, size: number, blockSize: number): readonly string[] {
  return [
    `fallocate ${quote(path)} 0 ${Math.ceil(size / blockSize) - 1}`,
    `set_inode_field ${quote(path)} size ${size}`,
  ];
}

/** Marks uninitialised extents that have content now as initialised. */
export function formatFilled(path: string, runs: readonly PlacedRun[]): readonly string[] {
  return [
    `extent_open ${quote(path)}`,
    ...runs.flatMap(({ first, count, start }) => [`goto_block ${first}`, `replace_node ${first} ${count} ${start}`]),
    'extent_close',
  ];
}

/**
 * An argument of a debugfs command. What could end the line is rejected, in names from the image too: debugfs hands a
 * line that starts with `!` to a shell, and takes everything beyond 8 KiB as the next line.
 */
function quote(argument: string): string {
  const quoted = `"${argument.replaceAll('"', '""')}"`;
  if (/[\u0000-\u001f\u007f]/.test(argument) || Buffer.byteLength(quoted) > longestArgument) {
    throw new Failure(
      `unsupported path in the image: ${JSON.stringify(argument).slice(0, 200)} has control characters or is too long`,
    );
  }
  return quoted;
}
