import type { Command } from 'commander';
import { parseInteger } from '../../parse.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface LogsCommand extends OnHost {
  readonly command: 'logs';
  readonly name: string;
  readonly lines: number;
  readonly follow: boolean;
  readonly previous: boolean;
}

export function addLogs(vm: Command, choose: (command: LogsCommand) => void): void {
  addInputs(
    vm.command('logs').description('Print the serial console output of a VM').argument('<name>', 'Name of the VM'),
    selectOfHost('root'),
  )
    .option('-f, --follow', 'Print new lines until the VM stops', false)
    .option('--lines <n>', 'Number of lines from the end', '200')
    .option('--previous', 'Print the log of the previous run instead', false)
    .action((name: string, options: Options) => {
      const lines = (): number => parseInteger('lines', rawOf(options)('lines'), { min: 0, max: 100_000 });
      const [follow, previous] = [options['follow'] === true, options['previous'] === true];
      choose({ group: 'vm', command: 'logs', ...readVm(name, options, { lines }), follow, previous });
    });
}
