import { Failure } from '../../platform/errors.js';
import { documentKey, imagePrefix, indexKey, tryParseVersion } from '../names.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { readIndex } from './update-index.js';

/**
 * Looks for complete versions without an index: a new index would not list them. A single one may be from a first
 * publisher that died between manifest and index. Two had an index, since the next publisher writes it and retention
 * keeps two.
 * @throws Failure if the index is lost
 */
export async function assertIndexNotLost(image: string, store: ObjectStore): Promise<void> {
  const manifests: string[] = [];
  for await (const { key } of store.list(imagePrefix(image))) {
    const version = tryParseVersion(image, key);
    if (version !== undefined && key === documentKey(image, version, 'manifest.json')) manifests.push(key);
  }
  // Read the index last: it lists what was published meanwhile.
  if (manifests.length < 2 || (await readIndex(image, store)).generation > 0) return;
  throw new Failure(
    `${store.uri(indexKey(image))} is missing, but the store has ${manifests.length} complete versions`,
    {
      fix: 'restore the index from a backup or an older object version; if there never was one, remove the manifests',
      evidence: manifests.map((key) => store.uri(key)),
    },
  );
}
