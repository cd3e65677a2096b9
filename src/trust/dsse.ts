import { z } from 'zod';
import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { fields, hexDigest, list, text } from '../platform/schema-parts.js';
import type { PublicKey, SigningKey } from './keys.js';

/** One signature of an envelope or a document. */
export interface DsseSignature {
  /** See `PublicKey.id`. */
  readonly keyid: string;
  /** Base64. */
  readonly sig: string;
}

export const signatureSchema = fields({
  keyid: hexDigest,
  sig: z.string().regex(/^[A-Za-z0-9+/]{86}==$/, 'not an Ed25519 signature in base64'),
});

/** A DSSE envelope (Dead Simple Signing Envelope 1.0): signatures, with the bytes that they cover. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly DsseSignature[];
}

const envelopeSchema = fields({
  payloadType: text,
  payload: z.base64().max(64 * 1024),
  signatures: list(signatureSchema).refine((signatures) => signatures.length <= 16, 'more than 16 signatures'),
});

const envelopeKind: DocumentKind<z.infer<typeof envelopeSchema>> = {
  schema: envelopeSchema,
  version: 1,
  limit: 256 * 1024,
};

/** Largest size in bytes. */
export const envelopeLimit = envelopeKind.limit;

/** @throws Failure with one line that names the invalid field */
export function parseEnvelope(bytes: Buffer, name: string): Envelope {
  const { payloadType, payload, signatures } = parseDocument(envelopeKind, bytes, name);
  return { payloadType, payload: Buffer.from(payload, 'base64'), signatures };
}

export function formatEnvelope({ payloadType, payload, signatures }: Envelope): Buffer {
  return formatDocument({ payloadType, payload: payload.toString('base64'), signatures });
}

/** Signed instead of the bare payload: a signature for one type must not pass for another. Source: DSSE 1.0, "PAE". */
export function toSignedBytes(payloadType: string, payload: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
}

export function createSignature(payloadType: string, payload: Buffer, key: SigningKey): DsseSignature {
  return { keyid: key.id, sig: key.sign(toSignedBytes(payloadType, payload)).toString('base64') };
}

/**
 * The first of the keys with a valid signature.
 * @param name of what is signed, for the message
 * @throws Failure if there is none, with what was found and what was expected
 */
export function verifySignatures(
  { payloadType, payload, signatures }: Envelope,
  keys: readonly PublicKey[],
  name: string,
): PublicKey {
  const message = toSignedBytes(payloadType, payload);
  const byTrusted = signatures.flatMap(({ keyid, sig }) =>
    keys.filter(({ id }) => id === keyid).map((key) => ({ key, sig })),
  );
  const valid = byTrusted.find(({ key, sig }) => key.verify(message, Buffer.from(sig, 'base64')));
  if (valid !== undefined) return valid.key;
  const [invalid] = byTrusted;
  if (invalid !== undefined) {
    const why = 'the content was changed after signing, or the signature is for something else';
    throw new Failure(`${name}: invalid signature by key ${shortenId(invalid.key.id)}: ${why}`);
  }
  const signers = signatures.map(({ keyid }) => shortenId(keyid)).join(', ');
  const found = signatures.length === 0 ? 'is not signed' : `is signed by key ${signers}`;
  throw new Failure(
    `${name} ${found}; expected: a signature by key ${keys.map(({ id }) => shortenId(id)).join(' or ')}`,
  );
}

/** Long enough to tell keys apart, short enough for a message. */
export function shortenId(id: string): string {
  return id.slice(0, 16);
}
