import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { toChannelOutputs } from '../../../src/app/move-channel.js';
import { channelInputDefinitions } from '../../../src/inputs/definitions.js';
import { readChannelInputs, type ChannelInputs } from '../../../src/inputs/channel-inputs.js';
import { parseCommandLine, type CommandLine } from '../../../src/inputs/command-line.js';
import { UsageError } from '../../../src/platform/errors.js';

interface ActionFile {
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, { readonly description: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const action = parse(readFileSync(join(import.meta.dirname, '../../../channel/action.yml'), 'utf8')) as ActionFile;

const read = (given: Readonly<Record<string, string>>): ChannelInputs => readChannelInputs((name) => given[name] ?? '');

describe('channel/action.yml', () => {
  test('has the inputs of the definitions, in their order', () => {
    const formatDescription = (description: string, values: readonly string[] = []): string =>
      values.length === 0 || values.includes('true') ? description : `${description} One of ${values.join(', ')}.`;
    expect(Object.entries(action.inputs)).toEqual(
      channelInputDefinitions.map(({ name, description, default: value, values }) => [
        name,
        { description: formatDescription(description, values), required: false, default: value },
      ]),
    );
    expect(Object.keys(action.inputs)).toEqual([
      'operation',
      'version',
      'channel',
      'directory',
      'reason',
      'replacement',
      'base-serial',
      'store',
      'endpoint',
      'region',
      'force-path-style',
      'image-name',
      'sign-key',
      'sign-expires',
      'bundle',
      'trusted-root',
      'require-signature',
      'repository',
      'workflow',
      'ref',
      'unsafe-store',
      'keep',
    ]);
  });

  test('has the outputs that are set', () => {
    const report = {
      operation: 'promote',
      image: 'a',
      changed: true,
      versions: [5],
      moves: [{ channel: 'stable', from: 4, to: 5 }],
      lines: [],
    } as const;
    expect(toChannelOutputs(report)).toEqual({ version: '5', previous: '4', changed: 'true' });
    expect(toChannelOutputs({ ...report, moves: [{ channel: 'stable', to: 5 }] })).toEqual({
      version: '5',
      previous: '',
      changed: 'true',
    });
    expect(toChannelOutputs({ ...report, changed: false, moves: [] })).toMatchObject({
      version: '5',
      previous: '',
      changed: 'false',
    });
    expect(toChannelOutputs({ ...report, operation: 'revoke', versions: [2, 3] })).toMatchObject({
      version: '2,3',
      previous: '',
      changed: 'true',
    });
    const published = { imageUri: 's3://b/a.5.qcow2', imageSha256: 'a'.repeat(64), manifestSha256: 'b'.repeat(64) };
    const outputs = toChannelOutputs({ ...report, operation: 'publish', moves: [], published });
    expect(outputs).toEqual({
      version: '5',
      previous: '',
      changed: 'true',
      'image-uri': 's3://b/a.5.qcow2',
      'image-sha256': 'a'.repeat(64),
      'manifest-sha256': 'b'.repeat(64),
    });
    expect(Object.keys(action.outputs)).toEqual(Object.keys(outputs));
    for (const { description } of Object.values(action.outputs)) expect(description).toMatch(/^.+\.$/);
  });

  test('runs its bundle on Node 24', () => {
    expect(action.runs).toEqual({ using: 'node24', main: '../dist/channel/index.js' });
  });
});

describe('the inputs', () => {
  test.each<[Readonly<Record<string, string>>, object]>([
    [
      { operation: 'promote', version: 'latest' },
      { operation: 'promote', channel: 'stable', wanted: 'latest' },
    ],
    [
      { operation: 'promote', version: '5', channel: 'canary' },
      { operation: 'promote', channel: 'canary', wanted: 5 },
    ],
    [{ operation: 'rollback' }, { operation: 'rollback', channel: 'latest' }],
    [
      { operation: 'rollback', channel: 'stable', version: '4' },
      { operation: 'rollback', channel: 'stable', to: 4 },
    ],
    [
      { operation: 'revoke', version: '4', reason: 'CVE-2026-1' },
      { operation: 'revoke', which: { version: 4 }, reason: 'CVE-2026-1' },
    ],
    [{ operation: 'sign' }, { operation: 'sign' }],
    [
      { operation: 'sign', version: 'stable' },
      { operation: 'sign', wanted: 'stable' },
    ],
    [
      { operation: 'attest', version: '4', bundle: '/tmp/b.json' },
      { operation: 'attest', wanted: 4, bundle: '/tmp/b.json' },
    ],
    [
      { operation: 'attest', version: 'latest', bundle: 'b', 'trusted-root': 'r' },
      { operation: 'attest', wanted: 'latest', bundle: resolve('b'), trustedRoot: resolve('r') },
    ],
    [
      { operation: 'revoke', 'base-serial': '20261101', reason: 'r', replacement: '9' },
      { operation: 'revoke', which: { baseSerial: '20261101' }, reason: 'r', replacement: 9 },
    ],
    [
      { operation: 'export', directory: 'copy' },
      { operation: 'export', directory: resolve('copy') },
    ],
    [
      { operation: 'publish', directory: '/copy' },
      { operation: 'publish', directory: '/copy', channel: 'latest', keep: 5, unsafeStore: false },
    ],
    [
      {
        operation: 'publish',
        directory: '/copy',
        version: '7',
        channel: 'candidate',
        keep: '9',
        'unsafe-store': 'true',
      },
      { operation: 'publish', directory: '/copy', version: 7, channel: 'candidate', keep: 9, unsafeStore: true },
    ],
    [
      { operation: 'promote', version: '5', repository: 'acme/images', ref: 'refs/tags/ubuntu-base.*' },
      {
        operation: 'promote',
        channel: 'stable',
        wanted: 5,
        signers: {
          key: false,
          identities: [
            {
              issuer: 'https://token.actions.githubusercontent.com',
              repository: 'https://github.com/acme/images',
              ref: 'refs/tags/ubuntu-base.*',
            },
          ],
        },
      },
    ],
    [
      {
        operation: 'promote',
        version: '5',
        repository: 'https://acme.ghe.com/acme/images',
        workflow: 'a/b/.github/workflows/one.yml  a/b/.github/workflows/two.yml@refs/heads/main',
        'trusted-root': '/root.jsonl',
      },
      {
        operation: 'promote',
        channel: 'stable',
        wanted: 5,
        signers: {
          key: false,
          trustedRoot: '/root.jsonl',
          identities: ['one.yml', 'two.yml@refs/heads/main'].map((file) => ({
            issuer: 'https://token.actions.acme.ghe.com',
            repository: 'https://acme.ghe.com/acme/images',
            workflow: `https://acme.ghe.com/a/b/.github/workflows/${file}`,
            ref: 'refs/heads/main',
          })),
        },
      },
    ],
  ])('%j', (given, operation) => {
    expect(read({ store: '/srv', ...given })).toEqual({
      store: { address: '/srv', forcePathStyle: false },
      image: 'ubuntu-base',
      operation,
    });
  });

  test('a directory is trimmed without its store', () => {
    expect(read({ operation: 'trim', directory: '/copy', version: '7' })).toEqual({
      store: { address: '/copy', forcePathStyle: false },
      image: 'ubuntu-base',
      operation: { operation: 'trim', directory: '/copy', version: 7 },
    });
  });

  test('the signature of the key is required', () => {
    expect(
      read({
        store: '/srv',
        operation: 'promote',
        version: '5',
        'require-signature': 'true',
        'sign-key': '/golden.key',
      }),
    ).toMatchObject({ operation: { signers: { key: true, identities: [] } } });
  });

  test('of a store in S3', () => {
    expect(
      read({
        store: 's3://b/p',
        endpoint: 'http://127.0.0.1:1',
        region: 'r',
        'force-path-style': 'true',
        'image-name': 'x.gpu',
        operation: 'rollback',
      }),
    ).toMatchObject({
      store: { address: 's3://b/p', endpoint: 'http://127.0.0.1:1', region: 'r', forcePathStyle: true },
      image: 'x.gpu',
    });
  });

  test.each<[Readonly<Record<string, string>>, string]>([
    [{}, 'operation is empty'],
    [{ operation: 'delete' }, 'invalid operation "delete"'],
    [{ operation: 'promote' }, 'version is empty'],
    [{ operation: 'promote', version: '0' }, 'invalid version "0"'],
    [{ operation: 'promote', version: '5', channel: '../latest' }, 'invalid channel name "../latest"'],
    [{ operation: 'promote', version: '5', reason: 'r' }, 'reason is set, but promote does not use it'],
    [{ operation: 'rollback', 'base-serial': 'r' }, 'base-serial is set, but rollback does not use it'],
    [{ operation: 'rollback', version: 'latest' }, 'invalid version "latest"'],
    [{ operation: 'revoke', version: '5' }, 'reason is empty'],
    [{ operation: 'revoke', reason: 'r' }, 'revoke needs either version or base-serial'],
    [
      { operation: 'revoke', version: '5', 'base-serial': 's', reason: 'r' },
      'revoke needs either version or base-serial',
    ],
    [{ operation: 'revoke', version: 'latest', reason: 'r' }, 'invalid version "latest"'],
    [
      { operation: 'revoke', version: '5', reason: 'r', channel: 'latest' },
      'channel is set, but revoke does not use it',
    ],
    [{ operation: 'revoke', version: '5', reason: 'r', replacement: 'latest' }, 'invalid replacement "latest"'],
    [{ operation: 'revoke', version: '5', reason: 'a\u001b[2Jb' }, 'invalid reason "a\\u001b[2Jb"'],
    [{ operation: 'revoke', version: '5', reason: 'a\nb' }, 'invalid reason "a\\nb"'],
    [{ operation: 'revoke', version: '5', reason: 'evil \u202e' }, 'invalid reason "evil \\u202e"'],
    [{ operation: 'revoke', version: '5', reason: 'x'.repeat(301) }, 'invalid reason "xxx'],
    [{ operation: 'promote', version: '5', bundle: 'b' }, 'bundle is set, but promote does not use it'],
    [{ operation: 'sign', channel: 'stable' }, 'channel is set, but sign does not use it'],
    [{ operation: 'sign', version: '../x' }, 'invalid channel name "../x"'],
    [{ operation: 'attest', version: '5' }, 'bundle is empty'],
    [{ operation: 'attest', bundle: 'b' }, 'version is empty'],
    [{ operation: 'attest', version: '5', bundle: 'a\nb' }, 'invalid bundle "a\\nb"'],
    [{ operation: 'attest', version: '5', bundle: 'b', reason: 'r' }, 'reason is set, but attest does not use it'],
    [{ operation: 'promote', version: '5', 'sign-expires': '30' }, 'invalid sign-expires "30"'],
    [{ operation: 'export' }, 'directory is empty'],
    [{ operation: 'export', directory: '/copy', version: '5' }, 'version is set, but export does not use it'],
    [{ operation: 'trim', directory: '/copy' }, 'version is empty'],
    [{ operation: 'trim', directory: '/copy', version: 'latest' }, 'invalid version "latest"'],
    [{ operation: 'publish' }, 'directory is empty'],
    [{ operation: 'publish', directory: 'a\nb' }, 'invalid directory "a\\nb"'],
    [{ operation: 'publish', directory: '/copy', version: 'latest' }, 'invalid version "latest"'],
    [{ operation: 'publish', directory: '/copy', keep: '1' }, 'invalid keep "1"'],
    [{ operation: 'publish', directory: '/copy', channel: 'Stable' }, 'invalid channel name "Stable"'],
    [{ operation: 'promote', version: '5', keep: '9' }, 'keep is set, but promote does not use it'],
    [{ operation: 'promote', version: '5', 'require-signature': 'true' }, 'require-signature is set, but sign-key is'],
    [{ operation: 'promote', version: '5', workflow: 'a/b' }, 'workflow is set, but repository is empty'],
    [{ operation: 'promote', version: '5', ref: 'refs/heads/x' }, 'ref is set, but repository is empty'],
    [{ operation: 'promote', version: '5', repository: 'acme' }, 'invalid repository "acme"'],
    [{ operation: 'promote', version: '5', repository: 'a/b', ref: 'main' }, 'invalid ref "main"'],
    [{ operation: 'promote', version: '5', repository: 'a/b', workflow: 'x.yml' }, 'invalid workflow "x.yml"'],
    [{ operation: 'rollback', repository: 'a/b' }, 'repository is set, but rollback does not use it'],
    [{ operation: 'rollback', 'require-signature': 'true' }, 'require-signature is set, but rollback does not use it'],
    [{ operation: 'rollback', 'image-name': '../x' }, 'invalid image name "../x"'],
  ])('%j are rejected', (given, message) => {
    const readRejected = (): unknown => read({ store: '/srv', ...given });
    expect(readRejected).toThrow(UsageError);
    expect(readRejected).toThrow(message);
  });
});

describe('the commands', () => {
  const context = { version: '1.2.3', defaults: { cache: '/cache', work: '/work' } };
  const getCommand = (...args: readonly string[]): CommandLine => {
    const parsed = parseCommandLine([...args, '--store', '/srv'], context);
    if (!('run' in parsed)) throw new Error(parsed.print);
    return parsed.run;
  };
  const common = { group: 'channel', store: { address: '/srv' }, image: 'ubuntu-base' };

  test('promote', () => {
    expect(getCommand('promote', 'latest')).toMatchObject({
      ...common,
      operation: { operation: 'promote', channel: 'stable', wanted: 'latest' },
    });
    expect(getCommand('promote', '5', '--channel', 'canary')).toMatchObject({
      operation: { channel: 'canary', wanted: 5 },
    });
    expect(() => getCommand('promote')).toThrow('missing required argument');
  });

  test('rollback', () => {
    expect(getCommand('rollback')).toMatchObject({
      ...common,
      operation: { operation: 'rollback', channel: 'latest' },
    });
    expect(getCommand('rollback', '--channel', 'stable', '--to', '3')).toMatchObject({
      operation: { channel: 'stable', to: 3 },
    });
    expect(() => getCommand('rollback', '3')).toThrow('too many arguments');
  });

  test('revoke', () => {
    expect(getCommand('revoke', '5', '--reason', 'r', '--replacement', '6')).toMatchObject({
      ...common,
      operation: { operation: 'revoke', which: { version: 5 }, reason: 'r', replacement: 6 },
    });
    expect(getCommand('revoke', '--base-serial', '20261101', '--reason', 'r')).toMatchObject({
      operation: { which: { baseSerial: '20261101' } },
    });
    expect(() => getCommand('revoke', '5')).toThrow('required option');
    expect(() => getCommand('revoke', '--reason', 'r')).toThrow(UsageError);
  });

  test('sign', () => {
    expect(getCommand('sign', '5', '--sign-key', 'k.pem')).toMatchObject({
      ...common,
      operation: { operation: 'sign', wanted: 5 },
      signing: { key: resolve('k.pem'), validMs: 30 * 24 * 3_600_000 },
    });
    expect(getCommand('sign', '--all', '--sign-key', 'k.pem', '--sign-expires', '48h')).toMatchObject({
      operation: { operation: 'sign' },
      signing: { validMs: 48 * 3_600_000 },
    });
    expect(getCommand('sign', '--remove-signatures')).toEqual({
      ...common,
      store: expect.anything(),
      operation: { operation: 'unsign' },
    });
    for (const args of [[], ['5', '--all'], ['--all', '--remove-signatures']])
      expect(() => getCommand('sign', ...args)).toThrow(
        'sign needs exactly one of: a version, --all, --remove-signatures',
      );
  });

  test('attest', () => {
    expect(getCommand('attest', '5', '--bundle', 'b.json')).toMatchObject({
      ...common,
      operation: { operation: 'attest', wanted: 5, bundle: resolve('b.json') },
    });
    expect(getCommand('attest', 'stable', '--bundle', 'b.json', '--trusted-root', 'r.json')).toMatchObject({
      operation: { wanted: 'stable', trustedRoot: resolve('r.json') },
    });
    expect(() => getCommand('attest', '5')).toThrow('bundle is empty');
  });

  test('export, trim and publish', () => {
    expect(getCommand('export', 'copy')).toMatchObject({
      ...common,
      operation: { operation: 'export', directory: resolve('copy') },
    });
    expect(getCommand('publish', 'copy', '--version', '7', '--channel', 'candidate')).toMatchObject({
      ...common,
      operation: { operation: 'publish', directory: resolve('copy'), version: 7, channel: 'candidate', keep: 5 },
    });
    expect(getCommand('publish', 'copy')).toMatchObject({ operation: { channel: 'latest' } });
    const trim = parseCommandLine(['trim', 'copy', '7', '--image-name', 'x'], context);
    expect(trim).toMatchObject({
      run: { image: 'x', operation: { operation: 'trim', directory: resolve('copy'), version: 7 } },
    });
    for (const words of [['export'], ['publish'], ['trim', 'copy']])
      expect(parseCommandLine(words, context)).toMatchObject({
        print: expect.stringContaining('missing required argument'),
      });
  });

  test.each(['promote latest', 'rollback', 'revoke 5 --reason r', 'prune', 'build', 'publish copy'])(
    '%s takes a key',
    (words) => {
      const command = getCommand(...words.split(' '), '--sign-key', 'k.pem');
      expect('inputs' in command ? command.inputs : command).toMatchObject({
        signing: { key: resolve('k.pem'), validMs: 30 * 24 * 3_600_000 },
      });
    },
  );

  test('prune and verify', () => {
    expect(getCommand('prune')).toMatchObject({
      group: 'store',
      command: 'prune',
      keep: 5,
      graceMs: 24 * 3_600_000,
      apply: false,
    });
    expect(getCommand('prune', '--keep', '2', '--grace', '7d', '--yes')).toMatchObject({
      keep: 2,
      graceMs: 7 * 24 * 3_600_000,
      apply: true,
    });
    expect(() => getCommand('prune', '--keep', '1')).toThrow(UsageError);
    expect(() => getCommand('prune', '--grace', '0h')).toThrow(UsageError);
    expect(getCommand('verify')).toMatchObject({ command: 'verify', wanted: 'latest' });
    expect(getCommand('verify', '3')).toMatchObject({ wanted: 3 });
  });

  test.each(['promote', 'rollback', 'revoke', 'sign', 'attest', 'export', 'publish', 'prune', 'verify'])(
    '%s has help',
    (command) => {
      expect(parseCommandLine([command, '--help'], context)).toMatchObject({
        exitCode: 0,
        print: expect.stringContaining('--store'),
      });
    },
  );
});
