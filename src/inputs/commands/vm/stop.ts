import type { Command } from 'commander';
import { parseDuration } from '../../parse.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface StopCommand extends OnHost {
  readonly command: 'stop';
  readonly name: string;
  readonly timeoutMs: number;
}

export function addStop(vm: Command, choose: (command: StopCommand) => void): void {
  addInputs(vm.command('stop').description('Power off a VM').argument('<name>', 'Name of the VM'), selectOfHost('root'))
    .option('--timeout <duration>', 'How long it may take before it is killed', '60s')
    .action((name: string, options: Options) => {
      const timeoutMs = (): number => parseDuration('timeout', rawOf(options)('timeout'));
      choose({ group: 'vm', command: 'stop', ...readVm(name, options, { timeoutMs }) });
    });
}
