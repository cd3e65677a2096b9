import type { Command } from 'commander';
import { UsageError } from '../../../platform/errors.js';
import { readRoot } from '../../pull-inputs.js';
import { readAll } from '../../read-all.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { allowKnownDefect, readAllowedDefects } from './disk-options.js';
import { readUser, readVm, userDescription, type OnHost } from './vm-options.js';

export interface StartCommand extends OnHost {
  readonly command: 'start';
  readonly name: string;
  readonly user?: string | undefined;
  readonly overcommit: boolean;
  readonly allowedDefects?: readonly string[] | undefined;
}

/** Starts several VMs. */
export interface StartAllCommand extends OnHost {
  readonly command: 'start all';
  readonly onlyAutostart: boolean;
  readonly user?: string | undefined;
  readonly overcommit: boolean;
  readonly allowedDefects?: readonly string[] | undefined;
}

export function addStart(vm: Command, choose: (command: StartCommand | StartAllCommand) => void): void {
  addInputs(
    vm
      .command('start')
      .description('Start one or more VMs, and wait until they run')
      .argument('[name]', 'Name of the VM'),
    selectOfHost('root'),
  )
    .option('--all', 'Start all VMs on this host', false)
    .option('--autostart', 'Start all VMs that are set to start at host boot', false)
    .option('--user <name>', userDescription)
    .option('--overcommit', 'Start the VM even if it has more memory or CPUs than this machine', false)
    .option(...allowKnownDefect)
    .action((name: string | undefined, options: Options) => choose(readStart(name, options)));
}

/** @throws UsageError */
function readStart(name: string | undefined, options: Options): StartCommand | StartAllCommand {
  const readers = { user: () => readUser(options), allowedDefects: () => readAllowedDefects(options) };
  const overcommit = options['overcommit'] === true;
  const [all, onlyAutostart] = [options['all'] === true, options['autostart'] === true];
  if ([name !== undefined, all, onlyAutostart].filter(Boolean).length !== 1)
    throw new UsageError('name one VM, or use either --all or --autostart', { fix: 'ch-golden vm start NAME' });
  if (name !== undefined) return { group: 'vm', command: 'start', overcommit, ...readVm(name, options, readers) };
  return {
    group: 'vm',
    command: 'start all',
    overcommit,
    onlyAutostart,
    ...readAll({ root: () => readRoot(rawOf(options)), ...readers }),
  };
}
