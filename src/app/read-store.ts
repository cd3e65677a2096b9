import type { ObjectStore } from '../store/object-store.js';
import { Failure } from '../platform/errors.js';
import { getVersion, tryGetChannelVersion, type StoredVersion } from '../store/read-versions.js';

/** A version by its number, or the one that a channel names. @throws Failure where there is none */
export async function getWantedVersion(
  request: { readonly image: string; readonly wanted: number | string; readonly store: ObjectStore },
): Promise<StoredVersion> {
  const { image, wanted, store } = request;
  if (typeof wanted === 'number') return getVersion(image, wanted, store);
  const found = await tryGetChannelVersion(image, wanted, store);
  if (found !== undefined) return found;
  throw new Failure(`there is no channel ${wanted} of ${image} in the store`, { mend: 'ch-golden list' });
}
