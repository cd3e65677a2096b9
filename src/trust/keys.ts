import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';

/** An Ed25519 key that verifies signatures. */
export interface PublicKey {
  /** The SHA-256 of the key in DER (SubjectPublicKeyInfo), as 64 hexadecimal digits. */
  readonly id: string;
  /** PEM, ending with a line break. */
  readonly pem: string;
  verify(message: Buffer, signature: Buffer): boolean;
}

/** An Ed25519 key that signs. */
export interface SigningKey {
  /** Id of its public key. */
  readonly id: string;
  readonly publicKey: PublicKey;
  /** The signature has 64 bytes. */
  sign(message: Buffer): Buffer;
}

export interface KeyPairPem {
  readonly privatePem: string;
  readonly publicPem: string;
}

export function createKeyPair(): KeyPairPem {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privatePem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: exportPem(publicKey),
  };
}

/** @param name of the file or input, for the message @throws Failure unless the text is an Ed25519 public key in PEM */
export function parsePublicKey(pem: string, name: string): PublicKey {
  // Node derives a public key from a private one. A private key passed by mistake must not end up in a list.
  if (pem.includes('PRIVATE KEY')) throw keyFailure(name, 'is a private key', 'pass the public key');
  return toPublicKey(parseKey(() => createPublicKey(pem), name));
}

/** No message contains the PEM. @throws Failure unless it is an Ed25519 private key (PKCS #8) without a passphrase */
export function parseSigningKey(pem: string, name: string): SigningKey {
  const key = parseKey(() => createPrivateKey(pem), name);
  const publicKey = toPublicKey(createPublicKey(key));
  return { id: publicKey.id, publicKey, sign: (message) => sign(null, message, key) };
}

function parseKey(read: () => KeyObject, name: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch (error) {
    throw keyFailure(name, 'is not a key in PEM', createHint, error);
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw keyFailure(name, `is a key of type ${key.asymmetricKeyType ?? key.type}, not Ed25519`, createHint);
}

const createHint = 'create a key pair: ch-golden key create';

function keyFailure(name: string, problem: string, fix: string, cause?: unknown): Failure {
  return new Failure(`${name} ${problem}`, { fix, cause });
}

function toPublicKey(key: KeyObject): PublicKey {
  return {
    id: sha256Of(key.export({ type: 'spki', format: 'der' })),
    pem: exportPem(key),
    verify: (message, signature) => verify(null, message, key, signature),
  };
}

function exportPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}
