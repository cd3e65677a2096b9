import { expect, test } from '@jest/globals';
import { parseCommandLine, type CommandLine } from '../../../src/inputs/command-line.js';

const context = { version: '1.2.3', defaults: { cache: '/cache', work: '/work' } };

function getCommand(...words: readonly string[]): CommandLine {
  const parsed = parseCommandLine(words, context);
  if (!('run' in parsed)) throw new Error(`not a command to carry out: ${JSON.stringify(parsed)}`);
  return parsed.run;
}

const host = { group: 'host', image: 'ubuntu-base', root: '/var/lib/cloud-hypervisor' };

test('pull takes the inputs of its action as flags, and the version as a word', () => {
  expect(getCommand('pull', '--store', '/srv')).toEqual({ group: 'host', command: 'pull', inputs: {
    store: { address: '/srv', forcePathStyle: false }, image: 'ubuntu-base', root: '/var/lib/cloud-hypervisor', wanted: 'latest', verify: false,
  } });
  expect(getCommand('pull', '7', '--store', 's3://b', '--endpoint', 'http://127.0.0.1:1', '--root', '/r', '--max-age', '14d', '--env-file', '/e', '--verify')).toMatchObject({ inputs: {
    store: { address: 's3://b', endpoint: 'http://127.0.0.1:1' }, root: '/r', wanted: 7, maxAgeMs: 14 * 24 * 3_600_000, envFile: '/e', verify: true,
  } });
});

test('the commands of a host need no store', () => {
  expect(getCommand('host', 'list')).toEqual({ ...host, command: 'list' });
  expect(getCommand('host', 'verify', '--root', '/r')).toEqual({ ...host, command: 'verify', root: '/r' });
  expect(getCommand('host', 'rollback', '--env-file', '/e')).toEqual({ ...host, command: 'rollback', envFile: '/e' });
  expect(getCommand('host', 'prune')).toEqual({ ...host, command: 'prune', apply: false });
  expect(getCommand('host', 'prune', '--yes', '--image-name', 'x')).toEqual({ ...host, command: 'prune', image: 'x', apply: true });
});

test('each says whether it answers in JSON', () => {
  expect(parseCommandLine(['host', 'list', '--json'], context)).toMatchObject({ output: { json: true, verbose: false } });
});

test('help tells the host from the store, and wrong words are wrong use', () => {
  expect(parseCommandLine(['host', '--help'], context)).toMatchObject({ exitCode: 0, print: expect.stringContaining('without "host"') });
  expect(parseCommandLine(['host'], context)).toMatchObject({ exitCode: 2 });
  expect(parseCommandLine(['host', 'remove'], context)).toMatchObject({ exitCode: 2, print: expect.stringContaining('remove') });
});
