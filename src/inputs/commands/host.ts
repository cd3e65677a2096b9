import type { Command } from 'commander';
import { parseUserName } from '../../platform/process/system-users.js';
import { readStoreAddress } from '../build-inputs.js';
import { pullInputDefinitions } from '../definitions.js';
import { parseDuration, parseInteger, parseSize, parseVersion } from '../parse.js';
import {
  readAllowRevoked,
  readHost,
  readPullInputs,
  readRoot,
  type HostSubject,
  type PullInputs,
} from '../pull-inputs.js';
import { readAll } from '../read-all.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** Commands that work on this host. */
export type HostCommand = { readonly group: 'host' } & (
  | { readonly command: 'pull'; readonly inputs: PullInputs }
  | (HostSubject & { readonly command: 'list' | 'verify' })
  | (HostSubject & Pick<PullInputs, 'allowRevoked'> & { readonly command: 'rollback' })
  | (HostSubject & { readonly command: 'forget'; readonly store?: string | undefined })
  | (HostSubject & { readonly command: 'prune'; readonly apply: boolean })
  | (HostSubject & {
      readonly command: 'warm';
      readonly version?: number | undefined;
      readonly cpus: number;
      readonly memoryMiB: number;
      readonly user?: string | undefined;
      readonly limits: { readonly bootMs: number };
      /** Only describe the template. */
      readonly print: boolean;
    })
  | { readonly command: 'user'; readonly root: string; readonly name?: string | undefined }
);

type Choose = (command: HostCommand) => void;

const readers = [
  ['list', 'List the versions on this host'],
  ['verify', 'Rehash all versions on this host'],
] as const;

export function addHostCommands(program: Command, choose: Choose): void {
  addPull(program, choose);
  const host = program
    .command('host')
    .description('Manage the versions on this host (without "host", these commands work on a store)');
  for (const [command, description] of readers) {
    addInputs(host.command(command).description(description), selectOfHost('image-name', 'root')).action(
      (options: Options) => choose({ group: 'host', command, ...readHost(rawOf(options)) }),
    );
  }
  addRollback(host, choose);
  addForget(host, choose);
  addPrune(host, choose);
  addWarm(host, choose);
  addUser(host, choose);
}

function addPull(program: Command, choose: Choose): void {
  const pull = program
    .command('pull')
    .description('Fetch a version from a store, verify it, and switch this host to it')
    .argument('[version]', 'Number or channel', 'latest')
    .option('--verify', "Rehash the version's files on this host, and repair damaged ones", false)
    .option('--report-host', 'Report this host and its versions to the store, for "fleet report"', false)
    .option('--warm', 'Create templates for warm starts afterwards, at low priority, like "host warm"', false);
  addInputs(
    pull,
    pullInputDefinitions.filter(({ name }) => name !== 'version'),
  ).action((wanted: string, options: Options) => {
    const raw = rawOf(options);
    choose({
      group: 'host',
      command: 'pull',
      inputs: {
        ...readPullInputs((name) => (name === 'version' ? wanted : raw(name)), options['verify'] === true),
        ...(options['reportHost'] === true ? { reportHost: true } : {}),
        ...(options['warm'] === true ? { warm: true } : {}),
      },
    });
  });
}

function addRollback(host: Command, choose: Choose): void {
  addInputs(
    host.command('rollback').description('Switch this host back to its previous version, without the store'),
    selectOfHost('image-name', 'root', 'env-file', 'allow-revoked'),
  ).action((options: Options) => {
    const raw = rawOf(options);
    const { subject, allowRevoked } = readAll({
      subject: () => readHost(raw),
      allowRevoked: () => readAllowRevoked(raw),
    });
    choose({ group: 'host', command: 'rollback', ...subject, allowRevoked });
  });
}

function addForget(host: Command, choose: Choose): void {
  const forget = host
    .command('forget')
    .description(
      'Forget the index generations and revocations that this host has seen, e.g. after you restored a bucket',
    );
  addInputs(forget, selectOfHost('image-name', 'root'))
    .option('--store <address>', 'Forget only what came from this store (default: all stores)')
    .action((options: Options) => {
      const raw = rawOf(options);
      const { subject, store } = readAll({
        subject: () => readHost(raw),
        store: () => (raw('store') === '' ? undefined : readStoreAddress(raw('store'))),
      });
      choose({ group: 'host', command: 'forget', ...subject, store });
    });
}

function addPrune(host: Command, choose: Choose): void {
  addInputs(
    host.command('prune').description('List versions that nothing on this host needs; --yes removes them'),
    selectOfHost('image-name', 'root'),
  )
    .option('--yes', 'Remove them', false)
    .action((options: Options) =>
      choose({ group: 'host', command: 'prune', ...readHost(rawOf(options)), apply: options['yes'] === true }),
    );
}

const mebibyte = 1024 ** 2;

function addWarm(host: Command, choose: Choose): void {
  const warm = host.command('warm').description('Create a template: a booted VM that new VMs are cloned from');
  addInputs(warm, selectOfHost('image-name', 'root'))
    .option('--version <n>', 'Version on this host (default: the one in use)')
    .option('--cpus <n>', 'Number of virtual CPUs of the VMs', '2')
    .option('--memory <size>', 'Memory of the VMs, e.g. 2G', '1G')
    .option('--user <name>', 'System user that the VMs run as. Defaults to the one set by "host user"')
    .option('--timeout <duration>', 'Time limit for the boot of the template', '20m')
    .option('--print', 'Print how to start clones of the template without ch-golden, as JSON', false)
    .action((options: Options) => {
      const raw = rawOf(options);
      const { subject, ...rest } = readAll({
        subject: () => readHost(raw),
        version: () => (raw('version') === '' ? undefined : parseVersion('version', raw('version'))),
        cpus: () => parseInteger('cpus', raw('cpus'), { min: 1, max: 254 }),
        memoryMiB: () => parseSize('memory', raw('memory'), { min: 128 * mebibyte, max: 1024 ** 4 }) / mebibyte,
        user: () => (raw('user') === '' ? undefined : parseUserName(raw('user'))),
        limits: () => ({ bootMs: parseDuration('timeout', raw('timeout')) }),
        print: () => options['print'] === true,
      });
      choose({ group: 'host', command: 'warm', ...subject, ...rest });
    });
}

function addUser(host: Command, choose: Choose): void {
  const user = host
    .command('user')
    .description('Print or set the system user that root runs VMs as')
    .argument('[name]', 'System user to set');
  addInputs(user, selectOfHost('root')).action((given: string | undefined, options: Options) => {
    const { root, name } = readAll({
      root: () => readRoot(rawOf(options)),
      name: () => (given === undefined ? undefined : parseUserName(given)),
    });
    choose({ group: 'host', command: 'user', root, name });
  });
}
