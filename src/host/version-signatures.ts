import { join } from 'node:path';
import { Failure } from '../platform/errors.js';
import { sha256Of, writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { retryTransient, type RetryPorts } from '../platform/retry.js';
import { signatureKey, type SignatureKind } from '../store/names.js';
import type { ObjectReader } from '../objects/object-store.js';
import type { FoundVersion } from '../store/read-versions.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import { envelopeLimit } from '../trust/dsse.js';
import {
  formatAcceptedSigners,
  verifyVersionSigner,
  type SignedVersion,
  type TrustPolicy,
  type VersionSignatures,
  type VersionSigner,
} from '../trust/policy.js';
import { bundleLimit } from '../trust/sigstore.js';
import { tryReadSmallFile } from './host-files.js';
import { versionDirectory, type LocalVersion } from './local-versions.js';
import { readPolicy } from './trust-policy.js';

/** The files of a version's signatures in its directory on this host, and how many bytes they may have. */
const kinds = {
  keys: { file: 'dsse.json', limit: envelopeLimit },
  github: { file: 'sigstore.json', limit: bundleLimit },
} as const satisfies Readonly<Record<SignatureKind, object>>;

interface SignedBy {
  readonly signer: VersionSigner;
  readonly signatures: VersionSignatures;
}

/**
 * Finds who signed a version in the store. Signatures on this host are not fetched again if the policy still accepts
 * them.
 * @throws Failure if the policy accepts no signature
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
    return verify(await readSignatures(async (kind) => tryReadLocal(root, { image, version }, kind)));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ports.log.detail(`Fetching the signatures of ${image}.${version}: ${error.message}`);
  }
  return verify(await readStoreSignatures({ image, version }, ports));
}

/** The signatures of a version in the store. */
export async function readStoreSignatures(
  { image, version }: VersionName,
  ports: RetryPorts & { readonly store: ObjectReader },
): Promise<VersionSignatures> {
  return readSignatures(async (kind) => {
    const content = await retryTransient(ports, async () =>
      ports.store.read(signatureKey(image, version, kind), kinds[kind].limit),
    );
    return content?.bytes;
  });
}

async function readSignatures(read: (kind: SignatureKind) => Promise<Buffer | undefined>): Promise<VersionSignatures> {
  const [keys, github] = await Promise.all([read('keys'), read('github')]);
  return withoutUndefined({ keys, github });
}

type VersionName = Pick<SignedVersion, 'image' | 'version'>;

async function tryReadLocal(
  root: string,
  { image, version }: VersionName,
  kind: SignatureKind,
): Promise<Buffer | undefined> {
  const { file, limit } = kinds[kind];
  return tryReadSmallFile({ path: join(versionDirectory(root, image, version), file), limit });
}

/** Saves signatures next to the manifest, so that they can be verified without the store. */
export async function saveSignatures(
  root: string,
  { image, version }: VersionName,
  signatures: VersionSignatures,
): Promise<void> {
  for (const kind of ['keys', 'github'] as const) {
    const bytes = signatures[kind];
    if (bytes === undefined) continue;
    const path = join(versionDirectory(root, image, version), kinds[kind].file);
    const saved = await tryReadLocal(root, { image, version }, kind).catch(() => undefined);
    if (saved?.equals(bytes) !== true) await writeFileAtomically(path, bytes);
  }
}

/**
 * Finds who signed a version on this host; undefined if there is no policy.
 * @throws Failure if the policy accepts no signature
 */
export async function verifyLocal(
  root: string,
  { image, version, bytes }: LocalVersion,
): Promise<VersionSigner | undefined> {
  const policy = await readPolicy(root);
  if (policy === undefined) return undefined;
  const signatures = await readSignatures(async (kind) => tryReadLocal(root, { image, version }, kind));
  const accepted = formatAcceptedSigners(policy);
  const isSigned = signatures.keys !== undefined || signatures.github !== undefined;
  if (!isSigned && accepted !== '') throw unsignedFailure(`${image}.${version}`, version, accepted);
  return verifyVersionSigner(policy, { image, version, manifestSha256: sha256Of(bytes), signatures });
}

/** A pull saves the signatures that it verifies: without a policy it verifies none. */
function unsignedFailure(what: string, version: number, accepted: string): Failure {
  return new Failure(
    `${what} was pulled without a trust policy: no signature of it is on this host; ` +
      `expected: a signature by ${accepted}`,
    {
      fix:
        `fetch its signature, and switch to it: ch-golden pull ${version}. ` +
        `If the store has none, sign it there first: ch-golden sign ${version} --sign-key FILE`,
    },
  );
}

export interface SignatureCheck {
  readonly signedBy?: VersionSigner | undefined;
  readonly problem?: string;
}

/** As `verifyLocal`, but returns what is wrong instead of throwing it. */
export async function tryVerifyLocal(root: string, local: LocalVersion): Promise<SignatureCheck> {
  try {
    return { signedBy: await verifyLocal(root, local) };
  } catch (error) {
    if (error instanceof Failure) return { problem: error.message };
    throw error;
  }
}

/** Without a policy, a pull accepts whatever the store has, and warns. @throws Failure if a signature is required */
export function assertPolicy(
  policy: TrustPolicy | undefined,
  { requireSignature, log }: { readonly requireSignature: boolean; readonly log: Log },
): void {
  if (policy !== undefined) return;
  const fix = 'ch-golden trust add-key FILE, or ch-golden trust add-github --repository OWNER/NAME';
  if (requireSignature) throw new Failure('a signature is required, but this host has no trust policy', { fix });
  log.warn(`Signatures are not verified: this host has no trust policy (to add one: ${fix})`);
}
