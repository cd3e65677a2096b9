import { Argument, type Command } from 'commander';
import { parseChoice } from '../../parse.js';
import { addInputs, selectOfHost, type Options } from '../options.js';
import { readVm, type OnHost } from './vm-options.js';

export interface AutostartCommand extends OnHost {
  readonly command: 'autostart';
  readonly name: string;
  readonly autostart: boolean;
}

const settings = ['on', 'off'] as const;

export function addAutostart(vm: Command, choose: (command: AutostartCommand) => void): void {
  const setting = new Argument('<setting>', 'Whether the VM starts at host boot');
  // For the help only, as with options.
  setting.argChoices = [...settings];
  addInputs(
    vm
      .command('autostart')
      .description('Set whether a VM starts at host boot')
      .argument('<name>', 'Name of the VM')
      .addArgument(setting),
    selectOfHost('root'),
  ).action((name: string, text: string, options: Options) => {
    const autostart = (): boolean => parseChoice('setting', text, settings) === 'on';
    choose({ group: 'vm', command: 'autostart', ...readVm(name, options, { autostart }) });
  });
}
