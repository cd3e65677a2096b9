import { parseJson } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { createSignature, signatureSchema, verifySignatures, type DsseSignature } from './dsse.js';
import type { PublicKey, SigningKey } from './keys.js';
import { list } from '../platform/schema-parts.js';

/** Documents that carry their own signature, so that content and signature change together. */
export const documentTypes = {
  index: 'application/vnd.ch-golden.index.v1+json',
  heartbeat: 'application/vnd.ch-golden.heartbeat.v1+json',
  host: 'application/vnd.ch-golden.host.v1+json',
} as const;

export type DocumentType = keyof typeof documentTypes;

export const signaturesSchema = list(signatureSchema).refine(
  (signatures) => signatures.length <= 16,
  'more than 16 signatures',
);

/** The document with its signature as the last field. An earlier signature is dropped: it covered other content. */
export function signDocument<T extends object>(
  type: DocumentType,
  document: T,
  key: SigningKey,
): T & { readonly signatures: readonly DsseSignature[] } {
  const unsigned = { ...document, signatures: undefined };
  return { ...unsigned, signatures: [createSignature(documentTypes[type], toPayload(unsigned), key)] };
}

/**
 * Verifies the bytes, not the parsed document: fields that a newer release added are signed too.
 * @throws Failure unless one of the keys has signed exactly this content
 */
export function verifyDocument(type: DocumentType, bytes: Buffer, keys: readonly PublicKey[], name: string): PublicKey {
  const document = parseJson(bytes, name) as { readonly signatures?: unknown };
  const signatures = signaturesSchema.safeParse(document.signatures ?? []);
  if (!signatures.success) throw new Failure(`${name} has malformed signatures`);
  return verifySignatures(
    { payloadType: documentTypes[type], payload: toPayload(document), signatures: signatures.data },
    keys,
    name,
  );
}

/** The content without signatures and white space. JSON.stringify keeps the field order of JSON.parse. */
function toPayload(document: object): Buffer {
  return Buffer.from(JSON.stringify({ ...document, signatures: undefined }));
}
