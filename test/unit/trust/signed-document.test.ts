import { describe, expect, test } from '@jest/globals';
import { formatDocument } from '../../../src/platform/document.js';
import { createKeyPair, parseSigningKey, type SigningKey } from '../../../src/trust/keys.js';
import { shortenId } from '../../../src/trust/dsse.js';
import { signDocument, verifyDocument, type DocumentType } from '../../../src/trust/signed-document.js';

const [key, other] = [createKeyPair(), createKeyPair()].map(({ privatePem }) => parseSigningKey(privatePem, 'k')) as [
  SigningKey,
  SigningKey,
];
const content = {
  schema: 1,
  image: 'ubuntu-base',
  generation: 3,
  revoked: { 2: { reason: 'ünsafe' }, 10: { reason: 'x' } },
  channels: { latest: { version: 1 } },
};
const signed = signDocument('index', content, key);
const verify = (bytes: Buffer, type: DocumentType = 'index', by = key) =>
  verifyDocument(type, bytes, [by.publicKey], 'the index');
const wrong =
  `the index: invalid signature by key ${shortenId(key.id)}: the content was changed after ` +
  `signing, or the signature is for something else`;

describe('a signed document', () => {
  test('is verified however it is formatted', () => {
    expect(verify(formatDocument(signed))).toBe(key.publicKey);
    expect(verify(Buffer.from(JSON.stringify(signed)))).toBe(key.publicKey);
    const { signatures, ...rest } = signed;
    expect(verify(formatDocument({ signatures, ...rest }))).toBe(key.publicKey);
    expect(verify(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), formatDocument(signed)]))).toBe(key.publicKey);
  });

  test('covers fields that this release does not know', () => {
    const newer = signDocument('index', { ...content, later: [1.5, 'x'] }, key);
    expect(verify(formatDocument(newer))).toBe(key.publicKey);
    expect(() => verify(formatDocument({ ...newer, later: [1.25, 'x'] }))).toThrow(wrong);
  });

  test('drops the signature that it had when it is signed again', () => {
    expect(signDocument('index', { ...signed, generation: 4 }, other).signatures).toHaveLength(1);
    expect(verify(formatDocument(signDocument('index', signed, key)))).toBe(key.publicKey);
  });

  test.each<[string, Buffer]>([
    ['a changed value', formatDocument({ ...signed, generation: 2 })],
    ['a removed field', formatDocument({ ...signed, revoked: undefined })],
    ['an added field', formatDocument({ ...signed, extra: 1 })],
    ['a removed revocation', formatDocument({ ...signed, revoked: { 2: content.revoked[2] } })],
    [
      'an own field __proto__',
      Buffer.from(formatDocument(signed).toString().replace('{', '{"__proto__": {"generation": 9},')),
    ],
  ])('is rejected with %s', (_, bytes) => {
    expect(() => verify(bytes)).toThrow(wrong);
  });

  test.each<[string, () => unknown, string]>([
    ['of another kind', () => verify(formatDocument(signed), 'heartbeat'), wrong],
    [
      'by another key',
      () => verify(formatDocument(signed), 'index', other),
      `the index is signed by key ${shortenId(key.id)}; expected: a signature by key ${shortenId(other.id)}`,
    ],
    [
      'without a signature',
      () => verify(formatDocument(content)),
      `the index is not signed; expected: a signature by key ${shortenId(key.id)}`,
    ],
    [
      'with an odd signature',
      () => verify(formatDocument({ ...content, signatures: 'x' })),
      'the index has malformed signatures',
    ],
    [
      'with very many signatures',
      () => verify(formatDocument({ ...content, signatures: Array.from({ length: 17 }, () => signed.signatures[0]) })),
      'the index has malformed signatures',
    ],
    [
      'with signatures null',
      () => verify(formatDocument({ ...content, signatures: null })),
      `the index is not signed; expected: a signature by key ${shortenId(key.id)}`,
    ],
    ['that is not JSON', () => verify(Buffer.from('{')), 'the index is not JSON'],
    ['that is not UTF-8', () => verify(Buffer.from([0x22, 0xff, 0x22])), 'the index is not JSON'],
  ])('is rejected %s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
