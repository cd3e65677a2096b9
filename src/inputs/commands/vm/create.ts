import type { Command } from 'commander';
import type { CreateVmRequest } from '../../../host/vm/create-vm.js';
import { checkVmName } from '../../../host/vm/vm-record.js';
import { UsageError } from '../../../platform/errors.js';
import { quoteText } from '../../../platform/format.js';
import { parseInteger, parsePath, parseSize, parseVersion } from '../../parse.js';
import { readAllowRevoked, readHost } from '../../pull-inputs.js';
import { readAll } from '../../read-all.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { addNetworkOptions, networkReaders } from './network-options.js';
import { allowKnownDefect, parseDiskFormat, readAllowedDefects } from './disk-options.js';
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
  addCreateOptions(
    vm
      .command('create')
      .description('Create a VM from a version on this host')
      .argument('<name>', 'Name of the VM, also its host name'),
    'auto',
  )
    .option('--autostart', 'Start the VM at host boot', false)
    .action((name: string, options: Options) => {
      const { request, userData } = readAll({
        request: () => readCreate(name, options),
        userData: () => readUserData(options),
      });
      choose({ group: 'vm', command: 'create', root: request.root, request, userData });
    });
}

/** The options of commands that create VMs. */
export function addCreateOptions(command: Command, warm: 'always' | 'auto'): Command {
  addInputs(command.optionsGroup('Version:'), selectOfHost('image-name'))
    .option('--version <n>', 'Version on this host (default: the one in use)')
    .optionsGroup('Version:');
  addInputs(command, selectOfHost('allow-revoked'))
    .optionsGroup('CPU, memory and disk:')
    .option('--cpus <n>', 'Number of virtual CPUs', '2')
    .option('--memory <size>', 'Memory, e.g. 2G', '1G')
    .option('--overcommit', 'Allow more memory and CPUs than this machine has', false)
    .option('--disk-size <size>', "Size of the disk, e.g. 20G (default: the image's disk size)")
    .option(
      '--disk <format>',
      'qcow2: an overlay on the image. raw: a copy of it. Defaults to qcow2, or to raw if the installed Cloud ' +
        'Hypervisor corrupts overlays',
    )
    .option(...allowKnownDefect);
  addNetworkOptions(command)
    .optionsGroup('First boot:')
    .option('--ssh-key <file>', 'Public key for the user daytona; can be repeated', collect, [])
    .option('--run <command>', 'Command for cloud-init to run at first boot; can be repeated', collect, [])
    .option('--user-data <file>', 'cloud-init user-data file, instead of --ssh-key and --run')
    .option('--warm [mode]', `Start from a template: always, auto (if one fits) or never (default: ${warm})`)
    .option('--warm-memory <mode>', 'How a warm start loads its memory: copy or on-demand', 'copy')
    .optionsGroup('Host:');
  return addInputs(command, selectOfHost('root')).option('--user <name>', userDescription);
}

export function readCreate(name: string, options: Options): Omit<CreateVmRequest, 'userData'> {
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
    disk: () => ifGiven('disk', parseDiskFormat),
    allowedDefects: () => readAllowedDefects(options),
    cpus: () => parseInteger('cpus', raw('cpus'), { min: 1, max: 254 }),
    memoryMiB: () => parseSize('memory', raw('memory'), { min: 128 * mebibyte, max: tebibyte }) / mebibyte,
    ...networkReaders(raw),
    overcommit: () => options['overcommit'] === true,
    user: () => readUser(options),
    warm: () => readWarmMode(options),
    warmMemory: () => readChoice('warm-memory', raw('warm-memory'), ['copy', 'on-demand']),
    autostart: () => (options['autostart'] === true ? true : undefined),
  });
  return { root: subject.root, image: subject.image, ...rest };
}

/**
 * Without a mode, the option stands for `always`. `warm = true` in a file is for `pull`, too, which then makes
 * templates: here it stands for `auto`.
 */
function readWarmMode(options: Options): 'auto' | 'always' | 'never' | undefined {
  if (options['warm'] === true) return 'always';
  const mode = rawOf(options)('warm');
  if (mode === 'true') return 'auto';
  if (mode === 'false') return 'never';
  return mode === '' ? undefined : readChoice('warm', mode, ['auto', 'always', 'never']);
}

function readChoice<const T extends string>(name: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new UsageError(`invalid ${name} ${quoteText(value)}`, { fix: `use one of: ${choices.join(', ')}` });
}

export function readUserData(options: Options): UserDataSource {
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
