import type { Command } from 'commander';
import { parseDuration } from '../../parse.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface IpCommand extends OnHost {
  readonly command: 'ip';
  readonly name: string;
  readonly waitMs: number;
}

const defaultWait = '60s';

export function addIp(vm: Command, choose: (command: IpCommand) => void): void {
  addInputs(
    vm.command('ip').description('Print the IPv4 address of a VM').argument('<name>', 'Name of the VM'),
    selectOfHost('root'),
  )
    .option('--wait [duration]', `Wait until it has one, by default for ${defaultWait}`)
    .action((name: string, options: Options) => {
      const waitMs = (): number => readWait(options['wait'] === true ? defaultWait : rawOf(options)('wait'));
      choose({ group: 'vm', command: 'ip', ...readVm(name, options, { waitMs }) });
    });
}

/** A plain number is one of seconds. */
function readWait(text: string): number {
  return text === '' ? 0 : parseDuration('wait', /^\d+$/.test(text) ? `${text}s` : text);
}
