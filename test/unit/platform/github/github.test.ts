import { expect, test } from '@jest/globals';
import { hideCommands } from '../../../../src/platform/format.js';
import { readBuilder, tryReadTag } from '../../../../src/platform/github/github.js';

test('the tag of a run that a tag started', () => {
  expect(tryReadTag({ GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'ubuntu-base.7' })).toBe('ubuntu-base.7');
  expect(tryReadTag({ GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: 'ubuntu-base.7' })).toBeUndefined();
  expect(tryReadTag({})).toBeUndefined();
});

test('a builder has the attempt of its run', () => {
  const environment = {
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_SHA: 'abc',
    GITHUB_RUN_ID: '5',
    GITHUB_SERVER_URL: 'https://github.com',
  };
  expect(readBuilder(environment)).toMatchObject({
    repository: 'o/r',
    commit: 'abc',
    run: 'https://github.com/o/r/actions/runs/5/attempts/1',
  });
  expect(readBuilder({ ...environment, GITHUB_RUN_ATTEMPT: '3' }).run).toBe(
    'https://github.com/o/r/actions/runs/5/attempts/3',
  );
  expect(readBuilder({})).toEqual({ tool: expect.stringContaining('ch-golden ') });
});

test.each([
  ['  ::add-mask::x', '|  ::add-mask::x'],
  ['::stop-commands::x', '|::stop-commands::x'],
  ['said ##[error]b', 'said # [error]b'],
  ['std::string', 'std::string'],
])('output of a guest is not a command of the runner: %j', (line, expected) => {
  expect(hideCommands(line)).toBe(expected);
});
