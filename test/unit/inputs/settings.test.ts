import { describe, expect, test } from '@jest/globals';
import { parseCommandLine, type ParsedCommandLine } from '../../../src/inputs/command-line.js';
import type { ConfigCommand } from '../../../src/inputs/commands/config.js';
import { findNearestName } from '../../../src/inputs/nearest-name.js';
import type { SettingsFile, SettingsSources } from '../../../src/inputs/settings/settings.js';
import { Failure } from '../../../src/platform/errors.js';

const userPath = '/home/me/.config/ch-golden/config.toml';
const systemPath = '/etc/ch-golden/config.toml';

interface Given {
  readonly env?: SettingsSources['environment'];
  readonly user?: string;
  readonly system?: string;
  readonly readableByOthers?: boolean;
}

function sourcesOf({ env = {}, user, system, readableByOthers = false }: Given): SettingsSources {
  const files: readonly SettingsFile[] = [
    { kind: 'user', path: userPath, text: user, readableByOthers },
    { kind: 'system', path: systemPath, text: system, readableByOthers },
  ];
  return { environment: env, files };
}

const parse = (args: readonly string[], given: Given): ParsedCommandLine =>
  parseCommandLine(args, { version: '1.2.3', defaults: { cache: '/cache', work: '/work' }, sources: sourcesOf(given) });

function run(args: readonly string[], given: Given): unknown {
  const parsed = parse(args, given);
  if (!('run' in parsed)) throw new Error(parsed.print);
  return parsed.run;
}

function config(args: readonly string[], given: Given): ConfigCommand {
  return run(['config', ...args], given) as ConfigCommand;
}

const storeAt = (path: string): object => ({ store: { address: path } });

describe('a flag that is not typed has the value', () => {
  const user = 'store = "/user"';
  const system = 'store = "/system"\nimage-name = "other"';
  const env = { CH_GOLDEN_STORE: '/env' };

  test.each<readonly [what: string, args: readonly string[], given: Given, path: string]>([
    ['of the system', [], { system }, '/system'],
    ['of the user over it', [], { user, system }, '/user'],
    ['of the environment over both', [], { env, user, system }, '/env'],
    ['that was typed over all', ['--store', '/typed'], { env, user, system }, '/typed'],
    ['of a file if the variable is empty', [], { env: { CH_GOLDEN_STORE: '' }, user }, '/user'],
  ])('%s', (_, args, given, path) => expect(run(['list', ...args], given)).toMatchObject(storeAt(path)));

  test('of each source that has it', () =>
    expect(run(['list'], { env, system })).toMatchObject({ ...storeAt('/env'), image: 'other' }));
});

describe('settings for a command', () => {
  const system =
    'cpus = 4\n[vm]\nroot = "/vms"\n[vm.create]\ncpus = 8\nuser = "root"\nssh-key = ["/a.pub", "/b.pub"]\n';

  test('are only for it, and win over general ones of the same file', () => {
    expect(run(['vm', 'create', 'one'], { system })).toMatchObject({
      request: { root: '/vms', cpus: 8, user: 'root' },
      userData: { sshKeyFiles: ['/a.pub', '/b.pub'] },
    });
    expect(run(['vm', 'list'], { system })).toMatchObject({ root: '/vms' });
    expect(run(['host', 'list'], { system })).toMatchObject({ root: '/var/lib/cloud-hypervisor' });
  });

  test('do not win over general ones of a stronger source', () => {
    expect(run(['vm', 'create', 'one'], { user: 'cpus = 2', system })).toMatchObject({ request: { cpus: 2 } });
    expect(run(['vm', 'create', 'one'], { env: { CH_GOLDEN_CPUS: '3' }, system })).toMatchObject({
      request: { cpus: 3 },
    });
  });

  test('are added to by no typed value of a flag that can be repeated', () =>
    expect(run(['vm', 'create', 'one', '--ssh-key', '/c.pub'], { system })).toMatchObject({
      userData: { sshKeyFiles: ['/c.pub'] },
    }));
});

test('switches, yes-or-no inputs and inputs of several lines', () => {
  const user =
    '[build]\nstore = "/s"\ndry-run = true\ndaemon-env = ["A=1", "B=2"]\n[vm.create]\novercommit = true\njson = true';
  expect(run(['build'], { user })).toMatchObject({ inputs: { publish: { dryRun: true } } });
  expect(JSON.stringify(run(['build'], { user }))).toContain('"A=1","B=2"');
  expect(parse(['vm', 'create', 'one'], { user })).toMatchObject({
    run: { request: { overcommit: true } },
    output: { json: true },
  });
});

describe('rejected:', () => {
  test.each<readonly [what: string, user: string, message: string, fix: string | RegExp]>([
    ['an unknown name', 'stroe = "/s"', 'unknown setting "stroe"', 'use "store"'],
    ['an unknown name of a command', '[vm.create]\ncpu = 4', 'unknown setting "vm.create.cpu"', 'use "vm.create.cpus"'],
    ['an unknown command', '[vm.creat]\ncpus = 4', 'unknown setting "vm.creat"', 'use "vm.create"'],
    ['a flag of a different command', '[list]\ncpus = 4', 'unknown setting "list.cpus"', /^use /],
    ['a flag that destroys', 'yes = true', '"yes" can only be set on the command line', 'remove it, and type --yes'],
    ['a date', 'store = 2026-01-01', 'invalid value of "store"', /^use a string/],
    ['nothing near', 'zzzzzzzzzzz = 1', 'unknown setting "zzzzzzzzzzz"', /ch-golden --help/],
    ['a list for one value', 'store = ["/a", "/b"]', 'invalid store "/a, /b"', /^use one value/],
    ['a list for no value', 'store = []', 'invalid store ""', /^use one value/],
    ['a prototype', '__proto__ = 1', 'unknown setting "__proto__"', /^use /],
  ])('%s', (_, user, message, fix) => {
    const thrown = catchFailure(() => parse(['list'], { user }));
    expect(thrown.message).toMatch(message);
    expect(thrown.message).toContain(userPath);
    expect(thrown.fix).toMatch(fix);
  });

  test('no TOML, with the line', () =>
    expect(catchFailure(() => parse(['list'], { user: '\nstore = /s' })).message).toMatch(
      /config\.toml, line 2: Invalid TOML/,
    ));

  test('a word for a switch', () =>
    expect(catchFailure(() => parse(['list'], { user: 'store = "/s"', env: { CH_GOLDEN_JSON: 'yes' } }))).toMatchObject(
      {
        message: 'CH_GOLDEN_JSON: invalid json "yes"',
        fix: 'use true or false',
      },
    ));

  test('a value that the flag rejects, with where it comes from', () =>
    expect(catchFailure(() => parse(['vm', 'create', 'one'], { user: 'memory = "some"' })).fix).toContain(
      `memory comes from ${userPath}`,
    ));

  test('but not if help is requested', () =>
    expect(parse(['list', '--help'], { user: 'stroe = 1' })).toMatchObject({ exitCode: 0 }));
});

test('CH_GOLDEN_VERSION, which pull --env-file writes, is no setting', () =>
  expect(run(['vm', 'create', 'one'], { env: { CH_GOLDEN_VERSION: 'ubuntu-base.7' } })).toMatchObject({
    request: { version: undefined },
  }));

describe('a secret in a file', () => {
  const user = 'store = "https://me:hunter2hunter2@example.com/s"';
  test('that others can read: a warning', () => {
    expect(parse(['vm', 'list'], { user, readableByOthers: true })).toMatchObject({
      warnings: [`${userPath} has a secret in "store", and others can read it: chmod 600 ${userPath}`],
    });
    expect(parse(['vm', 'list'], { user })).toMatchObject({ warnings: [] });
    expect(parse(['vm', 'list'], { user: 'store = "/s"', readableByOthers: true })).toMatchObject({ warnings: [] });
  });
  test('is not shown', () => expect(config([], { user }).rows).toMatchObject([{ name: 'store', value: '***' }]));
});

describe('config', () => {
  const given: Given = {
    env: { CH_GOLDEN_REGION: 'eu', CH_GOLDEN_STOER: '/s' },
    user: 'region = "us"\n[vm.create]\ncpus = 4',
  };
  test('lists everything that is set, with its source', () =>
    expect(config([], given)).toMatchObject({
      rows: [
        { name: 'region', value: 'eu', source: 'environment', from: 'CH_GOLDEN_REGION' },
        { name: 'vm.create.cpus', value: '4', source: 'user', from: userPath },
      ],
      command: undefined,
      unknownVariables: [{ name: 'CH_GOLDEN_STOER', meant: 'CH_GOLDEN_STORE' }],
      files: [
        { kind: 'user', exists: true },
        { kind: 'system', exists: false },
      ],
    }));

  test('lists all flags of a command', () => {
    const { rows } = config(['vm', 'create'], given);
    expect(rows).toContainEqual({ name: 'cpus', value: '4', source: 'user', from: userPath });
    expect(rows).toContainEqual({ name: 'memory', value: '1G', source: 'default' });
    expect(rows.map(({ name }) => name)).not.toContain('region');
  });

  test.each([[['vm']], [['nope']], [['vm', 'nope']]])('%j is no command', (names) =>
    expect(() => config(names, {})).toThrow('unknown command'),
  );
});

test('completion looks at the host of the settings', () =>
  expect(run(['complete', '--', 'vm', 'start', ''], { env: { CH_GOLDEN_ROOT: '/vms' } })).toMatchObject({
    completion: { root: '/vms' },
  }));

test.each([
  ['stroe', 'store'],
  ['chanel', 'channel'],
  ['x', undefined],
  ['s'.repeat(1000), undefined],
])('the name nearest to %.10s: %s', (typed, name) =>
  expect(findNearestName(typed, ['region', 'store', 'channel'])).toBe(name),
);

function catchFailure(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
