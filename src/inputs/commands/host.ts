import type { Command } from 'commander';
import { parseUserName } from '../../platform/process/system-users.js';
import { parseText } from '../parse.js';
import { pullInputDefinitions } from '../definitions.js';
import { readAllowRevoked, readHost, readPullInputs, type HostSubject, type PullInputs } from '../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** What works on this host. */
export type HostCommand = { readonly group: 'host' } & (
  | { readonly command: 'pull'; readonly inputs: PullInputs }
  | (HostSubject & { readonly command: 'list' | 'verify' })
  | (HostSubject & Pick<PullInputs, 'allowRevoked'> & { readonly command: 'rollback' })
  | (HostSubject & { readonly command: 'forget'; readonly store?: string })
  | (HostSubject & { readonly command: 'prune'; readonly apply: boolean })
  | { readonly command: 'user'; readonly root: string; readonly name?: string }
);

export function addHostCommands(program: Command, choose: (command: HostCommand) => void): void {
  const pull = program
    .command('pull')
    .description('Fetch a version from a store, verify it, and switch this host to it')
    .argument('[version]', 'Number or channel', 'latest')
    .option('--verify', 'Rehash the files of the version on this host, and replace damaged ones', false);
  addInputs(
    pull,
    pullInputDefinitions.filter(({ name }) => name !== 'version'),
  ).action((wanted: string, options: Options) => {
    const raw = rawOf(options);
    choose({
      group: 'host',
      command: 'pull',
      inputs: readPullInputs((name) => (name === 'version' ? wanted : raw(name)), options['verify'] === true),
    });
  });
  const host = program
    .command('host')
    .description('Manage the versions on this host (without "host", these commands work on a store)');
  addInputs(
    host.command('list').description('List the versions on this host'),
    selectOfHost('image-name', 'root'),
  ).action((options: Options) => choose({ group: 'host', command: 'list', ...readHost(rawOf(options)) }));
  addInputs(
    host.command('verify').description('Rehash all versions on this host'),
    selectOfHost('image-name', 'root'),
  ).action((options: Options) => choose({ group: 'host', command: 'verify', ...readHost(rawOf(options)) }));
  addInputs(
    host.command('rollback').description('Switch this host back to its previous version, without the store'),
    selectOfHost('image-name', 'root', 'env-file', 'allow-revoked'),
  ).action((options: Options) =>
    choose({ group: 'host', command: 'rollback', ...readHost(rawOf(options)), ...readAllowRevoked(rawOf(options)) }),
  );
  const forget = host
    .command('forget')
    .description('Forget which store generations and revocations this host has seen, e.g. after a bucket was restored');
  addInputs(forget, selectOfHost('image-name', 'root'))
    .option('--store <address>', 'Forget only what this store said (default: all stores)')
    .action((options: Options) => {
      const store = parseText('store', rawOf(options)('store'));
      choose({
        group: 'host',
        command: 'forget',
        ...readHost(rawOf(options)),
        ...(store === undefined ? {} : { store }),
      });
    });
  addInputs(
    host.command('prune').description('Show which versions nothing on this host needs'),
    selectOfHost('image-name', 'root'),
  )
    .option('--yes', 'Remove them', false)
    .action((options: Options) =>
      choose({ group: 'host', command: 'prune', ...readHost(rawOf(options)), apply: options['yes'] === true }),
    );
  const user = host.command('user').description('Print or set the system user that root runs VMs as');
  addInputs(user.argument('[name]'), selectOfHost('root')).action((name: string | undefined, options: Options) => {
    const { root } = readHost(rawOf(options));
    choose({ group: 'host', command: 'user', root, ...(name === undefined ? {} : { name: parseUserName(name) }) });
  });
}
