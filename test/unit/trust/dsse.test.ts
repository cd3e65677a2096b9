import { describe, expect, test } from '@jest/globals';
import {
  createSignature,
  formatEnvelope,
  parseEnvelope,
  shortenId,
  toSignedBytes,
  verifySignatures,
} from '../../../src/trust/dsse.js';
import { createKeyPair, parseSigningKey } from '../../../src/trust/keys.js';

const [key, other] = [createKeyPair(), createKeyPair()].map(({ privatePem }) => parseSigningKey(privatePem, 'k')) as [
  ReturnType<typeof parseSigningKey>,
  ReturnType<typeof parseSigningKey>,
];
const [type, payload] = ['application/vnd.in-toto+json', Buffer.from('{"a":1}\n')];
const signature = createSignature(type, payload, key);

test('what is signed is the encoding of DSSE 1.0', () => {
  // Source: the example of https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md
  expect(toSignedBytes('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
    'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
  );
});

test('an envelope survives its file', () => {
  const envelope = { payloadType: type, payload, signatures: [signature] };
  expect(parseEnvelope(formatEnvelope(envelope), 'e')).toEqual(envelope);
});

describe('a signature', () => {
  test('by one of several keys is enough, whatever else is in the list', () => {
    const forged = { keyid: key.id, sig: Buffer.alloc(64).toString('base64') };
    const signatures = [createSignature(type, payload, other), forged, signature];
    expect(verifySignatures({ payloadType: type, payload, signatures }, [key.publicKey], 'e')).toBe(key.publicKey);
    expect(verifySignatures({ payloadType: type, payload, signatures }, [key.publicKey, other.publicKey], 'e')).toBe(
      other.publicKey,
    );
  });

  const wrong =
    `e: invalid signature by key ${shortenId(key.id)}: the content was changed after signing, or ` +
    `the signature is for something else`;
  test.each([
    ['of other content', { payload: Buffer.from('{"a":2}\n') }, wrong],
    ['of another type', { payloadType: 'application/json' }, wrong],
    [
      'by an unknown key',
      { signatures: [createSignature(type, payload, other)] },
      `e is signed by key ${shortenId(other.id)}; expected: a signature by key ${shortenId(key.id)}`,
    ],
    [
      'by an unknown key that names a known one',
      { signatures: [{ ...createSignature(type, payload, other), keyid: key.id }] },
      wrong,
    ],
    ['that is missing', { signatures: [] }, `e is not signed; expected: a signature by key ${shortenId(key.id)}`],
  ])('%s is rejected', (_, change, message) => {
    expect(() =>
      verifySignatures({ payloadType: type, payload, signatures: [signature], ...change }, [key.publicKey], 'e'),
    ).toThrow(expect.objectContaining({ name: 'Failure', message }));
  });
});

describe('an odd envelope is rejected in one line', () => {
  const good = JSON.parse(formatEnvelope({ payloadType: type, payload, signatures: [signature] }).toString()) as Record<
    string,
    unknown
  >;
  const json = (change: object): Buffer => Buffer.from(JSON.stringify({ ...good, ...change }));
  test.each<[string, Buffer, string]>([
    ['an array', Buffer.from('[]'), 'e is not valid: Invalid input: expected object, received array'],
    ['huge', Buffer.alloc(256 * 1024 + 1), 'e has 262145 bytes, more than the 262144 allowed'],
    [
      'without a payload',
      json({ payload: undefined }),
      'e is not valid: payload: Invalid input: expected string, received undefined',
    ],
    [
      'with a payload that is not base64',
      json({ payload: 'a b' }),
      'e is not valid: payload: Invalid base64-encoded string',
    ],
    [
      'with a payload type of two lines',
      json({ payloadType: 'a\nb' }),
      'e is not valid: payloadType: not one line of text',
    ],
    [
      'with a signature of another length',
      json({ signatures: [{ ...signature, sig: 'AAAA' }] }),
      'e is not valid: signatures[0].sig: not an Ed25519 signature in base64',
    ],
    [
      'with the id of another kind of key',
      json({ signatures: [{ ...signature, keyid: '' }] }),
      'e is not valid: signatures[0].keyid: not a SHA-256 in hexadecimal digits',
    ],
    [
      'with very many signatures',
      json({ signatures: Array.from({ length: 17 }, () => signature) }),
      'e is not valid: signatures: more than 16 signatures',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => parseEnvelope(bytes, 'e')).toThrow(expect.objectContaining({ name: 'Failure', message }));
  });
});
