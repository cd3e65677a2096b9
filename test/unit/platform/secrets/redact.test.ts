import { describe, expect, test } from '@jest/globals';
import { CancelledError, Failure, UsageError } from '../../../../src/platform/errors.js';
import { listSecrets } from '../../../../src/platform/process/environment.js';
import { createRedactor, redactFailure, redactTexts } from '../../../../src/platform/secrets/redact.js';

const { text } = createRedactor([]);
const key = [
  '-----BEGIN OPENSSH PRIVATE KEY-----',
  'b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW',
  'QyNTUxOQAAACDr',
  '-----END OPENSSH PRIVATE KEY-----',
];

describe('what looks like a secret', () => {
  test.each([
    ['AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG', 'AWS_SECRET_ACCESS_KEY=***'],
    ['"aws_session_token": "abc def", "x": 1', '"aws_session_token": ***, "x": 1'],
    ['key AKIAIOSFODNN7EXAMPLE here', 'key *** here'],
    ['GET https://user:hunter2@example.org/a', 'GET https://***@example.org/a'],
    ['https://example.org/a?x=1&X-Amz-Signature=abcdef&y=2', 'https://example.org/a?x=1&X-Amz-Signature=***&y=2'],
    ['https://example.org/a?sig=abcdef', 'https://example.org/a?sig=***'],
    ['https://example.org/a?access_token=abcdef#x', 'https://example.org/a?access_token=***'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
    [`token ghp_${'a'.repeat(36)}!`, 'token ***!'],
    [`x ${key.join('\n')} y`, 'x *** y'],
    [key.map((line) => `[   1.2] daemon[1]: ${line}`).join('\n'), '[   1.2] daemon[1]: ***'],
    [JSON.stringify(key.join('\n')), '"***"'],
    // The end of a log may be missing.
    [`${key.slice(0, 2).join('\n')}\nnext line`, '***\nnext line'],
  ])('%j', (before, after) => expect(text(before)).toBe(after));

  test.each([
    'smoke-1: the daemon exits at once, with status 2',
    'https://example.org:8080/a?version=3',
    's3://bucket/prefix',
    '-netdev user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:2280-:2280',
    'root=LABEL=cloudimg-rootfs ro console=ttyS0',
    '[    1.0] Key type asymmetric registered',
    'SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8',
    'a@b.example',
  ])('is not found in %j', (line) => expect(text(line)).toBe(line));

  test.each([
    ['-', 200_000],
    ['a.', 100_000],
    ['eyJ-', 50_000],
    ['a://b', 50_000],
    ['-----BEGIN PRIVATE KEY-----\n', 2000],
    ['token', 40_000],
  ] as const)('takes linear time: %j, %i times', (piece, times) => {
    expect(text(piece.repeat(times)).length).toBeGreaterThan(0);
  });
});

describe('known secrets', () => {
  const redactor = createRedactor(['swordfish', 'swordfish-4711', 'true', 'first line\nsecond line']);

  test('are masked in texts, longest first; short values stay', () => {
    expect(redactor.text('swordfish-4711 swordfish true second line')).toBe('*** *** true ***');
    expect(redactTexts({ a: ['x swordfish'], b: 1 }, redactor)).toEqual({ a: ['x ***'], b: 1 });
  });

  test('are masked in a failure, which keeps its type; a cancel stays as it is', () => {
    const failure = redactFailure(
      new Failure('a swordfish', { fix: 'swordfish?', evidence: ['journal: swordfish-4711'] }),
      redactor,
    );
    expect(failure).toMatchObject({ message: 'a ***', fix: '***?', evidence: ['journal: ***'] });
    expect(redactFailure(new UsageError('swordfish'), redactor)).toBeInstanceOf(UsageError);
    const others = [new CancelledError('cancelled'), new TypeError('odd'), 'text'];
    expect(others.map((one) => redactFailure(one, redactor))).toEqual(others);
  });

  test('are found in bytes', () => {
    expect(redactor.knows(Buffer.from('\0\xffswordfish\0', 'latin1'))).toBe(true);
    expect(redactor.knows(Buffer.from('true'))).toBe(false);
  });

  test('are the values of such names in an environment', () => {
    expect(
      listSecrets({
        AWS_SECRET_ACCESS_KEY: 'a',
        AWS_REGION: 'b',
        GITHUB_TOKEN: 'c',
        PATH: 'd',
        DB_PASSWORD: 'e',
        NONE_TOKEN: undefined,
      }),
    ).toEqual(['a', 'c', 'e']);
  });
});
