import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readBuildInputs, type DoctorInputs } from '../../../src/inputs/build-inputs.js';
import { parseCommandLine, type CommandLine } from '../../../src/inputs/command-line.js';
import { buildInputDefinitions } from '../../../src/inputs/definitions.js';
import { UsageError } from '../../../src/platform/errors.js';

const context = { version: '1.2.3', defaults: { cache: '/cache', work: '/work' } };

function getCommand(...args: readonly string[]): CommandLine {
  const parsed = parseCommandLine(args, context);
  if (!('run' in parsed)) throw new Error(`not a command to carry out: ${JSON.stringify(parsed)}`);
  return parsed.run;
}

function getInputs(command: 'build' | 'plan' | 'doctor', ...args: readonly string[]): DoctorInputs {
  const run = getCommand(command, ...args);
  if (run.group !== 'build' || run.command !== command) throw new Error(`another command: ${JSON.stringify(run)}`);
  return run.inputs;
}

describe('flags are inputs', () => {
  test('without flags, a build has the defaults of the action', () => {
    const given = (name: string): string =>
      name === 'store' ? 'out' : (buildInputDefinitions.find((definition) => definition.name === name)?.default ?? '');
    expect(getInputs('build', '--store', 'out')).toEqual(readBuildInputs(given, context.defaults));
  });

  test('each input is a flag of build, and in its help', () => {
    const help = parseCommandLine(['build', '--help'], context);
    expect(help).toMatchObject({ exitCode: 0 });
    for (const { name } of buildInputDefinitions) expect('print' in help && help.print).toContain(`--${name} `);
  });

  test('a boolean flag needs no value', () => {
    const isDry = (...args: readonly string[]): boolean => getInputs('build', '--store', 'out', ...args).publish.dryRun;
    expect([
      isDry(),
      isDry('--dry-run'),
      isDry('--dry-run', 'true'),
      isDry('--dry-run', 'false'),
      isDry('--dry-run=false'),
    ]).toEqual([false, true, true, false, false]);
  });

  test('--version after a command is the version of the image', () => {
    expect(getInputs('build', '--store', 'out', '--version', '7').publish.version).toBe(7);
  });

  test('a value can start with a dash, and have several lines', () => {
    const inputs = getInputs('build', '--store=-out', '--daemon-env', 'A=-1\nB=2');
    expect(inputs.store?.address).toBe(resolve('-out'));
    expect(inputs.daemon.environment).toEqual(['A=-1', 'B=2']);
  });

  test('an invalid value is rejected with the message of the action', () => {
    expect(() => parseCommandLine(['build', '--store', 'out', '--keep', '1'], context)).toThrow(UsageError);
    expect(() => parseCommandLine(['build'], context)).toThrow('store is empty');
    expect(() => parseCommandLine(['build', '--store', 'out', '--layout', 'flat'], context)).toThrow(
      expect.objectContaining({ message: 'invalid layout "flat"', fix: 'use flattened or layered' }),
    );
  });
});

describe('other commands', () => {
  test('list and show', () => {
    expect(parseCommandLine(['list', '--store', 'out', '--json'], context)).toEqual({
      run: {
        group: 'store',
        command: 'list',
        store: { address: resolve('out'), forcePathStyle: false, anonymous: false },
        image: 'ubuntu-base',
        all: false,
      },
      output: { json: true, verbose: false },
      warnings: [],
    });
    expect(getCommand('show', '7', '--store', 'out')).toMatchObject({ wanted: 7 });
    expect(getCommand('diff', '7', '--store', 'out')).toMatchObject({ command: 'diff', from: 7, to: 'latest' });
    expect(getCommand('diff', 'stable', '8', '--store', 'out')).toMatchObject({ from: 'stable', to: 8 });
    expect(getCommand('show', '--store', 'out', '--image-name', 'other')).toMatchObject({
      wanted: 'latest',
      image: 'other',
    });
    expect(
      getCommand('list', '--store', 's3://b', '--endpoint', 'http://h:1', '--region', 'r', '--force-path-style'),
    ).toMatchObject({
      store: { address: 's3://b', endpoint: 'http://h:1', region: 'r', forcePathStyle: true },
    });
  });

  test.each([
    ['show', '0'],
    ['show', '../x'],
    ['smoke', '-1'],
    ['list', '--image-name', '../x'],
  ])('%s %s is rejected', (...args) => {
    expect(() => getCommand(...args, '--store', 'out')).toThrow();
  });

  test('smoke takes a version, or a file without a store', () => {
    expect(getCommand('smoke', 'candidate', '--store', 'out', '--clones', '3')).toMatchObject({
      subject: { store: { address: resolve('out') }, wanted: 'candidate' },
      smoke: { clones: 3 },
    });
    expect(getCommand('smoke', '--image', 'x.qcow2', '--daemon-port', '3000')).toMatchObject({
      subject: { file: resolve('x.qcow2') },
      port: 3000,
    });
  });

  test.each(['plan', 'doctor'] as const)('%s takes the flags of build', (command) => {
    expect(getInputs(command, '--store', 'out')).toEqual(getInputs('build', '--store', 'out'));
  });

  test('the doctor needs no store', () => {
    expect(getInputs('doctor').store).toBeUndefined();
    expect(() => getInputs('plan')).toThrow('store is empty');
    expect(() => getInputs('doctor', '--region', 'eu-central-1')).toThrow('store is empty');
  });
});

describe('printed text and exit code', () => {
  test.each<readonly [readonly string[], 0 | 2, RegExp]>([
    [['--version'], 0, /^1\.2\.3$/],
    [['--help'], 0, /build .*\n.*plan /s],
    [[], 2, /Usage: ch-golden/],
    [['bake'], 2, /unknown command 'bake'/],
    [['build', '--no-such-flag'], 2, /unknown option '--no-such-flag'/],
    [['build', '--store'], 2, /argument missing/],
    [['show', 'a', 'b'], 2, /too many arguments/],
    [['diff'], 2, /missing required argument/],
  ])('%j', (args, exitCode, text) => {
    const parsed = parseCommandLine(args, context);
    expect(parsed).toEqual({ print: expect.stringMatching(text), exitCode });
  });
});

test.each([
  '',
  'build',
  'doctor',
  'show',
  'prune',
  'revoke',
  'attest',
  'smoke',
  'pull',
  'host forget',
  'trust add-github',
  'vm create',
  'vm clone',
  'vm recreate',
  'host warm',
  'publish',
  'promote',
])('the help of %j fits into 80 columns, and does not wrap defaults', (command) => {
  const parsed = parseCommandLine([...command.split(' ').filter(Boolean), '--help'], context);
  const lines = ('print' in parsed ? parsed.print : '').split('\n');
  expect(lines).toContain('Common options:');
  for (const line of lines) {
    expect(line).toMatch(/^[^\p{Cc}]{0,80}$/u);
    expect(line).not.toMatch(/default:[^)]*$/);
  }
});

test('long helps are in groups', () => {
  const headingsOf = (command: string): readonly string[] => {
    const parsed = parseCommandLine([...command.split(' ').filter(Boolean), '--help'], context);
    return ('print' in parsed ? parsed.print : '').match(/^[A-Z][^:\n]*(?=:$)/gm) ?? [];
  };
  expect(headingsOf('')).toEqual([
    'Common options',
    'Build and test',
    'Versions in a store',
    'Channels and signatures',
    'Builds without access to the store',
    'Hosts and VMs',
    'Other commands',
  ]);
  expect(headingsOf('vm create')).toEqual([
    'Arguments',
    'Version',
    'CPU, memory and disk',
    'Network',
    'First boot',
    'Host',
    'Common options',
  ]);
  expect(headingsOf('vm recreate')).toEqual(['Arguments', 'Options', 'Health check', 'Host', 'Common options']);
  expect(headingsOf('pull')).toEqual(['Arguments', 'Options', 'Store', 'Host', 'Verification', 'Common options']);
  expect(headingsOf('promote')).toEqual(['Arguments', 'Options', 'Verification', 'Store', 'Common options']);
});
