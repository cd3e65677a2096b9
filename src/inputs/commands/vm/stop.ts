import type { Command } from 'commander';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { addTimeout, readTimeout, readVm, type OnHost } from './vm-options.js';

export interface StopCommand extends OnHost {
  readonly command: 'stop';
  readonly name: string;
  readonly timeoutMs: number;
}

export function addStop(vm: Command, choose: (command: StopCommand) => void): void {
  addTimeout(
    addInputs(
      vm.command('stop').description('Power off a VM').argument('<name>', 'Name of the VM'),
      selectOfHost('root'),
    ),
  ).action((name: string, options: Options) =>
    choose({ group: 'vm', command: 'stop', ...readVm(name, options, { timeoutMs: () => readTimeout(options) }) }),
  );
}
