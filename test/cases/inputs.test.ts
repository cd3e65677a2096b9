import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readBuildInputs, type BuildInputs } from '../../src/inputs/build-inputs.js';
import { readChannelInputs } from '../../src/inputs/channel-inputs.js';
import { parseCommandLine, type CommandLine } from '../../src/inputs/command-line.js';
import { readPullInputs } from '../../src/inputs/pull-inputs.js';
import { UsageError } from '../../src/platform/errors.js';

const defaults = { cache: '/cache', work: '/work' };

type Given = Readonly<Record<string, string>>;

const rawOf =
  (given: Given) =>
  (name: string): string =>
    given[name] ?? '';

function build(given: Given): BuildInputs {
  return readBuildInputs(rawOf({ store: '/store', ...given }), defaults);
}

function command(...args: readonly string[]): CommandLine {
  const parsed = parseCommandLine(args, { version: '1.2.3', defaults });
  if ('run' in parsed) return parsed.run;
  throw new Error(parsed.print);
}

function errorOf(read: () => unknown): UsageError {
  try {
    read();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was rejected');
}

/** Rows 1 and 2: each input that is a path, and what reads it. */
const paths: readonly (readonly [name: string, read: (path: string) => unknown])[] = [
  ['files', (path) => build({ files: `${path}:/etc/a.conf` }).changes.files[0]?.source],
  ['run', (path) => build({ run: path }).changes.run],
  ['daemon-source', (path) => (build({ 'daemon-source': path }).daemon.request as { readonly source: string }).source],
  [
    'daemon-binary',
    (path) =>
      (build({ 'daemon-builder': 'prebuilt', 'daemon-binary': path }).daemon.request as { readonly binary: string })
        .binary,
  ],
  ['store', (path) => build({ store: path }).store.address],
  ['sign-key', (path) => build({ 'sign-key': path }).signing?.key],
  ['output-folder', (path) => build({ 'output-folder': path }).directories.output],
  ['cache-folder', (path) => build({ 'cache-folder': path }).directories.cache],
  ['work-folder', (path) => build({ 'work-folder': path }).directories.work],
  ['report-folder', (path) => build({ 'report-folder': path }).directories.report],
  ['root', (path) => readPullInputs(rawOf({ store: '/s', root: path })).root],
  ['env-file', (path) => readPullInputs(rawOf({ store: '/s', 'env-file': path })).envFile],
  [
    'bundle',
    (path) => readChannelInputs(rawOf({ store: '/s', operation: 'attest', version: '1', bundle: path })).operation,
  ],
  ['trusted-root', (path) => command('trust', 'add-github', '--repository', 'a/b', '--trusted-root', path)],
  ['file', (path) => command('trust', 'add-key', path)],
  ['image', (path) => command('smoke', '--image', path)],
  ['out', (path) => command('key', 'create', '--out', path)],
  ['ssh-key', (path) => command('vm', 'create', 'a', '--ssh-key', path)],
  ['user-data', (path) => command('vm', 'create', 'a', '--user-data', path)],
];

describe('row 1: relative paths start from the current directory, which is the workspace in a job', () => {
  test.each(paths)('%s', (_name, read) => {
    expect(JSON.stringify(read('sub/a.conf'))).toContain(JSON.stringify(resolve('sub/a.conf')));
    expect(JSON.stringify(read('/srv/a.conf'))).toContain('"/srv/a.conf"');
  });

  test('base-image is recorded as it was given: the next run can have a different workspace', () => {
    expect(build({ 'base-image': './base.img' }).base.reference).toBe('./base.img');
  });
});

describe('row 2: ~ is the home directory, and what no shell has expanded is rejected', () => {
  test.each(paths)('%s', (name, read) => {
    expect(JSON.stringify(read('~/a.conf'))).toContain(JSON.stringify(join(homedir(), 'a.conf')));
    for (const path of ['$HOME/a.conf', '${{ github.workspace }}/a.conf', '~root/a.conf'])
      expect(errorOf(() => read(path)).message).toMatch(new RegExp(`^${name} .*(was not expanded|a variable)`));
  });

  test('base-image', () => {
    expect(build({ 'base-image': '~/base.img' }).base.reference).toBe(join(homedir(), 'base.img'));
    expect(() => build({ 'base-image': '$HOME/base.img' })).toThrow(
      'base-image "$HOME/base.img": "$HOME" was not expanded',
    );
  });

  test('an incompletely copied key is in no message', () => {
    expect(errorOf(() => build({ 'sign-key': 's3:/hunter2' })).message).not.toContain('hunter2');
  });
});

describe('row 14: everything invalid is named at once, each with its fix', () => {
  test('of a build', () => {
    const error = errorOf(() =>
      build({ layout: 'flat', keep: '1', 'dry-run': 'yes', store: '', 'base-sha256': 'abc', 'smoke-cpus': '0' }),
    );
    expect(error.message).toBe(
      '6 inputs are invalid: (1) invalid base-sha256 "abc"; (2) invalid layout "flat"; (3) invalid smoke-cpus "0"; ' +
        '(4) invalid keep "1"; (5) invalid dry-run "yes"; (6) store is empty',
    );
    expect(error.fix).toBe(
      '(1) use 64 hexadecimal digits; (2) use flattened or layered; (3) use a whole number from 1 to 64; ' +
        '(4) use a whole number from 2 to 10000; (5) use true or false; ' +
        '(6) set it to s3://BUCKET/PREFIX or to the path of a directory',
    );
  });

  test('a single problem has its own message', () => {
    expect(errorOf(() => build({ keep: '1' }))).toMatchObject({
      message: 'invalid keep "1"',
      fix: 'use a whole number from 2 to 10000',
    });
  });

  test('of inputs that contradict each other', () => {
    expect(
      errorOf(() => build({ driver: 'inject', packages: 'curl', 'daemon-binary': 'x', clones: '99' })).message,
    ).toMatch(/^3 inputs are invalid: .*daemon-binary is set.*packages is set.*invalid clones "99"$/);
  });

  test('each of many is named', () => {
    const names = ['layout', 'compression', 'driver', 'disk-size', 'upgrade', 'smoke', 'vmm', 'smoke-disk', 'clones'];
    const more = ['require-kvm', 'smoke-timeout', 'smoke-memory', 'smoke-cpus', 'boot-time-tolerance', 'keep'];
    const error = errorOf(() => build(Object.fromEntries([...names, ...more].map((name) => [name, 'x'.repeat(500)]))));
    for (const name of [...names, ...more]) expect(error.message).toContain(`invalid ${name} "x`);
  });

  test.each<readonly [string, () => unknown, readonly string[]]>([
    [
      'a pull',
      () => readPullInputs(rawOf({ version: '0', 'max-age': '14', 'allow-revoked': 'yes' })),
      ['store is empty', 'invalid version "0"', 'invalid max-age "14"', 'invalid allow-revoked "yes"'],
    ],
    [
      'a channel operation',
      () => readChannelInputs(rawOf({ operation: 'revoke', channel: 'latest', replacement: 'x' })),
      ['store is empty', 'reason is empty', 'invalid replacement "x"', 'channel is set', 'revoke needs either'],
    ],
    [
      'a command line',
      () => command('build', '--layout', 'flat', '--vmm', 'xen', '--keep', '1'),
      ['invalid layout "flat"', 'invalid vmm "xen"', 'invalid keep "1"', 'store is empty'],
    ],
    [
      'vm create',
      () =>
        command('vm', 'create', 'A', '--cpus', '0', '--memory', '1', '--tap', 'a b', '--mac', '0', '--user-data', '$X'),
      ['"A"', 'invalid cpus "0"', 'invalid memory "1"', 'invalid tap "a b"', 'invalid mac "0"', 'user-data "$X"'],
    ],
    [
      'prune',
      () => command('prune', '--keep', '1', '--grace', 'soon', '--sign-expires', 'x'),
      ['store is empty', 'invalid keep "1"', 'invalid grace "soon"', 'invalid sign-expires "x"'],
    ],
    [
      'trust add-github',
      () => command('trust', 'add-github', '--repository', 'x', '--issuer', 'y', '--root', '$HOME'),
      ['invalid issuer "y"', 'invalid repository "x"', 'root "$HOME"'],
    ],
  ])('of %s', (_name, read, messages) => {
    const { message } = errorOf(read);
    expect(message).toMatch(new RegExp(`^${messages.length} inputs are invalid: `));
    for (const part of messages) expect(message).toContain(part);
  });
});

describe('row 15: unknown inputs in the settings of the workflow, GOLDEN_IMAGE', () => {
  const check = (settings: unknown): BuildInputs => build({ 'check-settings': JSON.stringify(settings) });

  test.each([
    ['disk-szie', 'did you mean disk-size?'],
    ['disksize', 'did you mean disk-size?'],
    ['Store', 'did you mean store?'],
    ['image_name', 'did you mean image-name?'],
    ['promote-too', 'did you mean promote-to?'],
    ['force-path', 'remove it, or see docs/reference/action.md for the names'],
    ['sgin-expires', 'did you mean sign-expires?'],
    ['x'.repeat(1000), 'remove it, or see docs/reference/action.md for the names'],
    ['__proto__', 'remove it, or see docs/reference/action.md for the names'],
  ])('%s is rejected', (name, fix) => {
    const error = errorOf(() => build({ 'check-settings': `{${JSON.stringify(name)}: "20G"}` }));
    expect(error.message).toBe(`unknown input "${name.length > 60 ? `${name.slice(0, 60)}…` : name}" in the settings`);
    expect(error.fix).toBe(fix);
  });

  test('a key is rejected: the workflow takes it from a secret', () => {
    expect(errorOf(() => check({ 'sign-key': 'hunter2' }))).toMatchObject({
      message: 'sign-key in the settings is ignored: settings are not secret',
      fix: 'remove it, and store the key in the secret GOLDEN_SIGN_KEY',
    });
  });

  test('all of them are named, with other invalid inputs', () => {
    expect(
      errorOf(() => build({ 'check-settings': '{"disk-szie": "20G", "stroe": "x", "packages": ["a"]}', keep: '1' })),
    ).toMatchObject({
      message: expect.stringMatching(
        /^4 inputs are invalid: .*"disk-szie".*"stroe".*packages in the settings.*keep "1"$/,
      ),
    });
  });

  test.each(['[]', 'null', '"x"', '{', '{"store": hunter2}'])('%s is not a JSON object, and is not quoted', (text) => {
    const { message, fix = '' } = errorOf(() => build({ 'check-settings': text }));
    expect(message).toBe('check-settings is not a JSON object');
    expect(fix).not.toContain('hunter2');
  });

  test('inputs of the action and the workflow are accepted', () => {
    const settings = {
      store: 's3://other',
      keep: 7,
      'dry-run': true,
      runner: '["x"]',
      'timeout-minutes': 90,
      'aws-role': null,
      'promote-to': 'none',
    };
    expect(check(settings)).toEqual(build({}));
  });

  test('an unknown flag of the CLI is rejected, with the flag that was meant', () => {
    const parsed = parseCommandLine(['build', '--disk-szie', '20G'], { version: '1.2.3', defaults });
    expect(parsed).toMatchObject({ exitCode: 2, print: expect.stringContaining('(Did you mean --disk-size?)') });
  });
});
