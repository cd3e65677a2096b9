import { errorMessage } from '../../platform/errors.js';
import type { Steps } from '../../platform/progress/steps.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { tryReadInventory } from '../../store/documents/inventory-document.js';
import type { ObjectStore } from '../../objects/object-store.js';
import type { StoredVersion } from '../../store/read-versions.js';
import type { VersionParts } from '../../store/documents/version-facts.js';

/** What the new version is compared with. Without an inventory the changelog is shorter, but the build goes on. */
export async function readPrevious(
  newest: StoredVersion | undefined,
  { store, steps }: { readonly store: ObjectStore; readonly steps: Steps },
): Promise<VersionParts['previous']> {
  if (newest?.manifest.documents?.inventory === undefined) return newest;
  const { manifest } = newest;
  return steps.run('Read previous version', async (log) => {
    try {
      const inventory = await tryReadInventory(manifest, store);
      return withoutUndefined({ manifest, inventory });
    } catch (error) {
      log.warn(`The changelog has no files: ${errorMessage(error)}`);
      return { manifest };
    }
  });
}
