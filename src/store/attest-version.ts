import { Failure } from '../platform/errors.js';
import { bundleLimit, parseBundleStatement } from '../trust/bundle.js';
import { isAbout } from '../trust/statement.js';
import { signatureKey } from './names.js';
import type { ObjectStore } from './object-store.js';
import { subjectOf, type SignVersionRequest } from './sign-version.js';
import { immutableBy } from './write-once.js';

export interface AttestVersionRequest extends SignVersionRequest {
  /** A Sigstore bundle, verified before. */
  readonly bundle: Buffer;
  /** Of the bundle, for messages. */
  readonly name: string;
}

/**
 * Puts a Sigstore bundle beside the manifest that it is about. It is never replaced.
 * @throws Failure if it is about something else, or if what is there already is
 */
export async function attestVersion(request: AttestVersionRequest, store: ObjectStore): Promise<'attested' | 'present'> {
  const { image, version, bundle, owner } = request;
  assertBundleIsAbout(request, bundle, request.name);
  const key = signatureKey(image, version, 'github');
  if (await store.createOnly(key, bundle, immutableBy(owner)) === 'created') return 'attested';
  const found = await store.read(key, bundleLimit);
  if (found === undefined) throw new Failure(`${store.uri(key)} was removed while we looked at it`);
  assertBundleIsAbout(request, found.bytes, store.uri(key));
  return 'present';
}

/** @throws Failure unless the bundle's statement is about the manifest of this version */
export function assertBundleIsAbout(subject: Omit<SignVersionRequest, 'owner'>, bundle: Buffer, name: string): void {
  const statement = parseBundleStatement(bundle, name);
  const wanted = subjectOf(subject);
  if (isAbout(statement, wanted.sha256)) return;
  throw new Failure(`${name} is not about ${wanted.name} with SHA-256 ${wanted.sha256}`, {
    evidence: statement.subject.map(({ name: found = '(no name)', digest: { sha256 = '(no SHA-256)' } }) => `about: ${sha256}  ${found}`).slice(0, 8),
  });
}
