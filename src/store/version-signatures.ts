import { errorMessage, Failure } from '../platform/errors.js';
import { envelopeLimit, parseEnvelope } from '../trust/dsse.js';
import { bundleLimit, parseBundleStatement } from '../trust/sigstore.js';
import { assertVouchesFor, parseStatement } from '../trust/statement.js';
import { signatureKey, type SignatureKind } from './names.js';
import type { ObjectReader } from '../objects/object-store.js';
import { formatSigners } from './signer.js';

/** A signature object of a version. No signature is verified here: whom to trust is up to a host's policy. */
export interface FoundSignatures {
  readonly kind: SignatureKind;
  /** Key of the object. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Ids of the keys that claim to have signed; empty for a Sigstore bundle. */
  readonly signers: readonly string[];
  /** Set if it is malformed, or about something else. */
  readonly problem?: string;
}

interface Subject {
  readonly image: string;
  readonly version: number;
  readonly manifestSha256: string;
}

/** Reads the signatures next to a version's manifest: at most one object of each kind. */
export async function readVersionSignatures(
  subject: Subject,
  store: ObjectReader,
): Promise<readonly FoundSignatures[]> {
  const found = await Promise.all([
    readSignatures('keys', envelopeLimit, subject, store),
    readSignatures('github', bundleLimit, subject, store),
  ]);
  return found.flat();
}

async function readSignatures(
  kind: SignatureKind,
  limit: number,
  subject: Subject,
  store: ObjectReader,
): Promise<readonly FoundSignatures[]> {
  const key = signatureKey(subject.image, subject.version, kind);
  const content = await store.read(key, limit);
  if (content === undefined) return [];
  const found = { kind, key, size: content.bytes.length };
  try {
    return [
      {
        ...found,
        signers:
          kind === 'keys' ? parseEnvelopeSigners(content.bytes, subject) : parseBundleSigners(content.bytes, subject),
      },
    ];
  } catch (error) {
    if (error instanceof Failure) return [{ ...found, signers: [], problem: errorMessage(error) }];
    throw error;
  }
}

function parseEnvelopeSigners(bytes: Buffer, { manifestSha256 }: Subject): readonly string[] {
  const name = 'the envelope';
  const { payload, signatures } = parseEnvelope(bytes, name);
  assertVouchesFor(parseStatement(payload, name), manifestSha256, name);
  return signatures.map(({ keyid }) => keyid);
}

function parseBundleSigners(bytes: Buffer, { manifestSha256 }: Subject): readonly string[] {
  const name = 'the bundle';
  assertVouchesFor(parseBundleStatement(bytes, name), manifestSha256, name);
  return [];
}

/** `signed by key 0123456789abcdef`, `attested with a Sigstore bundle`. */
export function formatSignatures({ kind, signers, problem }: FoundSignatures): string {
  if (problem !== undefined) return problem;
  return kind === 'github' ? 'attested with a Sigstore bundle' : formatSigners(signers.map((keyid) => ({ keyid })));
}
