import type { Command } from 'commander';
import { checkUserName } from '../../platform/process/system-users.js';
import { parseText } from '../parse.js';
import { pullInputDefinitions, readAllowRevoked, readHost, readPullInputs, type HostSubject, type PullInputs } from '../pull-inputs.js';
import { addInputs, rawOf, selectOfHost, type Options } from './options.js';

/** What works on this host. */
export type HostCommand = { readonly group: 'host' } & (
  | { readonly command: 'pull'; readonly inputs: PullInputs }
  | HostSubject & { readonly command: 'list' | 'verify' }
  | HostSubject & Pick<PullInputs, 'allowRevoked'> & { readonly command: 'rollback' }
  | HostSubject & { readonly command: 'forget'; readonly store?: string }
  | HostSubject & { readonly command: 'prune'; readonly apply: boolean }
  | { readonly command: 'user'; readonly root: string; readonly name?: string }
);

export function addHostCommands(program: Command, choose: (command: HostCommand) => void): void {
  const pull = program.command('pull').description('bring a version from a store to this host, verified, and take it into use')
    .argument('[version]', 'a number or a channel', 'latest')
    .option('--verify', 'hash what is on this host of that version again, and replace what is damaged', false);
  addInputs(pull, pullInputDefinitions.filter(({ name }) => name !== 'version'))
    .action((wanted: string, options: Options) => {
      const raw = rawOf(options);
      choose({ group: 'host', command: 'pull', inputs: readPullInputs((name) => (name === 'version' ? wanted : raw(name)), options['verify'] === true) });
    });
  const host = program.command('host').description('look after the versions on this host; without "host", commands of these names work on a store');
  addInputs(host.command('list').description('list the versions on this host, and which is in use'), selectOfHost('image-name', 'root'))
    .action((options: Options) => choose({ group: 'host', command: 'list', ...readHost(rawOf(options)) }));
  addInputs(host.command('verify').description('hash what is on this host of every version'), selectOfHost('image-name', 'root'))
    .action((options: Options) => choose({ group: 'host', command: 'verify', ...readHost(rawOf(options)) }));
  addInputs(host.command('rollback').description('take the previous version into use on this host, verified, without the store'), selectOfHost('image-name', 'root', 'env-file', 'allow-revoked'))
    .action((options: Options) => choose({ group: 'host', command: 'rollback', ...readHost(rawOf(options)), ...readAllowRevoked(rawOf(options)) }));
  const forget = host.command('forget')
    .description('forget which store generations and revocations this host has seen, e.g. after a bucket was restored');
  addInputs(forget, selectOfHost('image-name', 'root'))
    .option('--store <address>', 'forget only what this store said (default: all stores)')
    .action((options: Options) => {
      const store = parseText('store', rawOf(options)('store'));
      choose({ group: 'host', command: 'forget', ...readHost(rawOf(options)), ...(store === undefined ? {} : { store }) });
    });
  addInputs(host.command('prune').description('say which versions nothing on this host needs'), selectOfHost('image-name', 'root'))
    .option('--yes', 'remove them', false)
    .action((options: Options) => choose({ group: 'host', command: 'prune', ...readHost(rawOf(options)), apply: options['yes'] === true }));
  const user = host.command('user').description('print the system user that root runs VMs as on this host, or set it');
  addInputs(user.argument('[name]'), selectOfHost('root'))
    .action((name: string | undefined, options: Options) => {
      const { root } = readHost(rawOf(options));
      choose({ group: 'host', command: 'user', root, ...(name === undefined ? {} : { name: checkUserName(name) }) });
    });
}
