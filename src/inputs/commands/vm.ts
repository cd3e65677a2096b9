import type { Command } from 'commander';
import { addAutostart, type AutostartCommand } from './vm/autostart.js';
import { addClone, type CloneCommand } from './vm/clone.js';
import { addConsole, type ConsoleCommand } from './vm/console.js';
import { addCreate, type CreateCommand } from './vm/create.js';
import { addDelete, type DeleteCommand } from './vm/delete.js';
import { addIp, type IpCommand } from './vm/ip.js';
import { addList, type ListCommand } from './vm/list.js';
import { addLogs, type LogsCommand } from './vm/logs.js';
import { addOutdated, type OutdatedCommand } from './vm/outdated.js';
import { addRecreate, type RecreateCommand } from './vm/recreate.js';
import { addRestart, type RestartCommand } from './vm/restart.js';
import { addShow, type ShowCommand } from './vm/show.js';
import { addStart, type StartAllCommand, type StartCommand } from './vm/start.js';
import { addStop, type StopCommand } from './vm/stop.js';

/** Commands that work on the VMs of this host. */
export type VmCommand =
  | CreateCommand
  | CloneCommand
  | StartCommand
  | StartAllCommand
  | ListCommand
  | ShowCommand
  | IpCommand
  | LogsCommand
  | ConsoleCommand
  | OutdatedCommand
  | RecreateCommand
  | StopCommand
  | RestartCommand
  | AutostartCommand
  | DeleteCommand;

const adders = [
  addCreate,
  addClone,
  addStart,
  addList,
  addShow,
  addIp,
  addLogs,
  addConsole,
  addOutdated,
  addRecreate,
  addStop,
  addRestart,
  addAutostart,
  addDelete,
] as const;

export function addVmCommands(program: Command, choose: (command: VmCommand) => void): void {
  const vm = program.command('vm').description('Create and manage VMs from the versions on this host');
  for (const add of adders) add(vm, choose);
}
