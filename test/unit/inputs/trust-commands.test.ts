import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseCommandLine, type CommandLine } from '../../../src/inputs/command-line.js';
import { UsageError } from '../../../src/platform/errors.js';

const context = { version: '1.2.3', defaults: { cache: '/cache', work: '/work' } };

function getCommand(...args: readonly string[]): CommandLine {
  const parsed = parseCommandLine(args, context);
  if (!('run' in parsed)) throw new Error(`not a command to carry out: ${JSON.stringify(parsed)}`);
  return parsed.run;
}

const root = '/var/lib/cloud-hypervisor';
const identity = {
  issuer: 'https://token.actions.githubusercontent.com',
  repository: 'https://github.com/acme/images',
  ref: 'refs/heads/main',
};

test('keys are trusted for versions and index, or for the given uses', () => {
  expect(getCommand('trust', 'add-key', 'a.pub')).toEqual({
    group: 'trust',
    command: 'add-key',
    root,
    file: resolve('a.pub'),
    uses: ['versions', 'index'],
  });
  expect(getCommand('trust', 'add-key', 'a.pub', '--for', 'index', '--comment', 'CI', '--root', '/r')).toEqual({
    group: 'trust',
    command: 'add-key',
    root: '/r',
    file: resolve('a.pub'),
    uses: ['index'],
    comment: 'CI',
  });
});

test('workflows are trusted on main, unless a different ref is given', () => {
  expect(getCommand('trust', 'add-github', '--repository', 'acme/images')).toEqual({
    group: 'trust',
    command: 'add-github',
    root,
    identity,
  });
  expect(
    getCommand(
      'trust',
      'add-github',
      '--repository',
      'acme/images',
      '--workflow',
      'acme/workflows/.github/workflows/golden.yml',
      '--ref',
      'refs/tags/ubuntu-base.*',
      '--issuer',
      'https://token.actions.acme.ghe.com',
      '--trusted-root',
      'root.jsonl',
    ),
  ).toEqual({
    group: 'trust',
    command: 'add-github',
    root,
    trustedRootFile: resolve('root.jsonl'),
    identity: {
      ...identity,
      ref: 'refs/tags/ubuntu-base.*',
      issuer: 'https://token.actions.acme.ghe.com',
      workflow: 'https://github.com/acme/workflows/.github/workflows/golden.yml',
    },
  });
});

test('the other commands', () => {
  expect(getCommand('trust', 'list')).toEqual({ group: 'trust', command: 'list', root });
  expect(getCommand('trust', 'remove', '0123abcd')).toEqual({
    group: 'trust',
    command: 'remove',
    root,
    id: '0123abcd',
  });
  expect(getCommand('key', 'create')).toEqual({ group: 'key', command: 'create', prefix: resolve('ch-golden') });
  expect(getCommand('key', 'create', '--out', 'keys/a')).toEqual({
    group: 'key',
    command: 'create',
    prefix: resolve('keys/a'),
  });
  expect(getCommand('pull', '--store', '/s', '--require-signature')).toMatchObject({
    inputs: { requireSignature: true },
  });
});

test.each([
  [['trust', 'add-key', 'a.pub', '--for', 'everything'], 'invalid for "everything"'],
  [['trust', 'add-key', 'a.pub', '--for', 'index,index'], 'invalid for "index,index"'],
  [['trust', 'add-key', 'a.pub', '--for', ''], 'invalid for ""'],
  [['trust', 'add-key', 'a.pub', '--comment', 'a\nb'], 'invalid comment "a\\nb"'],
  [['trust', 'add-github', '--repository', 'acme'], 'invalid repository "acme"'],
  [['trust', 'add-github', '--repository', 'acme/images', '--workflow', 'golden.yml'], 'invalid workflow "golden.yml"'],
  [['trust', 'add-github', '--repository', 'acme/images', '--ref', 'main'], 'invalid ref "main"'],
  [['trust', 'add-github', '--repository', 'acme/images', '--issuer', 'x'], 'invalid issuer "x"'],
  [['trust', 'remove', 'abc'], 'invalid id "abc"'],
  [['trust', 'remove', '../../x'], 'invalid id "../../x"'],
  [['key', 'create', '--out', 'keys/'], 'out is not the path of a file'],
  [['key', 'create', '--out', ''], 'out is not the path of a file'],
])('%j is a usage error', (args, message) => {
  expect(() => getCommand(...args)).toThrow(UsageError);
  expect(() => getCommand(...args)).toThrow(message);
});

test('a repository is required', () => {
  expect(parseCommandLine(['trust', 'add-github'], context)).toMatchObject({
    exitCode: 2,
    print: expect.stringContaining('--repository'),
  });
});
