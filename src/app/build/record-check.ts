import { errorMessage } from '../../platform/errors.js';
import { recordHeartbeat } from '../../store/heartbeat.js';
import type { ObjectStore } from '../../objects/object-store.js';
import type { StoredVersion } from '../../store/read-versions.js';
import { refreshIndex } from '../../store/index/update-index.js';
import type { BuildPorts } from './build-steps.js';

/**
 * Lets hosts know that somebody has looked, and that what they have is current. Keeps a signed index valid.
 * A run that may not write does neither.
 */
export async function recordCheck(
  { manifest: { image, version } }: StoredVersion,
  { dryRun }: { readonly dryRun: boolean },
  ports: BuildPorts & { readonly store: ObjectStore },
): Promise<void> {
  if (dryRun) return;
  await ports.steps.run('Record check', async (log) => {
    try {
      await recordHeartbeat({ image, version, owner: ports.owner }, ports);
      log.info(`${image}.${version} is what would be built`);
    } catch (error) {
      log.warn(
        `it could not be noted: ${errorMessage(error)}; ch-golden pull --max-age takes the image for older than it is`,
      );
    }
    try {
      await refreshIndex({ image, owner: ports.owner }, ports);
    } catch (error) {
      log.warn(
        `the index could not be signed again: ${errorMessage(error)}; hosts that require a signature reject it once it has expired`,
      );
    }
  });
}
