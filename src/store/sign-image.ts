import { Failure } from '../platform/errors.js';
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
  /** A version by its number or channel; without it, every live version that is not revoked. */
  readonly wanted?: number | string;
}

export interface SignImageOutcome {
  /** Versions that the key has signed now. */
  readonly signed: readonly number[];
  /** Versions that it had signed before. */
  readonly present: readonly number[];
  /** Signatures of the index that were replaced; undefined if the index was left as it is. */
  readonly replaced?: readonly DsseSignature[];
  readonly index: StoreIndex;
}

/**
 * Signs versions that were published without the key, and the index, whoever signed it before. This is the one command that
 * trusts what is in the store: whoever calls it vouches for it.
 */
export async function signImage(
  { image, owner, wanted }: SignImageRequest,
  ports: IndexPorts & { readonly signer: Signer },
): Promise<SignImageOutcome> {
  const { store, signer } = ports;
  await assertIndexSignable(image, ports, 'replace');
  const before = await readIndex(image, store);
  if (before.generation === 0)
    throw new Failure(`there is no version of ${image}: ${store.uri(indexKey(image))} does not exist`);
  const outcomes: { readonly version: number; readonly isNew: boolean }[] = [];
  for (const live of selectVersions(before, wanted)) {
    const { manifestSha256 } = await readLive(image, live, store);
    const isNew =
      (await signVersion({ image, version: live.version, manifestSha256, owner }, { ...ports, key: signer.key })) ===
      'signed';
    outcomes.push({ version: live.version, isNew });
  }
  // The index is last: a host that finds it signed finds the versions signed as well.
  const index = await refreshIndex({ image, owner, signatures: 'replace' }, ports);
  return {
    signed: outcomes.filter(({ isNew }) => isNew).map(({ version }) => version),
    present: outcomes.filter(({ isNew }) => !isNew).map(({ version }) => version),
    ...(index.generation === before.generation ? {} : { replaced: before.signatures ?? [] }),
    index,
  };
}

function selectVersions(index: StoreIndex, wanted: number | string | undefined): readonly LiveVersion[] {
  if (wanted === undefined) return index.live.filter(({ version }) => index.revoked[version] === undefined);
  if (typeof wanted === 'number') return [getLive(index, wanted)];
  const channel = tryGetChannel(index, wanted);
  if (channel !== undefined) return [channel];
  throw new Failure(`there is no channel ${wanted} of ${index.image}`, { fix: 'ch-golden list shows the channels' });
}

/** Takes the signature off the index, so that it can be written without a key. Signatures of versions stay. */
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
