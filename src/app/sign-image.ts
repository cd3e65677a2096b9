import type { SignatureOperation } from '../inputs/channel-inputs.js';
import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { Session } from '../platform/session.js';
import { attestVersion } from '../store/attest-version.js';
import type { ObjectStore } from '../objects/object-store.js';
import { findVersion } from '../store/read-versions.js';
import { removeIndexSignature, signImage, type SignImageOutcome } from '../store/sign-image.js';
import { formatSigners, type Signer } from '../store/signer.js';
import type { StoreIndex } from '../store/index/store-index.js';
import type { IndexPorts } from '../store/index/update-index.js';
import { shortenId } from '../trust/dsse.js';
import { formatSigner } from '../trust/github-identity.js';
import { verifyAnyBundle, type Attestation } from '../trust/sigstore.js';
import { getPublicRoots } from '../trust/trusted-root.js';
import type { ChannelReport } from './channel-report.js';
import { loadTrustedRoots, readSigstoreFile } from './trusted-roots.js';

type Of<Name extends SignatureOperation['operation']> = Extract<SignatureOperation, { readonly operation: Name }> & {
  readonly image: string;
};

type Ports = IndexPorts & Pick<Session, 'owner'>;

/** Signs versions that were published without the key, and the index. */
export async function signVersions({ image, wanted }: Of<'sign'>, ports: Ports): Promise<ChannelReport> {
  const { signer } = ports;
  if (signer === undefined)
    throw new UsageError('sign needs a key', { fix: 'set sign-key ("ch-golden key create" creates one)' });
  const outcome = await signImage(withoutUndefined({ image, owner: ports.owner, wanted }), { ...ports, signer });
  const { signed, present, replaced } = outcome;
  return {
    operation: 'sign',
    image,
    changed: signed.length > 0 || replaced !== undefined,
    versions: [...signed, ...present],
    moves: [],
    lines: formatOutcome(image, outcome, signer),
  };
}

/** The output names everything that was signed: nobody should sign what they did not publish. */
function formatOutcome(
  image: string,
  { signed, present, replaced, index }: SignImageOutcome,
  { key }: Signer,
): readonly string[] {
  const by = `by key ${shortenId(key.id)}`;
  const others = replaced?.filter(({ keyid }) => keyid !== key.id) ?? [];
  const before = others.length === 0 ? '' : `, previously by ${formatSigners(others)}`;
  return [
    ...signed.map((version) => `${image}.${version}: signed ${by}`),
    ...present.map((version) => `${image}.${version}: already signed ${by}`),
    replaced === undefined ? `index: already signed ${by}` : `index: signed ${by}${before}`,
    ...(replaced === undefined ? [] : [`index: ${formatIndex(index)}`]),
  ];
}

function formatIndex({ channels, revoked, expires = '' }: StoreIndex): string {
  const named = Object.entries(channels).map(([name, { version }]) => `${name} → ${version}`);
  return [...named, `revoked: ${Object.keys(revoked).join(', ') || 'none'}`, `valid until ${expires}`].join('; ');
}

export async function removeSignature(image: string, ports: Omit<Ports, 'signer'>): Promise<ChannelReport> {
  const { changed } = await removeIndexSignature({ image, owner: ports.owner }, ports);
  const line = changed ? 'index: no longer signed; hosts that require its signature reject it' : 'index: not signed';
  return { operation: 'unsign', image, changed, versions: [], moves: [], lines: [line] };
}

/** Stores a Sigstore bundle beside the manifest that it attests. */
export async function attestImage(
  { image, wanted, bundle: path, trustedRoot }: Of<'attest'>,
  { store, owner }: { readonly store: ObjectStore; readonly owner: string },
): Promise<ChannelReport> {
  const {
    manifest: { version },
    manifestSha256,
  } = await findVersion(image, wanted, store);
  const name = `bundle ${quoteText(path)}`;
  const roots = (await loadTrustedRoots(trustedRoot)) ?? getPublicRoots();
  const bundle = await readSigstoreFile(path);
  const verify = (bytes: Buffer, of: string): Attestation => verifyAnyBundle(bytes, roots, of);
  const { changed, signer } = await attestVersion(
    { image, version, manifestSha256, owner, bundle, name },
    { store, verify },
  );
  return {
    operation: 'attest',
    image,
    changed,
    versions: [version],
    moves: [],
    lines: [`${image}.${version}: ${changed ? 'attested' : 'already attested'} by ${formatSigner(signer)}`],
  };
}
