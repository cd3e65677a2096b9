import { readStoreSignatures } from '../host/version-signatures.js';
import type { RequiredSigners } from '../inputs/channel-inputs.js';
import type { ObjectReader } from '../objects/object-store.js';
import { Failure } from '../platform/errors.js';
import type { RetryPorts } from '../platform/retry.js';
import type { StoredVersion } from '../store/read-versions.js';
import type { Signer } from '../store/signer.js';
import { emptyPolicy, formatVersionSigner, verifyVersionSigner, type TrustPolicy } from '../trust/policy.js';
import { loadTrustedRoots } from './trusted-roots.js';

/**
 * Verifies that everyone who must have signed a version has.
 * @returns a line for each signer
 * @throws Failure with what was found and what was expected
 */
export async function verifySigners(
  { manifest: { image, version }, manifestSha256 }: StoredVersion,
  required: RequiredSigners,
  ports: RetryPorts & { readonly store: ObjectReader; readonly signer?: Signer },
): Promise<readonly string[]> {
  const policies = await toPolicies(required, ports.signer);
  const signatures = await readStoreSignatures({ image, version }, ports);
  try {
    return policies.map((policy) => {
      const signer = verifyVersionSigner(policy, { image, version, manifestSha256, signatures });
      return `${image}.${version}: signed by ${formatVersionSigner(signer)}`;
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw new Failure(error.message, {
      fix: 'find out who published it; if it was you, sign it (ch-golden sign), or attest it (ch-golden attest), first',
      cause: error,
    });
  }
}

/** One for each kind: a policy with both would accept either. */
async function toPolicies(
  { key, identities, trustedRoot }: RequiredSigners,
  signer: Signer | undefined,
): Promise<readonly TrustPolicy[]> {
  const policies: TrustPolicy[] = [];
  if (key && signer !== undefined)
    policies.push({ ...emptyPolicy, keys: [{ key: signer.key.publicKey, uses: ['versions'] }] });
  if (identities.length > 0) {
    const trustedRoots = await loadTrustedRoots(trustedRoot);
    policies.push({ ...emptyPolicy, identities: identities.map((identity) => ({ ...identity, trustedRoots })) });
  }
  return policies;
}
