import { expect, test } from '@jest/globals';
import { parseChallenge } from '../../../src/registry/challenge.js';

const realm = 'https://auth.example/token';

test.each([
  [
    `Bearer realm="${realm}",service="registry",scope="repository:a:pull"`,
    { scheme: 'bearer', realm, service: 'registry' },
  ],
  [`bearer   Realm=${realm} , Service = "a, b=\\"c\\""`, { scheme: 'bearer', realm, service: 'a, b="c"' }],
  [`Bearer realm="${realm}"`, { scheme: 'bearer', realm, service: undefined }],
  ['Basic realm="registry"', { scheme: 'basic' }],
  ['basic', { scheme: 'basic' }],
  [`Basic realm="x", Bearer realm="${realm}",service=s`, { scheme: 'bearer', realm, service: 's' }],
  [`Negotiate, Bearer realm="${realm}"`, { scheme: 'bearer', realm, service: undefined }],
  [`Bearer realm="${realm}",realm="https://evil.example"`, { scheme: 'bearer', realm, service: undefined }],
])('%s', (header, expected) => {
  expect(parseChallenge(header)).toEqual(expected);
});

test.each([null, '', ' ', 'Negotiate', 'Bearer', 'Bearer service="x"', '="x"', '"', 'Digest realm="x"'])(
  '%j is nothing that is supported',
  (header) => {
    expect(parseChallenge(header)).toBeUndefined();
  },
);

/** Within the time limit of a test: no expression backtracks. */
test('a hostile header is harmless', () => {
  for (const header of [
    `Bearer realm="${'\\'.repeat(1_000_000)}`,
    `Bearer ${'a='.repeat(500_000)}`,
    ','.repeat(1_000_000),
    `Bearer realm="x"${' '.repeat(1_000_000)}`,
    'A '.repeat(500_000),
  ])
    expect(parseChallenge(header)?.scheme).not.toBe('basic');
});
