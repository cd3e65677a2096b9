import { describe, expect, test } from '@jest/globals';
import { parseCommandLine } from '../../../src/inputs/command-line.js';
import type { Completion } from '../../../src/inputs/completion/complete.js';

const context = { version: '1.2.3', defaults: { cache: '/cache', work: '/work' } };

function complete(...words: readonly string[]): Completion {
  const parsed = parseCommandLine(['complete', '--', ...words], context);
  if (!('run' in parsed) || parsed.run.group !== 'completion' || parsed.run.command !== 'complete')
    throw new Error(`not a completion: ${JSON.stringify(parsed)}`);
  return parsed.run.completion;
}

const valuesOf = (...words: readonly string[]): readonly string[] =>
  complete(...words).candidates.map(({ value }) => value);

describe('completion lists', () => {
  test('commands, with what they do, but not those for scripts', () => {
    const { candidates } = complete('');
    expect(candidates).toContainEqual({ value: 'build', description: 'Build, smoke-test and publish an image' });
    expect(valuesOf('')).toEqual(expect.arrayContaining(['pull', 'vm', 'help']));
    expect(valuesOf('')).not.toContain('complete');
    expect(valuesOf('pr')).toEqual(['prune', 'promote']);
  });

  test('the commands of a group', () => expect(valuesOf('vm', 'st')).toEqual(['start', 'stop']));

  test('flags that have not been given', () => {
    expect(valuesOf('build', '--dr')).toEqual(['--driver', '--dry-run']);
    expect(valuesOf('build', '--driver', 'mount', '--dr')).toEqual(['--dry-run']);
    expect(valuesOf('build', '--driver=mount', '--dr')).toEqual(['--dry-run']);
  });

  test.each([
    ['after a space', ['build', '--driver', 'm'], ['mount']],
    ['after =, as zsh and fish pass it', ['build', '--driver=m'], ['--driver=mount']],
    ['after =, as bash splits it', ['build', '--driver', '=', 'm'], ['mount']],
    ['right after =, as bash splits it', ['build', '--layout', '='], ['flattened', 'layered']],
    ['that is a yes or no, which takes the next word', ['pull', '--anonymous', ''], ['true', 'false']],
    ['of a yes or no', ['build', '--dry-run='], ['--dry-run=true', '--dry-run=false']],
  ])('the values of a flag %s', (_, words, values) => expect(valuesOf(...words)).toEqual(values));

  test('the flags after one that needs no value', () =>
    expect(valuesOf('build', '--dry-run', '--layo')).toEqual(['--layout']));

  test.each<readonly [words: readonly string[], sources: readonly string[]]>([
    [['vm', 'start', ''], ['vms']],
    [['vm', 'create', ''], []],
    [
      ['pull', ''],
      ['versions', 'channels'],
    ],
    [['pull', '7', ''], []],
    [
      ['diff', '1', ''],
      ['versions', 'channels'],
    ],
    [['trust', 'add-key', ''], ['files']],
    [['build', '--daemon-source', ''], ['directories']],
    [['build', '--version', ''], ['versions']],
    [['promote', '7', '--channel='], ['channels']],
    [['no-such-command', ''], []],
  ])('%j: %j', (words, sources) => expect(complete(...words).sources).toEqual(sources));

  test('where names are looked up', () =>
    expect(complete('vm', 'start', '--root', '/srv', '--image-name=other', 'a')).toMatchObject({
      sources: ['vms'],
      typed: 'a',
      root: '/srv',
    }));

  test('shells in the help', () => {
    expect(valuesOf('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(() => parseCommandLine(['completion', 'csh'], context)).toThrow('unsupported shell "csh"');
  });
});
