import type { SystemUser } from '../../../platform/process/system-users.js';
import type { Argv } from '../../../platform/process/command.js';
import { formatCommand } from '../../../platform/process/processes.js';

/** The user that a VM runs as, and that its tap belongs to. */
export interface TapOwner {
  readonly uid: number;
  /** A name, or the ID of a user without one. */
  readonly name: string;
}

/** @param user undefined for the user of this process */
export function toTapOwner(user: SystemUser | undefined, self = process.geteuid?.() ?? 0): TapOwner {
  return user ?? { uid: self, name: self === 0 ? 'root' : String(self) };
}

export interface NewTap {
  readonly tap: string;
  readonly owner: TapOwner;
  /** The bridge that it becomes a port of, and the bridge's MTU: one smaller port would lower it. */
  readonly bridge?: string | undefined;
  readonly mtu?: number | undefined;
  /** The MAC address of the host's end. */
  readonly address?: string | undefined;
  /** What `ip link` shows it with. */
  readonly alias?: string | undefined;
}

/** The commands with which root creates a tap. */
export function tapCommands({ tap, owner, bridge, mtu, address, alias }: NewTap): readonly Argv[] {
  const options = Object.entries({ alias, address, mtu, master: bridge });
  const given = options.flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
  return [
    ['ip', 'tuntap', 'add', tap, 'mode', 'tap', 'user', owner.name],
    ['ip', 'link', 'set', tap, ...given, 'up'],
  ];
}

export function deleteCommand(tap: string): Argv {
  return ['ip', 'link', 'delete', tap];
}

/** Commands for a message: those of root, for whoever reads it. */
export function formatForRoot(commands: readonly Argv[], self = process.geteuid?.() ?? 0): string {
  return commands.map((argv) => formatCommand(self === 0 ? argv : ['sudo', ...argv])).join(' && ');
}
