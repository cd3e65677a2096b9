import { writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import type { ExtendedAttributes } from '../disk/ext4-xattrs.js';
import type { GuestFile, GuestFiles } from '../disk/guest-files.js';
import { partitionsOf, type Guest } from '../disk/open-guest.js';
import { withGuest } from '../disk/with-guest.js';
import type { EditPlan } from './edit-driver.js';
import { formatAttribute, maxComplaints, runScripts, type Script } from './inject/debugfs.js';
import { applyMode } from './posix-acl.js';
import type { Ports } from './ports.js';
import { guestPathOf, type FileOperation } from './resolve-edits.js';

const label = 'security.selinux';
const accessAcl = 'system.posix_acl_access';
const defaultAcl = 'system.posix_acl_default';
const names = [label, accessAcl, defaultAcl] as const;

/** SELinux labels and ACLs by guest path, as they must be after the edits. */
export type PlannedAttributes = ReadonlyMap<string, ExtendedAttributes>;

/**
 * A replaced file keeps its label and ACL. A new one gets its directory's label, as from a kernel without a transition
 * rule, and its directory's default ACL. @param files the tree before the operations
 */
export async function planAttributes(
  operations: readonly FileOperation[],
  files: GuestFiles,
): Promise<PlannedAttributes> {
  const planned = new Map<string, ExtendedAttributes>();
  const read = async (path: string): Promise<ExtendedAttributes> => {
    const file = await files.tryStat(path);
    return planned.get(path) ?? (file === undefined ? new Map() : readAttributes(file));
  };
  for (const operation of operations) {
    const path = guestPathOf(operation);
    if (operation.kind === 'remove-file' || operation.kind === 'remove-directory') planned.delete(path);
    else {
      const replaced = planned.has(path) ? undefined : await files.tryStat(path);
      const own = operation.kind === 'set-attributes' || replaced !== undefined ? await read(path) : undefined;
      const parent = await read(posix.dirname(path));
      const isSameKind = operation.kind === 'set-attributes' || replaced?.inode.kind === kindOf(operation);
      planned.set(path, toAttributes(operation, { label: own ?? parent, acl: isSameKind ? own : undefined, parent }));
    }
  }
  return planned;
}

function kindOf({ kind }: FileOperation): GuestFile['inode']['kind'] {
  return kind === 'write' ? 'file' : kind === 'link' ? 'link' : 'directory';
}

interface Sources {
  readonly label: ExtendedAttributes;
  /** Undefined for a new file. */
  readonly acl: ExtendedAttributes | undefined;
  readonly parent: ExtendedAttributes;
}

function toAttributes(operation: FileOperation, { label: labelled, acl, parent }: Sources): ExtendedAttributes {
  const attributes = new Map<string, Buffer>();
  const set = (name: string, value: Buffer | undefined): void => {
    if (value !== undefined) attributes.set(name, value);
  };
  set(label, labelled.get(label));
  if (!('attributes' in operation)) return attributes;
  const access = acl === undefined ? parent.get(defaultAcl) : acl.get(accessAcl);
  set(accessAcl, access === undefined ? undefined : applyMode(access, operation.attributes.mode));
  if (kindOf(operation) === 'directory') set(defaultAcl, (acl ?? parent).get(defaultAcl));
  return attributes;
}

async function readAttributes({ mount, inode }: GuestFile): Promise<ExtendedAttributes> {
  const attributes = await mount.filesystem.readAttributes(inode);
  return new Map([...attributes].filter(([name]) => names.some((known) => known === name)));
}

/** Sets and removes labels and ACLs with debugfs, for every driver alike. @throws Failure if that did not work */
export async function setAttributes(
  planned: PlannedAttributes,
  { overlay, directory }: Pick<EditPlan, 'overlay' | 'directory'>,
  ports: Pick<Ports, 'processes'>,
): Promise<void> {
  const disk = { path: overlay, format: 'qcow2' } as const;
  const plan = async (): Promise<AttributeScripts> =>
    withGuest(disk, directory, ports, async (guest) => planScripts(planned, guest, directory));
  const { scripts, clock } = await plan();
  if (scripts.length === 0) return;
  const complaints = await runScripts(scripts, { overlay, directory, clock }, ports);
  const { paths } = await plan();
  if (paths.length > 0)
    throw new Failure(`debugfs could not set the attributes of ${paths[0]}`, {
      evidence: complaints.slice(0, maxComplaints),
    });
}

interface AttributeScripts {
  readonly scripts: readonly Script[];
  /** The files that the scripts change. */
  readonly paths: readonly string[];
  /** Seconds since the epoch. */
  readonly clock: number;
}

async function planScripts(planned: PlannedAttributes, guest: Guest, directory: string): Promise<AttributeScripts> {
  const paths: string[] = [];
  const scripts = partitionsOf(guest).map((part) => ({ part, commands: [] as string[] }));
  for (const [path, wanted] of planned) {
    const file = await guest.files.tryStat(path);
    const commands = scripts.find(({ part }) => part.mount === file?.mount)?.commands;
    if (file === undefined || commands === undefined) continue;
    const changes = await listChanges(file, wanted, directory);
    if (changes.length > 0) paths.push(path);
    commands.push(...changes);
  }
  return {
    scripts: scripts.filter(({ commands }) => commands.length > 0),
    paths,
    clock: Math.max(1, guest.root.mount.filesystem.lastWrite),
  };
}

async function listChanges(file: GuestFile, wanted: ExtendedAttributes, directory: string): Promise<readonly string[]> {
  const present = await readAttributes(file);
  const commands: string[] = [];
  for (const name of names) {
    const value = wanted.get(name);
    const now = present.get(name);
    if (value === undefined ? now === undefined : now?.equals(value)) continue;
    const source = value === undefined ? undefined : await stageValue(value, directory);
    commands.push(formatAttribute(file.innerPath, name, source));
  }
  return commands;
}

/** debugfs reads binary values from a file. */
export async function stageValue(value: Buffer, directory: string): Promise<string> {
  const path = join(directory, `attribute-${sha256Of(value).slice(0, 32)}`);
  await writeFile(path, value);
  return path;
}
