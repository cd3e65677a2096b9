import { errorMessage } from '../../platform/errors.js';
import { recordHeartbeat } from '../../store/heartbeat.js';
import type { ObjectStore } from '../../objects/object-store.js';
import type { StoredVersion } from '../../store/read-versions.js';
import { refreshIndex } from '../../store/index/update-index.js';
import type { BuildPorts } from './build-steps.js';

/**
 * Lets hosts know that their version is still current, and renews a signed index. Both are optional: a run may lack the
 * permission.
 */
export async function recordCheck(
  { manifest: { image, version } }: StoredVersion,
  { dryRun }: { readonly dryRun: boolean },
  ports: Pick<BuildPorts, 'steps' | 'owner' | 'clock' | 'signer'> & { readonly store: ObjectStore },
): Promise<void> {
  if (dryRun) return;
  await ports.steps.run('Record check', async (log) => {
    try {
      await recordHeartbeat({ image, version, owner: ports.owner }, ports);
      log.info(`${image}.${version} is up to date`);
    } catch (error) {
      log.warn(
        `Cannot record the check, so "ch-golden pull --max-age" treats the image as older: ${errorMessage(error)}`,
      );
    }
    try {
      await refreshIndex({ image, owner: ports.owner }, ports);
    } catch (error) {
      log.warn(
        'Cannot renew the signature of the index, so hosts that require it reject the index once it expires: ' +
          errorMessage(error),
      );
    }
  });
}
