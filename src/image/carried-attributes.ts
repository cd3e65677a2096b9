import type { ExtendedAttributes } from '../disk/ext4-xattrs.js';
import type { GuestFile } from '../disk/guest-files.js';
import { partitionsOf, type Guest } from '../disk/open-guest.js';
import { withGuest } from '../disk/with-guest.js';
import { Failure } from '../platform/errors.js';
import type { EditPlan } from './edit-driver.js';
import { formatAttribute, formatOriginals, maxComplaints, runScripts, type Script } from './inject/debugfs.js';
import type { Attributes } from './plan.js';
import type { Ports } from './ports.js';
import { stageValue } from './security-attributes.js';

/** A file as it was on the disk that it comes from. */
export interface Original {
  readonly path: string;
  readonly attributes: Attributes;
  /** Seconds since the epoch. */
  readonly modified: number;
  readonly extended: ExtendedAttributes;
}

/** Others could end an argument of debugfs. The kernel's own are among them. */
const safeName = /^(user|trusted|security|system)\.[A-Za-z0-9_.-]{1,200}$/;
/** The image gives these to new files. A file that had none must not get any. */
const inherited = ['system.posix_acl_access', 'system.posix_acl_default'] as const;

/**
 * Sets what the edits could not: owners of links, modification times and extended attributes.
 * @throws Failure if that did not work
 */
export async function restoreOriginals(
  originals: readonly Original[],
  { overlay, directory }: Pick<EditPlan, 'overlay' | 'directory'>,
  ports: Pick<Ports, 'processes'>,
): Promise<void> {
  const disk = { path: overlay, format: 'qcow2' } as const;
  const plan = async (): Promise<Plan> =>
    withGuest(disk, directory, ports, async (guest) => planScripts(originals, guest, directory));
  const { scripts, clock } = await plan();
  const complaints = await runScripts(scripts, { overlay, directory, clock }, ports);
  const { scripts: left, paths } = await plan();
  if (left.length > 0)
    throw new Failure(`debugfs could not restore the attributes of ${paths[0] ?? ''}`, {
      evidence: complaints.slice(0, maxComplaints),
    });
}

interface Plan {
  readonly scripts: readonly Script[];
  /** The files that the scripts change. */
  readonly paths: readonly string[];
  /** Seconds since the epoch. */
  readonly clock: number;
}

async function planScripts(originals: readonly Original[], guest: Guest, directory: string): Promise<Plan> {
  const paths: string[] = [];
  const scripts = partitionsOf(guest).map((part) => ({ part, commands: [] as string[] }));
  for (const original of originals) {
    const file = await guest.files.tryStat(original.path);
    const commands = scripts.find(({ part }) => part.mount === file?.mount)?.commands;
    if (file === undefined || commands === undefined) throw new Failure(`${original.path} is missing on the new disk`);
    const changes = await listChanges(original, file, directory);
    if (changes.length > 0) paths.push(original.path);
    commands.push(...changes);
  }
  const due = scripts.filter(({ commands }) => commands.length > 0);
  return { scripts: due, paths, clock: Math.max(1, guest.root.mount.filesystem.lastWrite) };
}

async function listChanges(original: Original, file: GuestFile, directory: string): Promise<readonly string[]> {
  const { attributes, modified, extended } = original;
  const { inode, innerPath, mount } = file;
  const present = await mount.filesystem.readAttributes(inode);
  const commands: string[] = [];
  for (const [name, value] of extended) {
    if (!safeName.test(name) || present.get(name)?.equals(value) === true) continue;
    commands.push(formatAttribute(innerPath, name, await stageValue(value, directory)));
  }
  for (const name of inherited)
    if (present.has(name) && !extended.has(name)) commands.push(formatAttribute(innerPath, name, undefined));
  const hasOwner = inode.uid === attributes.uid && inode.gid === attributes.gid;
  if (hasOwner && inode.modified === modified) return commands;
  return [...commands, ...formatOriginals(innerPath, { ...attributes, modified })];
}
