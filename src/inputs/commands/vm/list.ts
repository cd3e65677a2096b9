import type { Command } from 'commander';
import { readRoot } from '../../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import type { OnHost } from './vm-options.js';

export interface ListCommand extends OnHost {
  readonly command: 'list';
}

export function addList(vm: Command, choose: (command: ListCommand) => void): void {
  addInputs(vm.command('list').description('List the VMs on this host'), selectOfHost('root')).action(
    (options: Options) => choose({ group: 'vm', command: 'list', root: readRoot(rawOf(options)) }),
  );
}
