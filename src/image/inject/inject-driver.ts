import { createHash } from 'node:crypto';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../platform/errors.js';
import { ifPresent } from '../../platform/fs/files.js';
import { partitionsOf, type Guest, type GuestPartition } from '../../disk/open-guest.js';
import { withGuest } from '../../disk/with-guest.js';
import type { GuestFile, GuestMount } from '../../disk/guest-files.js';
import { assertCleanPartitions } from '../clean-filesystems.js';
import type { EditDriver, EditPlan } from '../edit-driver.js';
import {
  formatEdit,
  isFileEdit,
  sha256OfContent,
  toBytes,
  type Attributes,
  type Edit,
  type FileEdit,
} from '../plan.js';
import type { Ports } from '../ports.js';
import { guestPathOf, resolveEdits, type FileOperation, type Removal } from '../resolve-edits.js';
import { planAttributes, setAttributes } from '../security-attributes.js';
import { planAttributeBlocks, type BlockCommands } from './attribute-blocks.js';
import { formatAllocation, formatOperation, maxComplaints, runScripts, type Script } from './debugfs.js';
import { fillFiles, leastFilled, type LargeFile, type PartOfFiles } from './fill-files.js';

/**
 * Edits files without root, mounts or an appliance: QEMU exports the overlay as a raw file, and debugfs(8) edits the
 * filesystems in it. The same plan on the same base gives the same bytes, because debugfs gets a fixed clock.
 */
export const injectDriver: EditDriver = {
  name: 'inject',
  apply: async (plan, ports) => {
    await injectEdits(plan, ports);
    return undefined;
  },
};

/** Every operation is read back: debugfs's exit code does not tell whether its commands worked. */
async function injectEdits({ overlay, edits, directory }: EditPlan, ports: Ports): Promise<void> {
  const disk = { path: overlay, format: 'qcow2' } as const;
  const { guest, operations, attributes, blocks } = await withGuest(disk, directory, ports, async (before) => {
    const resolved = await resolveEdits(edits.map(assertFileEdit), before.files);
    return {
      guest: before,
      operations: resolved,
      attributes: await planAttributes(resolved, before.files),
      blocks: await planBlocks(resolved, before),
    };
  });
  // debugfs takes a clock of 0 for none.
  const clock = Math.max(1, guest.root.mount.filesystem.lastWrite);
  const complaints = await runOperations(
    operations,
    { overlay, parts: partitionsOf(guest), blocks, clock, directory },
    ports,
  );
  try {
    // debugfs creates files without any.
    if ([...attributes.values()].some(({ size }) => size > 0))
      await setAttributes(attributes, { overlay, directory }, ports);
    await withGuest(disk, directory, ports, async (after) => verifyOperations(operations, after, complaints));
  } catch (error) {
    // e2fsck's findings explain the failure.
    await assertCleanPartitions(partitionsOf(guest), overlay, directory, ports);
    throw error;
  }
  ports.log.detail(`Applied ${operations.length} operations with debugfs, and read them back`);
}

/** `chooseDriver` lets no other edit come here. */
function assertFileEdit(edit: Edit): FileEdit {
  if (!isFileEdit(edit)) throw new Error(`the driver inject cannot ${formatEdit(edit)}`);
  return edit;
}

async function planBlocks(
  operations: readonly FileOperation[],
  guest: Guest,
): Promise<ReadonlyMap<GuestMount, BlockCommands>> {
  const planned = partitionsOf(guest).map(
    async ({ mount }) => [mount, await planAttributeBlocks(operations, mount, guest.files)] as const,
  );
  return new Map(await Promise.all(planned));
}

interface Target {
  readonly overlay: string;
  readonly parts: readonly GuestPartition[];
  readonly blocks: ReadonlyMap<GuestMount, BlockCommands>;
  /** The time for debugfs, in seconds since the epoch. */
  readonly clock: number;
  readonly directory: string;
}

/** Returns debugfs's complaints. Large files are filled between two runs of it. */
async function runOperations(
  operations: readonly FileOperation[],
  target: Target,
  ports: Ports,
): Promise<readonly string[]> {
  const planned = await Promise.all(
    target.parts.map(async (part) =>
      planPart(
        part,
        operations.filter(({ mount }) => mount === part.mount),
        target,
      ),
    ),
  );
  const complaints = await runScripts(planned, target, ports);
  const scripts = await fillFiles(
    planned.filter(({ large }) => large.length > 0),
    target,
    ports,
  );
  return [...complaints, ...(await runScripts(scripts, target, ports))];
}

async function planPart(
  part: GuestPartition,
  operations: readonly FileOperation[],
  { blocks, directory }: Target,
): Promise<Script & PartOfFiles> {
  const planned: Planned[] = [];
  for (const [index, operation] of operations.entries()) {
    planned.push(await planOperation(operation, part, join(directory, `content-${part.partition.number}-${index}`)));
  }
  const { before = [], after = [] } = blocks.get(part.mount) ?? {};
  return {
    part,
    commands: [...before, ...planned.flatMap(({ commands }) => commands), ...after],
    large: planned.flatMap(({ large = [] }) => large),
  };
}

interface Planned {
  readonly commands: readonly string[];
  /** A file whose blocks these commands allocate, without its content. */
  readonly large?: LargeFile | undefined;
}

async function planOperation(operation: FileOperation, part: GuestPartition, staged: string): Promise<Planned> {
  if (operation.kind !== 'write') return { commands: formatOperation(operation, staged) };
  const { path, content } = operation;
  if (!('file' in content)) {
    await writeFile(staged, toBytes(content));
    return { commands: formatOperation(operation, staged) };
  }
  // debugfs complains about a missing file.
  const { size } = (await ifPresent(stat(content.file))) ?? { size: 0 };
  const { hasExtents, blockSize } = part.mount.filesystem;
  if (size < leastFilled || !hasExtents) return { commands: formatOperation(operation, content.file) };
  return {
    commands: [...formatOperation(operation, '/dev/null'), ...formatAllocation(path, size, blockSize)],
    large: { path, file: content.file },
  };
}

/** @throws Failure if the last operation on a path did not take effect */
async function verifyOperations(
  operations: readonly FileOperation[],
  guest: Guest,
  complaints: readonly string[],
): Promise<void> {
  const last = new Map(operations.map((operation) => [guestPathOf(operation), operation]));
  for (const [path, operation] of last) {
    const file = await guest.files.tryStat(path);
    const isDone = isRemoval(operation)
      ? file === undefined
      : file !== undefined && (await matches(operation, file, guest));
    if (!isDone)
      throw new Failure(`debugfs could not ${operation.kind.replace('-', ' ')} ${path}`, {
        evidence: complaints.slice(0, maxComplaints),
      });
  }
}

function isRemoval(operation: FileOperation): operation is Removal {
  return operation.kind === 'remove-file' || operation.kind === 'remove-directory';
}

async function matches(operation: Exclude<FileOperation, Removal>, file: GuestFile, guest: Guest): Promise<boolean> {
  switch (operation.kind) {
    case 'link':
      return file.inode.kind === 'link' && (await file.mount.filesystem.readLink(file.inode)) === operation.target;
    case 'make-directory':
    case 'set-attributes':
      return file.inode.kind === 'directory' && hasAttributes(file, operation.attributes);
    case 'write':
      return (
        file.inode.kind === 'file' &&
        hasAttributes(file, operation.attributes) &&
        (await hashOf(file, guest)) === sha256OfContent(operation.content)
      );
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
