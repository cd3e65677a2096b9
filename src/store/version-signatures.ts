import { errorMessage, Failure } from '../platform/errors.js';
import { envelopeLimit, parseEnvelope } from '../trust/dsse.js';
import { bundleLimit } from '../trust/bundle.js';
import { isAbout, parseStatement } from '../trust/statement.js';
import { assertBundleIsAbout } from './attest-version.js';
import { signatureKey, type SignatureKind } from './names.js';
import type { ObjectReader } from './object-store.js';
import { subjectOf } from './sign-version.js';
import { describeSigners } from './signer.js';

/** A signature object of a version. Who is trusted is up to a host's policy: here no signature is verified. */
export interface VersionSignatures {
  readonly kind: SignatureKind;
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  /** Ids of the keys that claim to have signed; empty for a Sigstore bundle. */
  readonly keys: readonly string[];
  /** If it is malformed, or about something else. */
  readonly problem?: string;
}

interface Subject {
  readonly image: string;
  readonly version: number;
  readonly manifestSha256: string;
}

/** Reads what lies beside a version's manifest: at most one object of each kind. */
export async function readVersionSignatures(subject: Subject, store: ObjectReader): Promise<readonly VersionSignatures[]> {
  const found = await Promise.all([readKind('keys', envelopeLimit, subject, store), readKind('github', bundleLimit, subject, store)]);
  return found.flat();
}

async function readKind(kind: SignatureKind, limit: number, subject: Subject, store: ObjectReader): Promise<readonly VersionSignatures[]> {
  const key = signatureKey(subject.image, subject.version, kind);
  const content = await store.read(key, limit);
  if (content === undefined) return [];
  const found = { kind, key, size: content.bytes.length };
  try {
    return [{ ...found, keys: kind === 'keys' ? readKeys(content.bytes, subject) : readBundle(content.bytes, subject) }];
  } catch (error) {
    if (error instanceof Failure) return [{ ...found, keys: [], problem: errorMessage(error) }];
    throw error;
  }
}

function readKeys(bytes: Buffer, subject: Subject): readonly string[] {
  const { payload, signatures } = parseEnvelope(bytes, 'the envelope');
  const { name, sha256 } = subjectOf(subject);
  if (!isAbout(parseStatement(payload, 'the statement'), sha256)) throw new Failure(`it is not about ${name} with SHA-256 ${sha256}`);
  return signatures.map(({ keyid }) => keyid);
}

function readBundle(bytes: Buffer, subject: Subject): readonly string[] {
  assertBundleIsAbout(subject, bytes, 'the bundle');
  return [];
}

/** `signed by key 0123456789abcdef`, `attested by a Sigstore bundle`: one line each. */
export function describeSignatures(found: readonly VersionSignatures[]): readonly string[] {
  return found.map(({ kind, keys, problem }) => {
    if (problem !== undefined) return problem;
    return kind === 'github' ? 'attested with a Sigstore bundle' : describeSigners(keys.map((keyid) => ({ keyid })));
  });
}
