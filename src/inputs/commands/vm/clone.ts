import type { Command } from 'commander';
import type { CloneVmsRequest } from '../../../host/warm/clone-vms.js';
import { checkVmName } from '../../../host/vm/vm-record.js';
import { UsageError } from '../../../platform/errors.js';
import { parseInteger } from '../../parse.js';
import { readAll } from '../../read-all.js';
import { rawOf, type Options } from '../options.js';
import { addCreateOptions, readCreate, readUserData, type UserDataSource } from './create.js';
import type { OnHost } from './vm-options.js';

export interface CloneCommand extends OnHost {
  readonly command: 'clone';
  readonly request: Omit<CloneVmsRequest, 'userData'>;
  readonly userData: UserDataSource;
}

export function addClone(vm: Command, choose: (command: CloneCommand) => void): void {
  const command = vm
    .command('clone')
    .description('Create VMs from a template and start them ("host warm" creates the template)')
    .argument('<name>', 'Name of the VM. With --count, the VMs are called <name>-1, <name>-2, ...')
    .option('--count <n>', 'Number of VMs. Defaults to one, called <name>');
  addCreateOptions(command, 'always').action((name: string, options: Options) => {
    const { request, userData } = readAll({
      request: () => readClone(name, options),
      userData: () => readUserData(options),
    });
    choose({ group: 'vm', command: 'clone', root: request.root, request, userData });
  });
}

function readClone(name: string, options: Options): Omit<CloneVmsRequest, 'userData'> {
  const raw = rawOf(options);
  const { request, names } = readAll({
    request: () => readCreate(name, options),
    names: () => (raw('count') === '' ? [checkVmName(name)] : listNames(name, raw('count'))),
  });
  if (names.length > 1) assertShareable(request);
  return { ...request, names, warm: request.warm ?? 'always' };
}

function listNames(name: string, count: string): readonly string[] {
  const wanted = parseInteger('count', count, { min: 1, max: 1000 });
  return Array.from({ length: wanted }, (_, index) => checkVmName(`${name}-${index + 1}`));
}

/** @throws UsageError for what only one VM can have */
function assertShareable({ tap, macAddress, network }: Pick<CloneVmsRequest, 'tap' | 'macAddress' | 'network'>): void {
  const given = [
    ...(tap === undefined ? [] : ['--tap']),
    ...(macAddress === undefined ? [] : ['--mac']),
    ...(network === 'dhcp' ? [] : ['--network']),
  ];
  if (given.length > 0)
    throw new UsageError(`only one VM can have ${given.join(', ')}`, { fix: 'use --bridge and DHCP, or --count 1' });
}
