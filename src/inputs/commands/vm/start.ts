import type { Command } from 'commander';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { readUser, readVm, userDescription, type OnHost } from './vm-options.js';

export interface StartCommand extends OnHost {
  readonly command: 'start';
  readonly name: string;
  readonly user?: string | undefined;
}

export function addStart(vm: Command, choose: (command: StartCommand) => void): void {
  addInputs(
    vm.command('start').description('Start a VM and wait until it runs').argument('<name>', 'Name of the VM'),
    selectOfHost('root'),
  )
    .option('--user <name>', userDescription)
    .action((name: string, options: Options) =>
      choose({ group: 'vm', command: 'start', ...readVm(name, options, { user: () => readUser(options) }) }),
    );
}
