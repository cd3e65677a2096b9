import type { Command } from 'commander';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface DeleteCommand extends OnHost {
  readonly command: 'delete';
  readonly name: string;
  readonly force: boolean;
}

export function addDelete(vm: Command, choose: (command: DeleteCommand) => void): void {
  addInputs(
    vm.command('delete').description('Delete a VM and its disk').argument('<name>', 'Name of the VM'),
    selectOfHost('root'),
  )
    .option('--force', 'Kill the VM if it is running', false)
    .action((name: string, options: Options) => {
      const { root } = readVm(name, options, {});
      choose({ group: 'vm', command: 'delete', root, name, force: options['force'] === true });
    });
}
