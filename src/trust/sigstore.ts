import { bundleFromJSON, type Bundle } from '@sigstore/bundle';
import { toSignedEntity, VerificationError, Verifier, type Signer } from '@sigstore/verify';
import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { fields, list, text } from '../platform/schema-parts.js';
import {
  formatIdentity,
  formatSigner,
  isSignedBy,
  type WorkflowIdentity,
  type WorkflowSigner,
} from './github-identity.js';
import { parseStatement, statementType, type Statement } from './statement.js';
import { getPublicRoots, type TrustedRoot } from './trusted-root.js';

const base64 = (most: number): z.ZodBase64 => z.base64().max(most);
const number = z.string().regex(/^\d{1,19}$/, 'not a number');
const atMost = <T extends z.ZodType>(item: T, most: number): z.ZodType<readonly z.output<T>[]> =>
  list(item).refine((items) => items.length <= most, `more than ${most}`);

/**
 * The library turns each name into a regular expression before it has verified anything, so a hostile name can hang it.
 * Source: @sigstore/verify 3.1.1, tlog/checkpoint.js.
 */
const checkpoint = z
  .string()
  .max(8192)
  .refine(
    (envelope) =>
      [...envelope.matchAll(/\u2014 (\S+) (\S+)\n/g)].every(([, name = '']) => /^[A-Za-z0-9./_-]{1,200}$/.test(name)),
    'has a signature by an unsupported name',
  );

const logEntrySchema = fields({
  logIndex: number.default('0'),
  logId: fields({ keyId: base64(64) }),
  kindVersion: fields({ kind: text, version: text }),
  integratedTime: number.default('0'),
  inclusionPromise: fields({ signedEntryTimestamp: base64(1024) }).nullish(),
  inclusionProof: fields({
    logIndex: number.default('0'),
    rootHash: base64(64),
    treeSize: number,
    hashes: atMost(base64(64), 64),
    checkpoint: fields({ envelope: checkpoint }),
  }).nullish(),
  canonicalizedBody: base64(64 * 1024),
});

/** A version 0.3 bundle with certificate and attestation, as written by `actions/attest`. All parts are bounded. */
const bundleSchema = fields({
  mediaType: z.enum([
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    'application/vnd.dev.sigstore.bundle+json;version=0.3',
  ]),
  verificationMaterial: fields({
    certificate: fields({ rawBytes: base64(12 * 1024) }),
    tlogEntries: atMost(logEntrySchema, 4).default([]),
    timestampVerificationData: fields({
      rfc3161Timestamps: atMost(fields({ signedTimestamp: base64(32 * 1024) }), 4).default([]),
    }).nullish(),
  }),
  dsseEnvelope: fields({
    payloadType: text,
    payload: base64(1024 ** 2),
    signatures: list(fields({ sig: base64(1024) })).refine(
      (signatures) => signatures.length === 1,
      'must have one signature',
    ),
  }),
});

const bundleKind: DocumentKind<z.infer<typeof bundleSchema>> = {
  schema: bundleSchema,
  version: 1,
  limit: 2 * 1024 ** 2,
};

/** Largest size in bytes. */
export const bundleLimit = bundleKind.limit;

export interface TrustedIdentity extends WorkflowIdentity {
  /** Authorities that must have issued the certificate. Defaults to the public Sigstore instance. */
  readonly trustedRoots?: readonly TrustedRoot[] | undefined;
}

/** A statement and the accepted workflow run that signed it. */
export interface Attestation {
  readonly signer: WorkflowSigner;
  readonly statement: Statement;
}

/**
 * Verifies a Sigstore bundle offline: certificate, logs, timestamp and signature, then the signer.
 * The caller checks what the statement is about.
 * @throws Failure with one line: what is invalid, or who signed and who was expected
 */
export function verifyBundle(
  bytes: Buffer,
  { identities }: { readonly identities: readonly TrustedIdentity[] },
  name: string,
): Attestation {
  const { dsseEnvelope, ...rest } = parseDocument(bundleKind, bytes, name);
  const bundle = toBundle({ dsseEnvelope, ...rest }, name);
  const verdicts = new Map<readonly TrustedRoot[], Verdict>();
  for (const identity of identities) {
    const roots = identity.trustedRoots ?? getPublicRoots();
    const verdict = verdicts.get(roots) ?? verifyUnder(roots, bundle);
    verdicts.set(roots, verdict);
    if (!('signer' in verdict) || !isSignedBy(verdict.signer, identity)) continue;
    return { signer: verdict.signer, statement: toStatement(dsseEnvelope, name) };
  }
  throw signerFailure([...verdicts.values()], identities, name);
}

/** Like `verifyBundle`, but accepts any signer: used before a bundle is published. @throws Failure */
export function verifyAnyBundle(bytes: Buffer, trustedRoots: readonly TrustedRoot[], name: string): Attestation {
  const { dsseEnvelope, ...rest } = parseDocument(bundleKind, bytes, name);
  const verdict = verifyUnder(trustedRoots, toBundle({ dsseEnvelope, ...rest }, name));
  if ('problem' in verdict) throw bundleFailure([verdict], name);
  return { signer: verdict.signer, statement: toStatement(dsseEnvelope, name) };
}

/** The statement of a bundle. Verifies nothing. @throws Failure */
export function parseBundleStatement(bytes: Buffer, name: string): Statement {
  return toStatement(parseDocument(bundleKind, bytes, name).dsseEnvelope, name);
}

type Verdict = { readonly signer: WorkflowSigner } | { readonly problem: string; readonly cause: unknown };

function signerFailure(verdicts: readonly Verdict[], identities: readonly WorkflowIdentity[], name: string): Failure {
  const expected = `expected: a signature by ${identities.map(formatIdentity).join(' or ')}`;
  const found = verdicts.find((verdict) => 'signer' in verdict);
  if (found !== undefined) return new Failure(`${name} is signed by ${formatSigner(found.signer)}; ${expected}`);
  return bundleFailure(
    verdicts.flatMap((verdict) => ('problem' in verdict ? [verdict] : [])),
    name,
  );
}

function bundleFailure(problems: readonly Extract<Verdict, { readonly problem: string }>[], name: string): Failure {
  const texts = [...new Set(problems.map(({ problem }) => problem))];
  return new Failure(`${name} is not a valid Sigstore bundle: ${texts.join('; ')}`, { cause: problems[0]?.cause });
}

function toBundle(content: z.infer<typeof bundleSchema>, name: string): Bundle {
  try {
    return bundleFromJSON(content);
  } catch (error) {
    throw new Failure(`${name} is not a valid Sigstore bundle: a part that version 0.3 needs is missing`, {
      cause: error,
    });
  }
}

/** With several roots, the first that accepts the bundle decides. */
function verifyUnder(roots: readonly TrustedRoot[], bundle: Bundle): Verdict {
  const problems: Extract<Verdict, { problem: string }>[] = [];
  for (const root of roots) {
    try {
      return { signer: toWorkflowSigner(createVerifier(root).verify(toSignedEntity(bundle))) };
    } catch (error) {
      problems.push({ problem: toProblem(error), cause: error });
    }
  }
  return { problem: [...new Set(problems.map(({ problem }) => problem))].join('; '), cause: problems[0]?.cause };
}

/** A root without logs, such as GitHub's for private repositories, proves the time by a timestamp authority only. */
function createVerifier({ material }: TrustedRoot): Verifier {
  return new Verifier(material, {
    tlogThreshold: material.tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: material.ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  });
}

const problemsByCode: Readonly<Record<string, string>> = {
  TIMESTAMP_ERROR: 'no timestamp by a trusted authority',
  CERTIFICATE_ERROR: 'the certificate was not issued by a trusted authority, or not valid at the time of signing',
  SIGNATURE_ERROR: 'the signature is for different content',
  TLOG_ERROR: 'no log entry',
  TLOG_BODY_ERROR: 'the log entry is for a different signature',
  TLOG_INCLUSION_PROOF_ERROR: 'the log entry has no valid inclusion proof from a trusted log',
  TLOG_INCLUSION_PROMISE_ERROR: 'the log entry has no valid inclusion promise from a trusted log',
  TLOG_MISSING_INCLUSION_ERROR: 'the log entry has no valid inclusion proof from a trusted log',
};

/** Our own texts: the library's messages quote the bundle, and its errors for malformed bytes vary. */
function toProblem(error: unknown): string {
  if (error instanceof Failure) return error.message;
  const known = error instanceof VerificationError ? problemsByCode[error.code] : undefined;
  return known ?? 'the certificate, timestamp or log entry is malformed';
}

/** Source: oid-info.md of github.com/sigstore/fulcio. */
const extensionIds = {
  issuer: '1.3.6.1.4.1.57264.1.8',
  repository: '1.3.6.1.4.1.57264.1.12',
  ref: '1.3.6.1.4.1.57264.1.14',
} as const;

function toWorkflowSigner({ identity }: Signer): WorkflowSigner {
  const get = (what: keyof typeof extensionIds): string => {
    const found = identity?.oids?.filter(({ oid }) => oid?.id.join('.') === extensionIds[what]) ?? [];
    const value = found.length === 1 ? tryParseUtf8String(found[0]?.value) : undefined;
    if (value === undefined) throw new Failure(`the certificate has no ${what} of a workflow run`);
    return value;
  };
  const workflow = identity?.subjectAlternativeName;
  if (workflow === undefined || !isPrintable(workflow)) throw new Failure('the certificate has no workflow');
  return { issuer: get('issuer'), repository: get('repository'), workflow, ref: get('ref') };
}

/** A DER UTF8String of at most 65,535 bytes; undefined for anything else. */
function tryParseUtf8String(der: Buffer | undefined): string | undefined {
  if (der?.[0] !== 0x0c) return undefined;
  const [start, length] = parseLength(der);
  const value = der.subarray(start).toString();
  return der.length === start + length && isPrintable(value) ? value : undefined;
}

/** Offset and length of the content. */
function parseLength(der: Buffer): readonly [number, number] {
  const [, first = 0, second = 0, third = 0] = der;
  if (first < 0x80) return [2, first];
  if (first === 0x81) return [3, second];
  return first === 0x82 ? [4, second * 256 + third] : [der.length, -1];
}

function isPrintable(value: string): boolean {
  return value !== '' && value.length <= 1024 && /^[\x21-\x7e]+$/.test(value);
}

function toStatement(
  { payloadType, payload }: { readonly payloadType: string; readonly payload: string },
  name: string,
): Statement {
  if (payloadType !== statementType) {
    throw new Failure(`${name} has the payload type ${JSON.stringify(payloadType)}; expected: ${statementType}`);
  }
  return parseStatement(Buffer.from(payload, 'base64'), name);
}
