import { describe, expect, test } from '@jest/globals';
import { readBuildInputs } from '../../../src/inputs/build-inputs.js';
import { checkSettings } from '../../../src/inputs/check-settings.js';
import { parseCommandLine, type CommandLine } from '../../../src/inputs/command-line.js';

const defaults = { cache: '/cache', work: '/work' };

function parse(...args: readonly string[]): CommandLine {
  const parsed = parseCommandLine(['push', ...args], { version: '1.2.3', defaults });
  if (!('run' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.run;
}

const repository = { host: 'ghcr.io', origin: 'https://ghcr.io', name: 'org/a' };

describe('push', () => {
  test('pushes latest unless told otherwise', () => {
    expect(parse('oci://ghcr.io/org/a', '--store', 's3://bucket')).toMatchObject({
      group: 'push',
      repository,
      wanted: 'latest',
      image: 'ubuntu-base',
      tags: [],
      format: 'version',
      store: { address: 's3://bucket' },
    });
  });

  test('reads all its flags', () => {
    const flags = ['--store', 's3://bucket', '--tag', 'v1.2, tested v1.2', '--format', 'containerdisk'];
    expect(parse('oci://ghcr.io/org/a', '7', '--image-name', 'a', ...flags)).toMatchObject({
      wanted: 7,
      image: 'a',
      tags: ['v1.2', 'tested'],
      format: 'containerdisk',
    });
  });

  test.each(['ghcr.io/org/a', 'docker://ghcr.io/org/a', 'https://ghcr.io/org/a', ''])('rejects %j', (address) => {
    expect(() => parse(address, '--store', 'out')).toThrow(
      expect.objectContaining({ fix: 'use oci://HOST/NAME, e.g. oci://ghcr.io/org/ubuntu-base' }),
    );
  });

  test.each(['12', 'a/b', '-x', 'ch-golden.index', 'a:b'])('rejects the tag %s', (tag) => {
    expect(() => parse('oci://ghcr.io/org/a', '--store', 'out', `--tag=${tag}`)).toThrow('tag: invalid tag');
  });

  test('reports everything that is invalid at once', () => {
    expect(() => parse('x', '--store', 'out', '--tag', '1', '--format', 'zip')).toThrow(/^3 inputs are invalid/);
  });
});

describe('publish-oci', () => {
  const read = (value: string) =>
    readBuildInputs((name) => ({ store: 'out', 'publish-oci': value })[name] ?? '', defaults).publish.registry;

  test('is a repository, or nothing', () => {
    expect(read('')).toBeUndefined();
    expect(read('oci://ghcr.io/org/a')).toEqual(repository);
    expect(() => read('ghcr.io/org/a')).toThrow('publish-oci: "ghcr.io/org/a" has no scheme');
  });

  test('is no setting of the workflow, which would ignore it', () => {
    const settings = JSON.stringify({ 'publish-oci': 'oci://ghcr.io/org/a' });
    expect(() => checkSettings((name) => (name === 'check-settings' ? settings : ''))).toThrow(
      expect.objectContaining({ fix: expect.stringContaining('ch-golden push') }),
    );
  });
});
