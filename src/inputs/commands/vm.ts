import type { Command } from 'commander';
import { addCreate, type CreateCommand } from './vm/create.js';
import { addDelete, type DeleteCommand } from './vm/delete.js';
import { addList, type ListCommand } from './vm/list.js';
import { addOutdated, type OutdatedCommand } from './vm/outdated.js';
import { addRecreate, type RecreateCommand } from './vm/recreate.js';
import { addStart, type StartCommand } from './vm/start.js';
import { addStop, type StopCommand } from './vm/stop.js';

/** Commands that work on the VMs of this host. */
export type VmCommand =
  | CreateCommand
  | StartCommand
  | ListCommand
  | OutdatedCommand
  | RecreateCommand
  | StopCommand
  | DeleteCommand;

export function addVmCommands(program: Command, choose: (command: VmCommand) => void): void {
  const vm = program.command('vm').description('Create, start and stop VMs from the versions on this host');
  for (const add of [addCreate, addStart, addList, addOutdated, addRecreate, addStop, addDelete]) add(vm, choose);
}
