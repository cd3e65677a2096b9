import { isIPv4 } from 'node:net';
import { posix } from 'node:path';
import type { Command } from 'commander';
import { UsageError } from '../../../platform/errors.js';
import { quoteText } from '../../../platform/format.js';
import { invalidInput, parseDuration, parseVersion } from '../../parse.js';
import { readAllowRevoked } from '../../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from '../options.js';
import { allowKnownDefect, readAllowedDefects } from './disk-options.js';
import { readUser, readVm, userDescription, type OnHost } from './vm-options.js';

export interface RecreateCommand extends OnHost {
  readonly command: 'recreate';
  readonly name: string;
  readonly version?: number | undefined;
  readonly allowRevoked: boolean;
  /** Absolute paths in the guest, without duplicates. */
  readonly keep: readonly string[];
  readonly dropOld: boolean;
  readonly undo: boolean;
  readonly timeoutMs: number;
  readonly proof: { readonly address: string | undefined; readonly withinMs: number };
  readonly user?: string | undefined;
  readonly allowedDefects: readonly string[];
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addRecreate(vm: Command, choose: (command: RecreateCommand) => void): void {
  const command = vm
    .command('recreate')
    .description('Move a VM to a different version with a new disk, and keep its name, addresses and seed')
    .argument('<name>', 'Name of the VM');
  command
    .option('--to <n>', 'Version on this host (default: the one in use)')
    .option('--keep <path>', 'File or directory in the guest to copy to the new disk; can be repeated', collect, [])
    .option('--undo', 'Switch back to the previous disk', false)
    .option('--drop-old', 'Remove the old disk once the VM has responded', false)
    .option('--timeout <duration>', 'Time limit for powering off', '60s');
  addInputs(command, selectOfHost('allow-revoked'))
    .optionsGroup('Health check:')
    .option('--address <ip>', 'IPv4 address at which the daemon must respond, or none. Defaults to what "vm ip" finds')
    .option('--respond-within <duration>', 'Time limit for the daemon to respond', '5m')
    .optionsGroup('Host:');
  addInputs(command, selectOfHost('root'))
    .option('--user <name>', userDescription)
    .option(...allowKnownDefect)
    .action((name: string, options: Options) => choose(readRecreate(name, options)));
}

function readRecreate(name: string, options: Options): RecreateCommand {
  const raw = rawOf(options);
  const { address, withinMs, ...rest } = readVm(name, options, {
    version: () => (raw('to') === '' ? undefined : parseVersion('to', raw('to'))),
    allowRevoked: () => readAllowRevoked(raw),
    keep: () => [...new Set((options['keep'] as readonly string[]).map(parseGuestPath))],
    timeoutMs: () => parseDuration('timeout', raw('timeout')),
    address: () => readAddress(raw('address')),
    withinMs: () => parseDuration('respond-within', raw('respond-within')),
    user: () => readUser(options),
    allowedDefects: () => readAllowedDefects(options),
  });
  const [undo, dropOld] = [options['undo'] === true, options['dropOld'] === true];
  if (undo && (dropOld || rest.version !== undefined || rest.keep.length > 0)) {
    throw new UsageError('--undo is set together with --to, --keep or --drop-old', {
      fix: 'use --undo alone: it restores the previous disk unchanged',
    });
  }
  return { group: 'vm', command: 'recreate', ...rest, undo, dropOld, proof: { address, withinMs } };
}

/** These belong to the image: the new version brings its own. */
const imageDirectories = ['/', '/bin', '/boot', '/etc', '/lib', '/lib64', '/sbin', '/usr', '/var'];

/** @throws UsageError */
function parseGuestPath(path: string): string {
  const fix = 'use absolute paths of data, such as /home or /etc/myapp';
  if (!path.startsWith('/') || path.split('/').includes('..') || /[\p{Cc}"\ufffd]/u.test(path) || path.length > 4000)
    throw invalidInput('keep', path, fix);
  const normal = posix.normalize(path).replace(/(.)\/$/, '$1');
  if (imageDirectories.includes(normal))
    throw new UsageError(`cannot keep ${quoteText(normal)}: the new version replaces it`, {
      fix,
    });
  return normal;
}

function readAddress(value: string): string | undefined {
  if (value === '') return undefined;
  if (value === 'none' || isIPv4(value)) return value;
  throw invalidInput('address', value, 'use an IPv4 address such as 192.168.100.10, or none');
}
