import { Failure } from '../platform/errors.js';
import type { WorkflowSigner } from '../trust/github-identity.js';
import { bundleLimit, type Attestation } from '../trust/sigstore.js';
import { assertVouchesFor } from '../trust/statement.js';
import { signatureKey } from './names.js';
import type { ObjectStore } from '../objects/object-store.js';
import type { SignVersionRequest } from './sign-version.js';
import { immutableBy } from './write-once.js';

export interface AttestVersionRequest extends SignVersionRequest {
  /** A Sigstore bundle. */
  readonly bundle: Buffer;
  /** Name of the bundle, for messages. */
  readonly name: string;
}

export interface AttestPorts {
  readonly store: ObjectStore;
  /** @throws Failure if the bundle is invalid */
  readonly verify: (bundle: Buffer, name: string) => Attestation;
}

export interface AttestOutcome {
  /** False if the store already has a bundle for this manifest. */
  readonly changed: boolean;
  /** Signer of the bundle in the store. */
  readonly signer: WorkflowSigner;
}

/**
 * Stores a Sigstore bundle next to its manifest. An existing bundle is never replaced.
 * @throws Failure if the bundle, or the existing one, is invalid or about something else
 */
export async function attestVersion(
  request: AttestVersionRequest,
  { store, verify }: AttestPorts,
): Promise<AttestOutcome> {
  const { image, version, manifestSha256, bundle, owner, name } = request;
  const verifyOf = (bytes: Buffer, of: string): WorkflowSigner => {
    const { statement, signer } = verify(bytes, of);
    assertVouchesFor(statement, manifestSha256, of);
    return signer;
  };
  const signer = verifyOf(bundle, name);
  const key = signatureKey(image, version, 'github');
  if ((await store.createOnly(key, bundle, immutableBy(owner))) === 'created') return { changed: true, signer };
  const found = await store.read(key, bundleLimit);
  if (found === undefined) throw new Failure(`${store.uri(key)} was removed during the check`);
  return { changed: false, signer: verifyOf(found.bytes, store.uri(key)) };
}
