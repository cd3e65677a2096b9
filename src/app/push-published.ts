import type { BuildInputs } from '../inputs/build-inputs.js';
import { formatAddress } from '../objects/store-address.js';
import { CancelledError, errorMessage, Failure } from '../platform/errors.js';
import type { Session } from '../platform/session.js';
import { formatRepository } from '../registry/reference.js';
import type { Manifest } from '../store/documents/manifest.js';
import { pushImage, type PushReport } from './push-image.js';

export type PushedBuild = Pick<PushReport, 'reference' | 'digest' | 'sentBytes'>;

interface Published extends Pick<BuildInputs, 'store'> {
  readonly publish: Pick<BuildInputs['publish'], 'registry'>;
}

/**
 * Pushes a version that a build has published, or found unchanged, to the registry of the input `publish-oci`. Also an
 * unchanged one: its index in the registry must not expire. Undefined without that input.
 * @throws Failure that says how to push again
 */
export async function pushPublished(
  { image, version }: Pick<Manifest, 'image' | 'version'>,
  { store, publish: { registry } }: Published,
  session: Session,
): Promise<PushedBuild | undefined> {
  if (registry === undefined) return undefined;
  try {
    const request = { store, image, wanted: version, repository: registry, tags: [], format: 'version' } as const;
    const { reference, digest, sentBytes } = await pushImage(request, session);
    return { reference, digest, sentBytes };
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const to = formatRepository(registry);
    const named = image === 'ubuntu-base' ? '' : ` --image-name ${image}`;
    const again = `ch-golden push ${to} ${version} --store ${formatAddress(store.address)}${named}`;
    const fix = error instanceof Failure && error.fix !== undefined ? `${error.fix}. Then push it again: ` : '';
    throw new Failure(
      `${image}.${version} is published in the store, but was not pushed to ${to}: ${errorMessage(error)}`,
      { fix: `${fix}${again}`, cause: error, evidence: error instanceof Failure ? error.evidence : [] },
    );
  }
}
