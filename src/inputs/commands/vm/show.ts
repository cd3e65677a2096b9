import type { Command } from 'commander';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface ShowCommand extends OnHost {
  readonly command: 'show';
  readonly name: string;
}

export function addShow(vm: Command, choose: (command: ShowCommand) => void): void {
  addInputs(
    vm.command('show').description('Show the state and settings of a VM').argument('<name>', 'Name of the VM'),
    selectOfHost('root'),
  ).action((name: string, options: Options) =>
    choose({ group: 'vm', command: 'show', name, root: readVm(name, options, {}).root }),
  );
}
