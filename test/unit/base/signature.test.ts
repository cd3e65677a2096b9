import { expect, test } from '@jest/globals';
import { parseStatus } from '../../../src/base/signature.js';

const key = 'D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81';
const other = 'A'.repeat(40);
const good = '[GNUPG:] GOODSIG 1A5D6C4C7DB87C81 UEC Image Automatic Signing Key <cdimage@ubuntu.com>';
/** As gpgv 2.2.40 prints it: the primary key comes last. */
const valid = (primary = key, hash = 10, signer = primary): string =>
  `[GNUPG:] VALIDSIG ${signer} 2026-09-26 1790380432 0 4 0 1 ${hash} 00 ${primary}`;
const status = (...lines: string[]): string => ['[GNUPG:] NEWSIG', ...lines, ''].join('\n');
const request = { label: 'SHA256SUMS', fingerprint: key };

test('a valid signature by the expected key', () => {
  expect(parseStatus(status(good, valid()), request)).toEqual({ fingerprint: key, madeAt: 1790380432000 });
});

test('a subkey counts as its primary key', () => {
  expect(parseStatus(status(good, valid(key, 8, other)), request).fingerprint).toBe(key);
});

test("any key of the caller's keyring", () => {
  expect(parseStatus(status(good, valid(other)), { label: 'SHA256SUMS' }).fingerprint).toBe(other);
});

test.each([
  ['another key', status(good, valid(other)), /is by key A{40} \(expected /],
  ['another primary key with a subkey of the expected fingerprint', status(good, valid(other, 8, key)), /is by key /],
  ['an expired key', status(good.replace('GOODSIG', 'EXPKEYSIG'), valid()), /has expired/],
  ['a revoked key', status(good.replace('GOODSIG', 'REVKEYSIG'), valid()), /was revoked/],
  ['two signatures', status(good, valid(), good, valid()), /more than one/],
  ['none', '', /is invalid/],
  ['SHA-1', status(good, valid(key, 2)), /broken hash algorithm/],
  ['MD5', status(good, valid(key, 1)), /broken hash algorithm/],
  ['a time that is not a number', status(good, valid().replace('1790380432', '20260926T000000')), /no creation time/],
  ['a user id that looks like a status line', status('[GNUPG:] EXPKEYSIG 1A5D GOODSIG', valid()), /is invalid/],
])('rejects %s', (_, text, message) => {
  expect(() => parseStatus(text, request)).toThrow(message);
});
