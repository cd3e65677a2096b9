import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import type { DsseSignature } from '../trust/dsse.js';
import { indexKey } from './names.js';
import { readLive } from './read-versions.js';
import { signVersion } from './sign-version.js';
import type { Signer } from './signer.js';
import { getLive, tryGetChannel, type LiveVersion, type StoreIndex } from './index/store-index.js';
import { assertIndexSignable, readIndex, refreshIndex, updateIndex, type IndexPorts } from './index/update-index.js';

export interface SignImageRequest {
  readonly image: string;
  readonly owner: string;
  /** A version by its number or channel; by default every live version that is not revoked. */
  readonly wanted?: number | string | undefined;
}

export interface SignImageOutcome {
  /** Versions signed now. */
  readonly signed: readonly number[];
  /** Versions that the key had already signed. */
  readonly present: readonly number[];
  /** Signatures of the index that were replaced; undefined if the index did not change. */
  readonly replaced: readonly DsseSignature[] | undefined;
  readonly index: StoreIndex;
}

/**
 * Signs versions that were published without the key, and the index, whoever signed it before. This is the only command
 * that trusts the content of the store: whoever runs it vouches for it.
 */
export async function signImage(
  { image, owner, wanted }: SignImageRequest,
  ports: IndexPorts & { readonly signer: Signer },
): Promise<SignImageOutcome> {
  const { store, signer } = ports;
  await assertIndexSignable(image, ports, 'replace');
  const before = await readIndex(image, store);
  if (before.generation === 0)
    throw new Failure(`${image} has no versions: ${store.uri(indexKey(image))} does not exist`);
  const outcomes: { readonly version: number; readonly isNew: boolean }[] = [];
  for (const live of selectVersions(before, wanted)) {
    const { manifestSha256 } = await readLive(image, live, store);
    const isNew =
      (await signVersion({ image, version: live.version, manifestSha256, owner }, { ...ports, key: signer.key })) ===
      'signed';
    outcomes.push({ version: live.version, isNew });
  }
  // The index comes last: a host that finds it signed finds the versions signed too.
  const index = await refreshIndex({ image, owner, signatures: 'replace' }, ports);
  return {
    signed: outcomes.filter(({ isNew }) => isNew).map(({ version }) => version),
    present: outcomes.filter(({ isNew }) => !isNew).map(({ version }) => version),
    replaced: index.generation === before.generation ? undefined : (before.signatures ?? []),
    index,
  };
}

function selectVersions(index: StoreIndex, wanted: number | string | undefined): readonly LiveVersion[] {
  if (wanted === undefined) return index.live.filter(({ version }) => index.revoked[version] === undefined);
  if (typeof wanted === 'number') return [getLive(index, wanted)];
  const channel = tryGetChannel(index, wanted);
  if (channel !== undefined) return [channel];
  throw new Failure(`${index.image} has no channel ${quoteText(wanted)}`, { fix: 'list channels: ch-golden list' });
}

/** Removes the signature from the index, so that it can be written without a key. Signatures of versions stay. */
export async function removeIndexSignature(
  { image, owner }: Pick<SignImageRequest, 'image' | 'owner'>,
  { store, clock }: Pick<IndexPorts, 'store' | 'clock'>,
): Promise<{ readonly changed: boolean }> {
  let changed = false;
  const change = (index: StoreIndex): StoreIndex => {
    changed = index.signatures !== undefined || index.expires !== undefined;
    return changed ? { ...index } : index;
  };
  await updateIndex({ image, owner, signatures: 'remove', change }, { store, clock });
  return { changed };
}
