import { BlockList, isIPv4 } from 'node:net';
import type { Command } from 'commander';
import type { CreateVmRequest } from '../../host/vm/create-vm.js';
import type { VmNetwork } from '../../host/vm/cloud-init.js';
import { interfaceName } from '../../host/vm/record-schema.js';
import { checkVmName } from '../../host/vm/vm-record.js';
import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { parseUserName } from '../../platform/process/system-users.js';
import { parseDuration, parseInteger, parseSize, parseVersion } from '../parse.js';
import { readAllowRevoked, readHost } from '../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** What works on the VMs of this host. */
export type VmCommand = { readonly group: 'vm'; readonly root: string } & (
  | {
      readonly command: 'create';
      readonly request: Omit<CreateVmRequest, 'userData'>;
      readonly userData: UserDataSource;
    }
  | { readonly command: 'list' }
  | { readonly command: 'start'; readonly name: string; readonly user?: string }
  | { readonly command: 'stop'; readonly name: string; readonly timeoutMs: number }
  | { readonly command: 'delete'; readonly name: string; readonly force: boolean }
);

/** Where a VM's user-data comes from: a file that is all of it, or files with public keys and commands for the first boot. */
export type UserDataSource =
  | { readonly file: string }
  | { readonly sshKeyFiles: readonly string[]; readonly commands: readonly string[] };

const mebibyte = 1024 ** 2;
const tebibyte = 1024 ** 4;
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

const userDescription = 'System user the VM runs as if root starts it (default: that of "host user")';

export function addVmCommands(program: Command, choose: (command: VmCommand) => void): void {
  const vm = program.command('vm').description('Create, start and stop VMs from the versions on this host');
  const rootOf = (options: Options): { readonly root: string } => ({ root: readHost(rawOf(options)).root });
  addInputs(
    vm
      .command('create')
      .description('Create a VM: its disk, its cloud-init seed and its start command')
      .argument('<name>'),
    selectOfHost('image-name', 'root', 'allow-revoked'),
  )
    .option('--version <number>', 'Version on this host (default: the one in use)')
    .option('--disk-size <size>', 'Size of the disk, e.g. 20G (default: the size of the image)')
    .option('--cpus <number>', 'Number of virtual CPUs', '2')
    .option('--memory <size>', 'Memory, e.g. 2G', '1G')
    .option('--tap <interface>', 'Tap to attach; without one the VM has no network')
    .option('--network <how>', 'dhcp, or ADDRESS/PREFIX,GATEWAY[,DNS...]; needs --tap', 'dhcp')
    .option('--ssh-key <file>', 'Public key for the user daytona; can be repeated', collect, [])
    .option('--run <command>', 'Command that cloud-init runs at the first boot; can be repeated', collect, [])
    .option('--user <name>', userDescription)
    .option('--user-data <file>', 'Complete user-data, instead of --ssh-key and --run')
    .action((name: string, options: Options) =>
      choose({
        group: 'vm',
        command: 'create',
        ...rootOf(options),
        request: readCreate(name, options),
        userData: readUserData(options),
      }),
    );
  addInputs(
    vm.command('start').description('Start a VM and wait until it runs').argument('<name>'),
    selectOfHost('root'),
  )
    .option('--user <name>', userDescription)
    .action((name: string, options: Options) =>
      choose({ group: 'vm', command: 'start', ...rootOf(options), name: checkVmName(name), ...readUser(options) }),
    );
  addInputs(vm.command('list').description('List the VMs on this host'), selectOfHost('root')).action(
    (options: Options) => choose({ group: 'vm', command: 'list', ...rootOf(options) }),
  );
  addInputs(vm.command('stop').description('Power off a VM').argument('<name>'), selectOfHost('root'))
    .option('--timeout <duration>', 'How long it may take before it is killed', '60s')
    .action((name: string, options: Options) =>
      choose({
        group: 'vm',
        command: 'stop',
        ...rootOf(options),
        name: checkVmName(name),
        timeoutMs: parseDuration('timeout', textOf(options, 'timeout') ?? ''),
      }),
    );
  addInputs(vm.command('delete').description('Delete a VM and its disk').argument('<name>'), selectOfHost('root'))
    .option('--force', 'Kill it if it is running', false)
    .action((name: string, options: Options) =>
      choose({
        group: 'vm',
        command: 'delete',
        ...rootOf(options),
        name: checkVmName(name),
        force: options['force'] === true,
      }),
    );
}

function readCreate(name: string, options: Options): Omit<CreateVmRequest, 'userData'> {
  const { image, root } = readHost(rawOf(options));
  const [version, diskSize, tap] = ['version', 'diskSize', 'tap'].map((option) => textOf(options, option));
  return {
    root,
    image,
    name: checkVmName(name),
    ...(version === undefined ? {} : { version: parseVersion('version', version) }),
    ...readAllowRevoked(rawOf(options)),
    ...(diskSize === undefined
      ? {}
      : { diskSize: parseSize('disk-size', diskSize, { min: mebibyte, max: 64 * tebibyte }) }),
    cpus: parseInteger('cpus', textOf(options, 'cpus') ?? '', { min: 1, max: 254 }),
    memoryMiB: parseSize('memory', textOf(options, 'memory') ?? '', { min: 128 * mebibyte, max: tebibyte }) / mebibyte,
    ...(tap === undefined ? {} : { tap: checkInterface(tap) }),
    network: readNetwork(textOf(options, 'network') ?? '', tap),
    ...readUser(options),
  };
}

/** @throws UsageError */
function readUser(options: Options): { readonly user?: string } {
  const user = textOf(options, 'user');
  return user === undefined ? {} : { user: parseUserName(user) };
}

function textOf(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

function checkInterface(name: string): string {
  if (interfaceName.test(name)) return name;
  throw new UsageError(`tap is ${quoteText(name)}, which is not the name of an interface`, {
    fix: 'use at most 15 letters, digits, dots, - and _',
  });
}

function readNetwork(text: string, tap: string | undefined): VmNetwork {
  if (text === 'dhcp') return 'dhcp';
  const [address = '', gateway = '', ...nameservers] = text.split(',');
  const [ip = '', prefix = '', ...rest] = address.split('/');
  if (
    rest.length > 0 ||
    !isIPv4(ip) ||
    !/^([1-9]|[12]\d|3[0-2])$/.test(prefix) ||
    ![gateway, ...nameservers].every((one) => isIPv4(one))
  ) {
    throw new UsageError(`network is ${quoteText(text)}, which cannot be used`, {
      fix: 'use dhcp, or ADDRESS/PREFIX,GATEWAY[,DNS...] such as 192.168.100.10/24,192.168.100.1,192.168.100.1',
    });
  }
  const network = new BlockList();
  network.addSubnet(ip, Number(prefix));
  if (!network.check(gateway))
    throw new UsageError(`network has the gateway ${gateway}, which is not in the network of ${address}`, {
      fix: 'look at the prefix: the guest could reach nothing',
    });
  if (tap === undefined)
    throw new UsageError('network is given without tap', { fix: 'name the tap that the VM is behind: --tap tap0' });
  return { address, gateway, nameservers };
}

function readUserData(options: Options): UserDataSource {
  const file = textOf(options, 'userData');
  const [sshKeyFiles, commands] = ['sshKey', 'run'].map((name) => options[name] as readonly string[]) as [
    readonly string[],
    readonly string[],
  ];
  if (file === undefined) return { sshKeyFiles, commands };
  if (sshKeyFiles.length > 0 || commands.length > 0)
    throw new UsageError('user-data is given with ssh-key or run', {
      fix: 'put them into the user-data, or leave it out',
    });
  return { file };
}
