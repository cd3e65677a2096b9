import { expect, test } from '@jest/globals';
import {
  formatStatement,
  formatSubject,
  isAbout,
  parseStatement,
  predicateTypes,
} from '../../../src/trust/statement.js';

const [sha256, other] = ['ab'.repeat(32), 'cd'.repeat(32)] as const;

test("our statement is about one manifest, and in-toto's", () => {
  const statement = parseStatement(formatStatement({ name: 'ubuntu-base.3.manifest.json', sha256 }), 's');
  expect(statement).toMatchObject({ _type: 'https://in-toto.io/Statement/v1', predicateType: predicateTypes[0] });
  expect([isAbout(statement, sha256), isAbout(statement, other)]).toEqual([true, false]);
  expect(formatSubject(statement)).toBe('"ubuntu-base.3.manifest.json", with SHA-256 abababababababab');
});

const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'a', digest: { sha256 } }],
  predicateType: 'p',
  predicate: { deep: [[[]]] },
};
const parse = (change: object) => parseStatement(Buffer.from(JSON.stringify({ ...statement, ...change })), 's');

test('other digests are left out, and say nothing', () => {
  const found = parse({
    subject: [{ name: 'a', digest: { sha512: 'x', sha1: sha256 } }, { digest: { sha256: other } }],
  });
  expect([isAbout(found, sha256), isAbout(found, other)]).toEqual([false, true]);
  expect(formatSubject(found)).toBe('"a", without a SHA-256, and 1 more');
});

test.each<[string, object, string]>([
  ['no subject', { subject: [] }, 's is not valid: subject: must have 1 to 1024 subjects'],
  [
    'very many subjects',
    { subject: Array.from({ length: 1025 }, () => statement.subject[0]) },
    's is not valid: subject: must have 1 to 1024 subjects',
  ],
  [
    'a digest that is none',
    { subject: [{ digest: { sha256: 'AB' } }] },
    's is not valid: subject[0].digest.sha256: not a SHA-256 in hexadecimal digits',
  ],
  [
    'another type',
    { _type: 'x' },
    's is not valid: _type: Invalid option: expected one of "https://in-toto.io/Statement/v1"|"https://in-toto.io/Statement/v0.1"',
  ],
  [
    'a name that drives a terminal',
    { subject: [{ name: '\u001b[2J', digest: {} }] },
    's is not valid: subject[0].name: not one line of text',
  ],
])('%s is rejected', (_, change, message) => {
  expect(() => parse(change)).toThrow(expect.objectContaining({ name: 'Failure', message }));
});
