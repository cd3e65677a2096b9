import type { Command } from 'commander';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface ConsoleCommand extends OnHost {
  readonly command: 'console';
  readonly name: string;
}

export function addConsole(vm: Command, choose: (command: ConsoleCommand) => void): void {
  addInputs(
    vm
      .command('console')
      .description('Attach this terminal to the serial console of a VM; detach with ctrl-]')
      .argument('<name>', 'Name of the VM'),
    selectOfHost('root'),
  ).action((name: string, options: Options) =>
    choose({ group: 'vm', command: 'console', name, root: readVm(name, options, {}).root }),
  );
}
