import { errorMessage, Failure } from '../platform/errors.js';
import { shortenId, type DsseSignature } from '../trust/dsse.js';
import type { SigningKey } from '../trust/keys.js';
import { signDocument, verifyDocument, type DocumentType } from '../trust/signed-document.js';

/** Signs what a run writes to a store. */
export interface Signer {
  readonly key: SigningKey;
  /** Validity of a signed index or heartbeat. */
  readonly validMs: number;
}

/** The fields of a document that carries its signature. */
export interface SignedFields {
  /** ISO 8601. */
  readonly expires?: string;
  readonly signatures?: readonly DsseSignature[];
}

/** What a write may do to a foreign signature: nothing, unless a person requests it with `ch-golden sign`. */
export type SignatureChange = 'replace' | 'remove';

/** A document in the store, with the bytes that its signature covers. */
export interface StoredDocument {
  readonly document: SignedFields;
  readonly bytes: Buffer;
  /** Name for messages. */
  readonly name: string;
}

/**
 * A writer without the key must not drop a signature: hosts that require it would reject the index. A writer with the
 * key must not sign what someone else wrote: that would turn a forged index into a signed one.
 * @throws Failure with the command that resolves it
 */
export function assertMayChange(stored: StoredDocument, signer: Signer | undefined, change?: SignatureChange): void {
  const {
    document: { signatures = [] },
    name,
  } = stored;
  if (signer === undefined) {
    if (signatures.length === 0 || change === 'remove') return;
    throw new Failure(`${name} is ${formatSigners(signatures)}, but no key is set to sign the change with`, {
      fix: 'set sign-key, or stop signing: ch-golden sign --remove-signatures',
    });
  }
  const { id } = signer.key;
  if (signatures.some(({ keyid }) => keyid === id)) assertUnchanged(stored, signer.key);
  else if (change !== 'replace') {
    const found = signatures.length === 0 ? 'not signed' : formatSigners(signatures);
    throw new Failure(`${name} is ${found}; expected: signed by key ${shortenId(id)}`, {
      fix: 'check that ch-golden list shows what you published, then run ch-golden sign --all --sign-key FILE',
    });
  }
}

function assertUnchanged({ bytes, name }: StoredDocument, { publicKey }: SigningKey): void {
  try {
    verifyDocument('index', bytes, [publicKey], name);
  } catch (error) {
    throw new Failure(errorMessage(error), {
      fix:
        `restore an older version of ${name}, ` +
        'or check it, then run ch-golden sign --remove-signatures and ch-golden sign --all',
      cause: error,
    });
  }
}

/** `signed by key 0123456789abcdef`; @param signatures at least one */
export function formatSigners(signatures: readonly Pick<DsseSignature, 'keyid'>[]): string {
  return `signed by key ${signatures.map(({ keyid }) => shortenId(keyid)).join(', ')}`;
}

/** The document with a new signature and expiry, or without both if there is no signer. */
export function seal<T extends object>(
  type: DocumentType,
  document: T,
  { signer, now }: SealContext,
): T & SignedFields {
  const content: T & { expires?: string; signatures?: readonly DsseSignature[] } = { ...document };
  delete content.expires;
  delete content.signatures;
  if (signer === undefined) return content;
  return signDocument(type, { ...content, expires: new Date(now + signer.validMs).toISOString() }, signer.key);
}

export interface SealContext {
  readonly signer: Signer | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Whether to sign unchanged content again: half of its validity is over, or the key has not signed it. */
export function isSignatureDue(
  { expires, signatures = [] }: SignedFields,
  { key, validMs }: Signer,
  now: number,
): boolean {
  return (
    !signatures.some(({ keyid }) => keyid === key.id) ||
    expires === undefined ||
    Date.parse(expires) - now < validMs / 2
  );
}
