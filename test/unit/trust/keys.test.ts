import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createKeyPair, parsePublicKey, parseSigningKey } from '../../../src/trust/keys.js';

// Source: RFC 8410, section 10.1 and 10.3.
const rfcPublic = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`;
const rfcPrivate = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`;

test('the keys of RFC 8410 belong together, and their id is the SHA-256 of the public key in DER', () => {
  const key = parseSigningKey(rfcPrivate, 'k');
  expect(key.publicKey.pem).toBe(rfcPublic);
  expect(parsePublicKey(rfcPublic, 'k').id).toBe(key.id);
  // printf %s MCow...ZuE= | base64 -d | sha256sum
  expect(key.id).toBe('a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f');
});

test('a signature is of one message and one key', () => {
  const [one, other] = [createKeyPair(), createKeyPair()].map(({ privatePem }) => parseSigningKey(privatePem, 'k'));
  const message = Buffer.from('message');
  const signature = one!.sign(message);
  expect(signature).toHaveLength(64);
  expect(one!.publicKey.verify(message, signature)).toBe(true);
  expect(one!.publicKey.verify(Buffer.from('messagf'), signature)).toBe(false);
  expect(other!.publicKey.verify(message, signature)).toBe(false);
  expect(one!.publicKey.verify(message, Buffer.alloc(0))).toBe(false);
  expect(parsePublicKey(one!.publicKey.pem, 'k').verify(message, signature)).toBe(true);
});

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const ec = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const encrypted = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
});

test.each([
  ['a private key', rfcPrivate, 'a.pub is a private key'],
  ['an encrypted private key', encrypted.privateKey, 'a.pub is a private key'],
  ['an RSA key', rsa.publicKey, 'a.pub is a key of type rsa, not Ed25519'],
  ['an EC key', ec.publicKey, 'a.pub is a key of type ec, not Ed25519'],
  ['nothing', '', 'a.pub is not a key in PEM'],
  ['a truncated key', rfcPublic.slice(0, 60), 'a.pub is not a key in PEM'],
  ['text', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBl a@b', 'a.pub is not a key in PEM'],
])('%s is no public key', (_, pem, message) => {
  expect(() => parsePublicKey(pem, 'a.pub')).toThrow(expect.objectContaining({ name: 'Failure', message }));
});

test.each([
  ['a public key', rfcPublic, 'a.key is not a key in PEM'],
  ['an RSA key', rsa.privateKey, 'a.key is a key of type rsa, not Ed25519'],
  ['an encrypted key', encrypted.privateKey, 'a.key is not a key in PEM'],
  ['nothing', '', 'a.key is not a key in PEM'],
])('%s is no signing key', (_, pem, message) => {
  expect(() => parseSigningKey(pem, 'a.key')).toThrow(expect.objectContaining({ name: 'Failure', message }));
});
