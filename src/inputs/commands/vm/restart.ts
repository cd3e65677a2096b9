import type { Command } from 'commander';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { allowKnownDefect, readAllowedDefects } from './disk-options.js';
import { addTimeout, readTimeout, readUser, readVm, userDescription, type OnHost } from './vm-options.js';

export interface RestartCommand extends OnHost {
  readonly command: 'restart';
  readonly name: string;
  readonly timeoutMs: number;
  readonly user?: string | undefined;
  readonly allowedDefects: readonly string[];
}

export function addRestart(vm: Command, choose: (command: RestartCommand) => void): void {
  addTimeout(
    addInputs(
      vm.command('restart').description('Power off a VM and start it again').argument('<name>', 'Name of the VM'),
      selectOfHost('root'),
    ),
  )
    .option('--user <name>', userDescription)
    .option(...allowKnownDefect)
    .action((name: string, options: Options) => {
      const readers = {
        timeoutMs: () => readTimeout(options),
        user: () => readUser(options),
        allowedDefects: () => readAllowedDefects(options),
      };
      choose({ group: 'vm', command: 'restart', ...readVm(name, options, readers) });
    });
}
