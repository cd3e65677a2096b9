import { isIPv4 } from 'node:net';
import type { Command } from 'commander';
import type { VmNetwork } from '../../../host/vm/cloud-init.js';
import type { CreateVmRequest } from '../../../host/vm/create-vm.js';
import { interfaceName } from '../../../host/vm/record-schema.js';
import { tryFindAddressProblem } from '../../../host/vm/static-address.js';
import { checkVmName } from '../../../host/vm/vm-record.js';
import { UsageError } from '../../../platform/errors.js';
import { quoteText } from '../../../platform/format.js';
import { invalidInput, parseInteger, parsePath, parseSize, parseVersion } from '../../parse.js';
import { readAllowRevoked, readHost } from '../../pull-inputs.js';
import { readAll } from '../../read-all.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { readUser, userDescription, type OnHost } from './vm-options.js';

export interface CreateCommand extends OnHost {
  readonly command: 'create';
  readonly request: Omit<CreateVmRequest, 'userData'>;
  readonly userData: UserDataSource;
}

/** A file with complete user-data, or files with public keys and commands for the first boot. */
export type UserDataSource =
  | { readonly file: string }
  | { readonly sshKeyFiles: readonly string[]; readonly commands: readonly string[] };

const mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addCreate(vm: Command, choose: (command: CreateCommand) => void): void {
  addInputs(
    vm
      .command('create')
      .description('Create a VM: its disk, its cloud-init seed and its start command')
      .argument('<name>', 'Name of the VM, which is its host name'),
    selectOfHost('image-name', 'root', 'allow-revoked'),
  )
    .option('--version <n>', 'Version on this host (default: the one in use)')
    .option('--disk-size <size>', 'Size of the disk, e.g. 20G (default: the size of the image)')
    .option('--cpus <n>', 'Number of virtual CPUs', '2')
    .option('--memory <size>', 'Memory, e.g. 2G', '1G')
    .option('--tap <interface>', 'Tap to attach; without one the VM has no network')
    .option('--network <network>', 'dhcp, or ADDRESS/PREFIX,GATEWAY[,DNS...]; needs --tap', 'dhcp')
    .option('--ssh-key <file>', 'Public key for the user daytona; can be repeated', collect, [])
    .option('--run <command>', 'Command that cloud-init runs at the first boot; can be repeated', collect, [])
    .option('--user <name>', userDescription)
    .option('--user-data <file>', 'Complete user-data, instead of --ssh-key and --run')
    .action((name: string, options: Options) => {
      const { request, userData } = readAll({
        request: () => readCreate(name, options),
        userData: () => readUserData(options),
      });
      choose({ group: 'vm', command: 'create', root: request.root, request, userData });
    });
}

function readCreate(name: string, options: Options): Omit<CreateVmRequest, 'userData'> {
  const raw = rawOf(options);
  const ifGiven = <T>(option: string, parse: (value: string) => T): T | undefined =>
    raw(option) === '' ? undefined : parse(raw(option));
  const { subject, ...rest } = readAll({
    subject: () => readHost(raw),
    name: () => checkVmName(name),
    version: () => ifGiven('version', (value) => parseVersion('version', value)),
    allowRevoked: () => readAllowRevoked(raw),
    diskSize: () =>
      ifGiven('disk-size', (value) => parseSize('disk-size', value, { min: mebibyte, max: 64 * tebibyte })),
    cpus: () => parseInteger('cpus', raw('cpus'), { min: 1, max: 254 }),
    memoryMiB: () => parseSize('memory', raw('memory'), { min: 128 * mebibyte, max: tebibyte }) / mebibyte,
    tap: () => ifGiven('tap', checkInterface),
    network: () => readNetwork(raw('network'), raw('tap')),
    user: () => readUser(options),
  });
  return { root: subject.root, image: subject.image, ...rest };
}

function checkInterface(name: string): string {
  if (interfaceName.test(name)) return name;
  throw invalidInput('tap', name, 'use the name of an interface: at most 15 letters, digits, dots, - and _');
}

function readNetwork(text: string, tap: string): VmNetwork {
  if (text === 'dhcp') return 'dhcp';
  const [address = '', gateway = '', ...nameservers] = text.split(',');
  const [ip = '', prefix = '', ...rest] = address.split('/');
  if (
    rest.length > 0 ||
    !isIPv4(ip) ||
    !/^([1-9]|[12]\d|3[0-2])$/.test(prefix) ||
    ![gateway, ...nameservers].every((one) => isIPv4(one))
  ) {
    throw invalidInput(
      'network',
      text,
      'use dhcp, or ADDRESS/PREFIX,GATEWAY[,DNS...] such as 192.168.100.10/24,192.168.100.1,192.168.100.1',
    );
  }
  const unusable = tryFindAddressProblem({ address: ip, prefix: Number(prefix), gateway });
  if (unusable !== undefined)
    throw new UsageError(`network ${quoteText(text)}: ${unusable.problem}`, { fix: unusable.fix });
  if (tap === '')
    throw new UsageError('network is set without tap', { fix: 'name the tap that the VM is behind: --tap tap0' });
  return { address, gateway, nameservers };
}

function readUserData(options: Options): UserDataSource {
  const raw = rawOf(options);
  const [keys, commands] = ['sshKey', 'run'].map((name) => options[name] as readonly string[]) as [
    readonly string[],
    readonly string[],
  ];
  const { file, sshKeyFiles } = readAll({
    file: () => parsePath('user-data', raw('user-data')),
    sshKeyFiles: () => keys.map((key) => parsePath('ssh-key', key) ?? ''),
  });
  if (file === undefined) return { sshKeyFiles, commands };
  if (sshKeyFiles.length > 0 || commands.length > 0)
    throw new UsageError('user-data is set together with ssh-key or run', {
      fix: 'put them into the user-data, or remove it',
    });
  return { file };
}
