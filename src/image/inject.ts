import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, ToolError } from '../platform/errors.js';
import { sha256Of } from '../platform/files.js';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
import { freeWorkSpace } from '../platform/system-errors.js';
import { openEditableDisk, openRawDisk, type EditableDisk } from '../disk/storage-daemon.js';
import type { Guest, GuestPartition } from '../disk/open-guest.js';
import { withGuest } from '../disk/with-guest.js';
import type { GuestFile } from '../disk/guest-files.js';
import type { Attributes, Content, FileEdit } from './plan.js';
import { guestPathOf, resolveEdits, type Operation, type Removal } from './resolve-edits.js';

export interface InjectRequest {
  readonly overlay: string;
  readonly edits: readonly FileEdit[];
  /** Takes scripts and sockets. */
  readonly folder: string;
}

/** Bytes: two words and a command stay below 8 KiB. */
const longestWord = 4000;
const mostComplaints = 20;

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

/**
 * The driver without root, mounts or an appliance: QEMU shows the overlay as a raw file, and debugfs(8) edits the
 * filesystems in it. The same plan on the same base gives the same bytes: debugfs's clock stands still.
 * Every operation is read back afterwards, since debugfs's exit code does not tell whether its commands worked.
 * @throws Failure where an edit cannot be made, or leaves a filesystem that e2fsck finds fault with.
 */
export async function injectEdits(request: InjectRequest, ports: Ports): Promise<void> {
  const overlay = { path: request.overlay, format: 'qcow2' } as const;
  const { guest, operations } = await withGuest(overlay, request.folder, ports, async (before) => ({
    guest: before,
    operations: await resolveEdits(request.edits, before.files),
  }));
  const complaints: string[] = [];
  const disk = await openEditableDisk(request.overlay, request.folder, ports);
  try {
    for (const part of partitionsOf(guest)) {
      const own = operations.filter((operation) => operation.mount === part.mount);
      if (own.length === 0) continue;
      const clock = Math.max(1, guest.root.mount.filesystem.lastWrite);
      const said = await runDebugfs(disk, part, { operations: own, clock, folder: request.folder });
      checkRoom(part, said);
      complaints.push(...said);
    }
  } finally {
    await disk.close();
  }
  try {
    await withGuest(overlay, request.folder, ports, async (after) => verifyOperations(operations, after, complaints));
  } catch (error) {
    // What e2fsck finds explains it.
    await checkPartitions(partitionsOf(guest), request.overlay, request.folder, ports);
    throw error;
  }
  ports.log.detail(`${operations.length} operations by debugfs, read back`);
}

/** The partitions that a guest mounts, its root first. */
export function partitionsOf(guest: Guest): readonly GuestPartition[] {
  return guest.boot === undefined ? [guest.root] : [guest.root, guest.boot];
}

/** Answers with what debugfs complained about. A clock of 0 would mean to it that none was given. */
async function runDebugfs(
  disk: EditableDisk, part: GuestPartition,
  request: { readonly operations: readonly Operation[]; readonly clock: number; readonly folder: string },
): Promise<readonly string[]> {
  const commands: string[] = [];
  for (const [index, operation] of request.operations.entries()) {
    const staged = join(request.folder, `content-${part.partition.number}-${index}`);
    if (operation.kind === 'write' && 'text' in operation.content) await writeFile(staged, operation.content.text);
    commands.push(...formatOperation(operation, staged));
  }
  const script = join(request.folder, `debugfs-${part.partition.number}`);
  await writeFile(script, commands.map((command) => `${command}\n`).join(''));
  const { stderr } = await disk.run({
    argv: ['debugfs', '-w', '-f', script, `${disk.rawPath}?offset=${part.partition.offset}`],
    env: { E2FSPROGS_FAKE_TIME: String(request.clock), DEBUGFS_PAGER: 'cat' },
  });
  // Its first line is its version.
  return stderr.trimEnd().split('\n').slice(1);
}

/** A full filesystem has halves of files in it afterwards, with which e2fsck would find fault: the cause comes first. */
function checkRoom(part: GuestPartition, complaints: readonly string[]): void {
  const evidence = complaints.slice(0, mostComplaints);
  if (complaints.some((line) => line.includes('No space left on device'))) {
    throw new Failure('this machine has no room for what is changed in the image', { mend: freeWorkSpace, evidence });
  }
  if (complaints.some((line) => /Could not allocate (block|inode)/.test(line))) {
    throw new Failure(`the image's filesystem for ${part.mount.path} is full: what is to be installed does not fit`, {
      mend: 'use a base with a larger one: a larger disk-size does not grow it before its first boot', evidence,
    });
  }
}

/** The commands of debugfs(8) for one operation. `staged` is where the text of a written file lies. */
export function formatOperation(operation: Operation, staged: string): readonly string[] {
  const path = quote(operation.path);
  switch (operation.kind) {
    case 'write': return [
      `write ${quote('file' in operation.content ? operation.content.file : staged)} ${path}`,
      ...formatAttributes(path, 0o100000, operation.attributes),
    ];
    case 'make-folder': return [`mkdir ${path}`, ...formatAttributes(path, 0o040000, operation.attributes)];
    case 'set-attributes': return formatAttributes(path, 0o040000, operation.attributes);
    case 'link': return [`symlink ${path} ${quote(operation.target)}`];
    case 'remove-file': return [`rm ${path}`];
    case 'remove-folder': return [`rmdir ${path}`];
  }
}

function formatAttributes(path: string, kind: number, attributes: Attributes): readonly string[] {
  return [
    `set_inode_field ${path} mode 0${(kind | attributes.mode).toString(8)}`,
    `set_inode_field ${path} uid ${attributes.uid}`,
    `set_inode_field ${path} gid ${attributes.gid}`,
  ];
}

/**
 * A word of debugfs's little language. What could end its line is refused, names from the image included:
 * debugfs hands a line that starts with `!` to a shell, and takes what is beyond 8 KiB of a line for the next one.
 */
function quote(word: string): string {
  const quoted = `"${word.replaceAll('"', '""')}"`;
  if (/[\u0000-\u001f\u007f]/.test(word) || Buffer.byteLength(quoted) > longestWord) {
    throw new Failure(`a path has control characters or is too long to be edited offline: ${JSON.stringify(word).slice(0, 200)}`);
  }
  return quoted;
}

/** Has e2fsck look over what the guest will mount. @throws Failure where it finds fault */
export async function checkFilesystems(overlay: string, folder: string, ports: Ports): Promise<void> {
  const parts = await withGuest({ path: overlay, format: 'qcow2' }, folder, ports, async (guest) => Promise.resolve(partitionsOf(guest)));
  await checkPartitions(parts, overlay, folder, ports);
}

async function checkPartitions(parts: readonly GuestPartition[], overlay: string, folder: string, ports: Ports): Promise<void> {
  const disk = await openRawDisk(overlay, folder, ports);
  try {
    for (const part of parts) await checkFilesystem(disk, part);
  } finally {
    await disk.close();
  }
}

async function checkFilesystem(disk: EditableDisk, part: GuestPartition): Promise<void> {
  try {
    await disk.run({ argv: ['e2fsck', '-fn', `${disk.rawPath}?offset=${part.partition.offset}`] });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`the filesystem of partition ${part.partition.number} is not clean after the edits`, {
      mend: 'the base may have been damaged before: run e2fsck -f on its filesystems, or use another', evidence: error.evidence, cause: error,
    });
  }
}

/** What the last operation on a path wanted must be what is there now. */
async function verifyOperations(operations: readonly Operation[], guest: Guest, complaints: readonly string[]): Promise<void> {
  const last = new Map(operations.map((operation) => [guestPathOf(operation), operation]));
  for (const [path, operation] of last) {
    const file = await guest.files.tryStat(path);
    const isDone = isRemoval(operation) ? file === undefined : file !== undefined && await matches(operation, file, guest);
    if (!isDone) throw new Failure(`debugfs could not ${operation.kind.replace('-', ' ')} ${path}`, { evidence: complaints.slice(0, mostComplaints) });
  }
}

function isRemoval(operation: Operation): operation is Removal {
  return operation.kind === 'remove-file' || operation.kind === 'remove-folder';
}

async function matches(operation: Exclude<Operation, Removal>, file: GuestFile, guest: Guest): Promise<boolean> {
  switch (operation.kind) {
    case 'link': return file.inode.kind === 'link' && await file.mount.filesystem.readLink(file.inode) === operation.target;
    case 'make-folder':
    case 'set-attributes': return file.inode.kind === 'folder' && hasAttributes(file, operation.attributes);
    case 'write': return file.inode.kind === 'file' && hasAttributes(file, operation.attributes)
      && await hashOf(file, guest) === expectedHash(operation.content);
  }
}

function hasAttributes(file: GuestFile, { mode, uid, gid }: Attributes): boolean {
  return file.inode.mode === mode && file.inode.uid === uid && file.inode.gid === gid;
}

async function hashOf(file: GuestFile, guest: Guest): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of guest.files.content(file)) hash.update(piece);
  return hash.digest('hex');
}

function expectedHash(content: Content): string {
  return 'text' in content ? sha256Of(content.text) : content.sha256;
}
