import type { Command } from 'commander';
import { checkVmName } from '../../../host/vm/vm-record.js';
import { parseUserName } from '../../../platform/process/system-users.js';
import { parseDuration } from '../../parse.js';
import { readRoot } from '../../pull-inputs.js';
import { readAll } from '../../read-all.js';
import { rawOf, type Options } from '../options.js';

/** What all commands on VMs have in common. */
export interface OnHost {
  readonly group: 'vm';
  readonly root: string;
}

export const userDescription = 'System user to run the VM as if root starts it. Defaults to the one set by "host user"';

/** Reads the VM that a command is about, together with further values. */
export function readVm<T extends object>(
  name: string,
  options: Options,
  readers: { readonly [K in keyof T]: () => T[K] },
): { readonly root: string; readonly name: string } & T {
  const { values, ...vm } = readAll({
    root: () => readRoot(rawOf(options)),
    name: () => checkVmName(name),
    values: () => readAll(readers),
  });
  return { ...vm, ...values };
}

/** The system user that a VM runs as, if one is named. @throws UsageError */
export function readUser(options: Options): string | undefined {
  const user = rawOf(options)('user');
  return user === '' ? undefined : parseUserName(user);
}

/** How long a guest may take to power off. */
export function addTimeout(command: Command): Command {
  return command.option('--timeout <duration>', 'Time limit for powering off before the VM is killed', '60s');
}

/** @throws UsageError */
export function readTimeout(options: Options): number {
  return parseDuration('timeout', rawOf(options)('timeout'));
}
