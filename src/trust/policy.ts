import { z } from 'zod';
import { formatDocument, parseDocument, type DocumentKind } from '../platform/document.js';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { fields, hexDigest, list, text } from '../platform/schema-parts.js';
import { parseEnvelope, shortenId, verifySignatures } from './dsse.js';
import {
  formatIdentity,
  formatSigner,
  parseIssuer,
  parseRefPattern,
  parseRepository,
  parseWorkflow,
  type WorkflowSigner,
} from './github-identity.js';
import { parsePublicKey, type PublicKey } from './keys.js';
import { verifyDocument, type DocumentType } from './signed-document.js';
import { verifyBundle, type TrustedIdentity } from './sigstore.js';
import { assertVouchesFor, parseStatement, statementType } from './statement.js';
import { parseTrustedRoot } from './trusted-root.js';

/** What a key is accepted for. `index` covers the index and the heartbeat. */
export const trustUses = ['versions', 'index'] as const;
export type TrustUse = (typeof trustUses)[number];

export interface TrustedKey {
  readonly key: PublicKey;
  readonly comment?: string | undefined;
  readonly uses: readonly TrustUse[];
}

/** Whose signatures a host accepts. */
export interface TrustPolicy {
  readonly keys: readonly TrustedKey[];
  readonly identities: readonly TrustedIdentity[];
}

const keySchema = fields({
  id: hexDigest,
  publicKey: z.string().max(4096),
  comment: text.max(300).exactOptional(),
  for: list(z.enum(trustUses)).refine(
    (uses) => uses.length > 0 && new Set(uses).size === uses.length,
    'must name each use once',
  ),
});

const identitySchema = fields({
  issuer: text,
  repository: text,
  workflow: text.exactOptional(),
  ref: text,
  /** Trusted roots of Sigstore as they are in their files. */
  trustedRoots: list(z.record(z.string(), z.unknown()))
    .refine((roots) => roots.length > 0 && roots.length <= 8, 'must have 1 to 8 roots')
    .exactOptional(),
});

const policySchema = fields({
  schema: z.literal(1),
  keys: list(keySchema)
    .refine((keys) => keys.length <= 64, 'more than 64 keys')
    .default([]),
  identities: list(identitySchema)
    .refine((identities) => identities.length <= 64, 'more than 64 identities')
    .default([]),
});

const policyKind: DocumentKind<z.infer<typeof policySchema>> = { schema: policySchema, version: 1, limit: 1024 ** 2 };

/** Largest size in bytes. */
export const policyLimit = policyKind.limit;

export const emptyPolicy: TrustPolicy = { keys: [], identities: [] };

/** @throws Failure with one line that names the invalid field */
export function parsePolicy(bytes: Buffer, name: string): TrustPolicy {
  const { keys, identities } = parseDocument(policyKind, bytes, name);
  const policy = {
    keys: keys.map((key, index) => toKey(key, `${name}: keys[${index}]`)),
    identities: identities.map((identity, index) => toIdentity(identity, `${name}: identities[${index}]`)),
  };
  const ids = [...policy.keys.map(({ key }) => key.id), ...policy.identities.map(identityId)];
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Failure(`${name} lists ${shortenId(twice)} twice`);
  return policy;
}

function toKey({ id, publicKey, comment, for: uses }: z.infer<typeof keySchema>, name: string): TrustedKey {
  const key = parsePublicKey(publicKey, name);
  if (key.id !== id) throw new Failure(`${name} has the ID ${shortenId(id)}, but its key has ${shortenId(key.id)}`);
  return { key, uses, comment };
}

function toIdentity(found: z.infer<typeof identitySchema>, name: string): TrustedIdentity {
  try {
    const repository = parseRepository(found.repository);
    return {
      issuer: parseIssuer(found.issuer),
      repository,
      workflow: found.workflow === undefined ? undefined : parseWorkflow(found.workflow, repository),
      ref: parseRefPattern(found.ref),
      trustedRoots: found.trustedRoots?.map((root) => parseTrustedRoot(root, name)),
    };
  } catch (error) {
    throw error instanceof Failure && !error.message.startsWith(name)
      ? new Failure(`${name}: ${error.message}`, { cause: error })
      : error;
  }
}

/** The same bytes for the same policy. */
export function formatPolicy({ keys, identities }: TrustPolicy): Buffer {
  return formatDocument({
    schema: 1,
    keys: keys.map(({ key, comment, uses }) => ({ id: key.id, publicKey: key.pem, comment, for: uses })),
    identities: identities.map(({ issuer, repository, workflow, ref, trustedRoots }) => ({
      issuer,
      repository,
      workflow,
      ref,
      trustedRoots: trustedRoots?.map(({ json }) => json),
    })),
  });
}

/** The id of an identity in commands: 64 hexadecimal digits, like the id of a key. */
export function identityId({ issuer, repository, workflow, ref }: TrustedIdentity): string {
  return sha256Of(JSON.stringify([issuer, repository, workflow ?? '', ref]));
}

/** Adds a key. One that the policy already has is replaced in its place. */
export function addKey(policy: TrustPolicy, added: TrustedKey): TrustPolicy {
  return { ...policy, keys: putInto(policy.keys, added, ({ key }) => key.id) };
}

export function addIdentity(policy: TrustPolicy, added: TrustedIdentity): TrustPolicy {
  return { ...policy, identities: putInto(policy.identities, added, identityId) };
}

function putInto<T>(items: readonly T[], added: T, idOf: (item: T) => string): readonly T[] {
  const place = items.findIndex((item) => idOf(item) === idOf(added));
  return place === -1 ? [...items, added] : items.with(place, added);
}

/** Removes the key or identity whose id starts with `prefix`, if there is one. @throws Failure if there are several */
export function removeTrusted(policy: TrustPolicy, prefix: string): TrustPolicy {
  const isMeant = (id: string): boolean => id.startsWith(prefix);
  const found = [...policy.keys.map(({ key }) => key.id), ...policy.identities.map(identityId)].filter(isMeant);
  if (found.length > 1) {
    throw new Failure(`${found.length} IDs start with ${prefix}`, {
      fix: 'use more digits of the ID: ch-golden trust list --json',
    });
  }
  return {
    keys: policy.keys.filter(({ key }) => !isMeant(key.id)),
    identities: policy.identities.filter((identity) => !isMeant(identityId(identity))),
  };
}

/** Who signed a version: a key, or a workflow run on GitHub. */
export type VersionSigner = { readonly key: string; readonly comment?: string | undefined } | WorkflowSigner;

/** The signature documents of a version. */
export interface VersionSignatures {
  readonly keys?: Buffer;
  readonly github?: Buffer;
}

export interface SignedVersion {
  readonly image: string;
  readonly version: number;
  readonly manifestSha256: string;
  readonly signatures: VersionSignatures;
}

/** The first accepted signer of a version's manifest. @throws Failure with what was found and what was expected */
export function verifyVersionSigner(policy: TrustPolicy, signed: SignedVersion): VersionSigner {
  const what = `${signed.image}.${signed.version}`;
  const keys = keysFor('versions', policy);
  const { identities } = policy;
  if (keys.length + identities.length === 0) {
    throw new Failure(`rejected ${what}: the trust policy has no trusted signer for versions`, { fix: addHint });
  }
  const failures: Failure[] = [];
  for (const verify of [verifyByKey, verifyByIdentity]) {
    try {
      const signer = verify(signed, policy);
      if (signer !== undefined) return signer;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      failures.push(error);
    }
  }
  const [first] = failures;
  const fix = 'publish a signed version, or trust its signer: ch-golden trust';
  if (first === undefined) {
    throw new Failure(
      `${what} ${formatMissing(signed, policy)}; expected: a signature by ${formatAcceptedSigners(policy)}`,
      {
        fix,
      },
    );
  }
  throw new Failure(failures.map(({ message }) => message).join('; '), { fix, cause: first });
}

const addHint = 'add one: ch-golden trust add-key, or ch-golden trust add-github';

/** The version may have a signature of the kind that the policy ignores. */
function formatMissing({ signatures: { keys, github } }: SignedVersion, { identities }: TrustPolicy): string {
  if (keys === undefined && github === undefined) return 'is not signed';
  return identities.length === 0 ? 'is signed by a GitHub workflow only' : 'is signed by a key only';
}

/** `key 0123456789abcdef or ...`: whose signatures of versions the policy accepts; empty if nobody's. */
export function formatAcceptedSigners(policy: TrustPolicy): string {
  return [
    ...keysFor('versions', policy).map(({ id }) => `key ${shortenId(id)}`),
    ...policy.identities.map(formatIdentity),
  ].join(' or ');
}

function verifyByKey(signed: SignedVersion, policy: TrustPolicy): VersionSigner | undefined {
  const bytes = signed.signatures.keys;
  const keys = keysFor('versions', policy);
  if (bytes === undefined || keys.length === 0) return undefined;
  const name = `the signature of ${signed.image}.${signed.version}`;
  const envelope = parseEnvelope(bytes, name);
  if (envelope.payloadType !== statementType) {
    throw new Failure(
      `${name} has the payload type ${JSON.stringify(envelope.payloadType)}; expected: ${statementType}`,
    );
  }
  const { id } = verifySignatures(envelope, keys, name);
  assertVouchesFor(parseStatement(envelope.payload, name), signed.manifestSha256, name);
  const comment = policy.keys.find(({ key }) => key.id === id)?.comment;
  return { key: id, comment };
}

function verifyByIdentity(signed: SignedVersion, { identities }: TrustPolicy): VersionSigner | undefined {
  const bytes = signed.signatures.github;
  if (bytes === undefined || identities.length === 0) return undefined;
  const name = `the attestation of ${signed.image}.${signed.version}`;
  const { signer, statement } = verifyBundle(bytes, { identities }, name);
  assertVouchesFor(statement, signed.manifestSha256, name);
  return signer;
}

function keysFor(use: TrustUse, { keys }: TrustPolicy): readonly PublicKey[] {
  return keys.filter(({ uses }) => uses.includes(use)).map(({ key }) => key);
}

export interface SignedDocument {
  readonly type: DocumentType;
  readonly bytes: Buffer;
  /** Parsed from the bytes. */
  readonly expires: string | undefined;
  readonly name: string;
}

/**
 * The key that signed an index or heartbeat; undefined if the policy has no key for that.
 * @param now milliseconds since the epoch
 * @throws Failure with what was found and what was expected
 */
export function verifyStoreDocument(policy: TrustPolicy, signed: SignedDocument, now: number): string | undefined {
  const { type, bytes, expires, name } = signed;
  const keys = keysFor('index', policy);
  if (keys.length === 0) return undefined;
  const fix =
    'set sign-key in every job that writes to the store, ' +
    'or stop requiring it: ch-golden trust add-key FILE --for versions';
  const { id } = withFix(fix, () => verifyDocument(type, bytes, keys, name));
  if (expires === undefined) {
    throw new Failure(`${name} has no expiry date, which is required because the trust policy has a key for the index`);
  }
  if (now <= Date.parse(expires)) return id;
  throw new Failure(`${name} expired on ${expires} and was not renewed`, {
    fix: 'check that builds still run, or sign it again: ch-golden sign --all',
  });
}

function withFix<T>(fix: string, verify: () => T): T {
  try {
    return verify();
  } catch (error) {
    throw error instanceof Failure ? new Failure(error.message, { fix, cause: error }) : error;
  }
}

/** For reports and lists. */
export function formatVersionSigner(signer: VersionSigner): string {
  if ('repository' in signer) return formatSigner(signer);
  return `key ${shortenId(signer.key)}${signer.comment === undefined ? '' : ` (${signer.comment})`}`;
}
