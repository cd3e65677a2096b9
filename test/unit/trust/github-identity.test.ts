import { describe, expect, test } from '@jest/globals';
import {
  formatIdentity,
  formatSigner,
  gitHubIssuer,
  isSignedBy,
  matchesPattern,
  parseIssuer,
  parseRefPattern,
  parseRepository,
  parseWorkflow,
  type WorkflowIdentity,
} from '../../../src/trust/github-identity.js';

test.each<[string, string, boolean]>([
  ['refs/heads/main', 'refs/heads/main', true],
  ['refs/heads/main2', 'refs/heads/main', false],
  ['xrefs/heads/main', 'refs/heads/main', false],
  ['refs/heads/MAIN', 'refs/heads/main', false],
  ['refs/tags/ubuntu-base.7', 'refs/tags/ubuntu-base.*', true],
  ['refs/tags/ubuntu-base.', 'refs/tags/ubuntu-base.*', true],
  ['refs/tags/ubuntu-baseX7', 'refs/tags/ubuntu-base.*', false],
  ['refs/tags/ubuntu-base.7/x', 'refs/tags/ubuntu-base.*', false],
  ['refs/heads/evil/refs/tags/ubuntu-base.7', 'refs/tags/ubuntu-base.*', false],
  ['refs/tags/v1-rc', 'refs/tags/v*-rc', true],
  ['refs/tags/v-rc', 'refs/tags/v*-rc', true],
  ['refs/tags/v-r', 'refs/tags/v-*-r', false],
  ['refs/pull/3/merge', 'refs/*', false],
  ['refs/heads/*', 'refs/heads/*', true],
])('%s against %s: %s', (text, pattern, expected) => {
  expect(matchesPattern(text, pattern)).toBe(expected);
});

const repository = 'https://github.com/acme/images';
const workflow = `${repository}/.github/workflows/golden.yml`;
const signer = { issuer: gitHubIssuer, repository, workflow: `${workflow}@refs/heads/main`, ref: 'refs/heads/main' };
const identity: WorkflowIdentity = { issuer: gitHubIssuer, repository, ref: 'refs/heads/main' };
const reusable = 'https://github.com/acme/workflows/.github/workflows/golden.yml';

test.each<[string, Partial<typeof signer>, Partial<WorkflowIdentity>, boolean]>([
  ['any workflow of the repository', {}, {}, true],
  ['a reusable workflow of another repository', { workflow: `${reusable}@v1` }, {}, false],
  ['a reusable workflow that is named', { workflow: `${reusable}@refs/tags/v1` }, { workflow: reusable }, true],
  [
    'a reusable workflow that is named, called from elsewhere',
    { workflow: `${reusable}@refs/tags/v1`, repository: 'https://github.com/evil/x' },
    { workflow: reusable },
    false,
  ],
  [
    'a reusable workflow that is pinned',
    { workflow: `${reusable}@refs/tags/v1` },
    { workflow: `${reusable}@refs/tags/v1` },
    true,
  ],
  [
    'a reusable workflow that is pinned to another tag',
    { workflow: `${reusable}@refs/tags/v1.1` },
    { workflow: `${reusable}@refs/tags/v1` },
    false,
  ],
  [
    'a repository that begins with the same name',
    { workflow: 'https://github.com/acme/images-evil/.github/workflows/golden.yml@refs/heads/main' },
    {},
    false,
  ],
  ['a file that is no workflow', { workflow: `${repository}/golden.yml@refs/heads/main` }, {}, false],
])('%s: %s', (_, found, expected, isAccepted) => {
  expect(isSignedBy({ ...signer, ...found }, { ...identity, ...expected })).toBe(isAccepted);
});

test("the issuer is named if it is not GitHub's", () => {
  expect(formatSigner(signer)).toBe(`${workflow}@refs/heads/main for ${repository} at refs/heads/main`);
  expect(formatIdentity({ ...identity, issuer: 'https://x.example' })).toBe(
    `a workflow of ${repository} at refs/heads/main (issuer https://x.example)`,
  );
  expect(formatIdentity({ ...identity, workflow })).toBe(`${workflow} for ${repository} at refs/heads/main`);
});

describe('what users give', () => {
  test('is made whole', () => {
    expect(parseRepository('acme/images')).toBe(repository);
    expect(parseRepository('https://acme.ghe.com/acme/images')).toBe('https://acme.ghe.com/acme/images');
    expect(parseWorkflow('acme/images/.github/workflows/golden.yml', repository)).toBe(workflow);
    expect(parseWorkflow('a/b/.github/workflows/c.yaml@refs/tags/v1', 'https://acme.ghe.com/acme/images')).toBe(
      'https://acme.ghe.com/a/b/.github/workflows/c.yaml@refs/tags/v1',
    );
    expect(parseWorkflow(workflow, repository)).toBe(workflow);
    expect(parseRefPattern('refs/tags/ubuntu-base.*')).toBe('refs/tags/ubuntu-base.*');
    expect(parseIssuer('https://ghes.example/_services/token')).toBe('https://ghes.example/_services/token');
  });

  test.each<[(value: string) => string, string, string]>([
    [parseRepository, '', 'invalid repository ""'],
    [parseRepository, 'acme', 'invalid repository "acme"'],
    [parseRepository, 'acme/*', 'invalid repository "acme/*"'],
    [parseRepository, 'acme/images/x', 'invalid repository "acme/images/x"'],
    [parseRepository, '../images', 'invalid repository "../images"'],
    [parseRepository, 'http://github.com/acme/images', 'invalid repository "http://github.com/acme/images"'],
    [
      parseRepository,
      'https://user@github.com/acme/images',
      'invalid repository "https://user@github.com/acme/images"',
    ],
    [parseRepository, 'acme/images\n', 'invalid repository "acme/images\\n"'],
    [(value) => parseWorkflow(value, repository), 'golden.yml', 'invalid workflow "golden.yml"'],
    [
      (value) => parseWorkflow(value, repository),
      'acme/images/.github/workflows/*',
      'invalid workflow "acme/images/.github/workflows/*"',
    ],
    [
      (value) => parseWorkflow(value, repository),
      'acme/images/xgithub/workflows/a.yml',
      'invalid workflow "acme/images/xgithub/workflows/a.yml"',
    ],
    [
      (value) => parseWorkflow(value, repository),
      'acme/images/.github/workflows/a.yml@*',
      'invalid workflow "acme/images/.github/workflows/a.yml@*"',
    ],
    [parseRefPattern, 'main', 'invalid ref "main"'],
    [parseRefPattern, '*', 'invalid ref "*"'],
    [parseRefPattern, 'refs/*/*', 'invalid ref "refs/*/*"'],
    [parseRefPattern, 'refs/heads/a b', 'invalid ref "refs/heads/a b"'],
    [parseIssuer, 'token.actions.githubusercontent.com', 'invalid issuer "token.actions.githubusercontent.com"'],
    [parseIssuer, 'https://x.example/?a', 'invalid issuer "https://x.example/?a"'],
  ])('%# is wrong use', (parse, value, message) => {
    expect(() => parse(value)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });
});
