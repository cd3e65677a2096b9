import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, hasCode } from '../platform/errors.js';
import { sha256Of, writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { retryTransient, type RetryPorts } from '../platform/retry.js';
import { signatureKey, type SignatureKind } from '../store/names.js';
import type { ObjectReader } from '../objects/object-store.js';
import type { FoundVersion } from '../store/read-versions.js';
import { envelopeLimit } from '../trust/dsse.js';
import {
  verifyVersionSigner,
  type SignedVersion,
  type TrustPolicy,
  type VersionSignatures,
  type VersionSigner,
} from '../trust/policy.js';
import { bundleLimit } from '../trust/sigstore.js';
import { versionDirectory, type KeptVersion } from './kept-versions.js';
import { readPolicy } from './trust-policy.js';

/** The signatures of a version in its directory on this host, and the bytes that each can have. */
const kinds = {
  keys: { file: 'dsse.json', limit: envelopeLimit },
  github: { file: 'sigstore.json', limit: bundleLimit },
} as const satisfies Readonly<Record<SignatureKind, object>>;

interface SignedBy {
  readonly signer: VersionSigner;
  readonly signatures: VersionSignatures;
}

/**
 * Who signed a version that the store has. Signatures that this host has kept are not fetched again if they are still accepted.
 * @throws Failure if nobody did whom the policy accepts
 */
export async function verifyFound(
  { manifest: { image, version }, manifestSha256 }: FoundVersion,
  { root, policy }: { readonly root: string; readonly policy: TrustPolicy },
  ports: RetryPorts & { readonly store: ObjectReader },
): Promise<SignedBy> {
  const verify = (signatures: VersionSignatures): SignedBy => ({
    signatures,
    signer: verifyVersionSigner(policy, { image, version, manifestSha256, signatures }),
  });
  try {
    return verify(await readSignatures(async (kind) => tryReadKept(root, { image, version }, kind)));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ports.log.detail(`fetching the signatures of ${image}.${version}: ${error.message}`);
  }
  return verify(
    await readSignatures(async (kind) => {
      const content = await retryTransient(ports, async () =>
        ports.store.read(signatureKey(image, version, kind), kinds[kind].limit),
      );
      return content?.bytes;
    }),
  );
}

async function readSignatures(read: (kind: SignatureKind) => Promise<Buffer | undefined>): Promise<VersionSignatures> {
  const [keys, github] = await Promise.all([read('keys'), read('github')]);
  return { ...(keys === undefined ? {} : { keys }), ...(github === undefined ? {} : { github }) };
}

type VersionName = Pick<SignedVersion, 'image' | 'version'>;

async function tryReadKept(
  root: string,
  { image, version }: VersionName,
  kind: SignatureKind,
): Promise<Buffer | undefined> {
  const path = join(versionDirectory(root, image, version), kinds[kind].file);
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (hasCode(error, 'ENOENT')) return undefined;
      throw hasCode(error, 'ELOOP') ? new Failure(`${path} is a link`, { fix: 'remove it', cause: error }) : error;
    },
  );
  try {
    if (file === undefined) return undefined;
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > kinds[kind].limit) {
      throw new Failure(`${path} is not a file of at most ${kinds[kind].limit} bytes`, { fix: 'remove it' });
    }
    return await file.readFile();
  } finally {
    await file?.close();
  }
}

/** Keeps the signatures beside the manifest of a kept version, for checks without the store. */
export async function saveSignatures(
  root: string,
  { image, version }: VersionName,
  signatures: VersionSignatures,
): Promise<void> {
  for (const kind of ['keys', 'github'] as const) {
    const bytes = signatures[kind];
    if (bytes === undefined) continue;
    const path = join(versionDirectory(root, image, version), kinds[kind].file);
    const known = await tryReadKept(root, { image, version }, kind).catch(() => undefined);
    if (known?.equals(bytes) !== true) await writeFileAtomically(path, bytes);
  }
}

/** Who signed a version on this host; undefined if this host has no policy. @throws Failure if nobody did whom the policy accepts */
export async function verifyKept(
  root: string,
  { image, version, bytes }: KeptVersion,
): Promise<VersionSigner | undefined> {
  const policy = await readPolicy(root);
  if (policy === undefined) return undefined;
  const signatures = await readSignatures(async (kind) => tryReadKept(root, { image, version }, kind));
  return verifyVersionSigner(policy, { image, version, manifestSha256: sha256Of(bytes), signatures });
}

export interface KeptSignature {
  readonly signedBy?: VersionSigner;
  readonly problem?: string;
}

/** `verifyKept` for lists: what is wrong is told, not thrown. */
export async function tryVerifyKept(root: string, kept: KeptVersion): Promise<KeptSignature> {
  try {
    const signedBy = await verifyKept(root, kept);
    return signedBy === undefined ? {} : { signedBy };
  } catch (error) {
    if (error instanceof Failure) return { problem: error.message };
    throw error;
  }
}

/** A pull without a policy takes whatever the store has. @throws Failure if a signature is required */
export function checkPolicy(
  policy: TrustPolicy | undefined,
  { requireSignature, log }: { readonly requireSignature: boolean; readonly log: Log },
): void {
  if (policy !== undefined) return;
  const fix = 'ch-golden trust add-key FILE, or ch-golden trust add-github --repository OWNER/NAME';
  if (requireSignature)
    throw new Failure('a signature is required, but this host has no trust policy that says whose', { fix });
  log.warn(`signatures are not verified, since this host has no trust policy: ${fix}`);
}
