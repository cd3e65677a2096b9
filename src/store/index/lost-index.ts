import { Failure } from '../../platform/errors.js';
import { documentKey, imagePrefix, indexKey, tryParseVersion } from '../names.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { readIndex } from './update-index.js';

/**
 * Looks for versions without an index, where a new index would not know them. One alone may be that of a first publisher which
 * died between manifest and index. Two had an index: whoever comes after such a publisher writes it, and retention leaves two.
 * @throws Failure where the index is lost
 */
export async function assertIndexNotLost(image: string, store: ObjectStore): Promise<void> {
  const manifests: string[] = [];
  for await (const { key } of store.list(imagePrefix(image))) {
    const version = tryParseVersion(image, key);
    if (version !== undefined && key === documentKey(image, version, 'manifest.json')) manifests.push(key);
  }
  // The index is read last: what is published meanwhile is in it.
  if (manifests.length < 2 || (await readIndex(image, store)).generation > 0) return;
  throw new Failure(`${store.uri(indexKey(image))} is missing, and ${manifests.length} whole versions are there`, {
    fix: 'restore the index, from a backup or the older versions that the bucket keeps; where there never was one, remove the manifests',
    evidence: manifests.map((key) => store.uri(key)),
  });
}
