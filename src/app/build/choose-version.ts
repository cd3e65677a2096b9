import type { BuildInputs } from '../../inputs/build-inputs.js';
import { Failure } from '../../platform/errors.js';
import type { Log } from '../../platform/progress/log.js';
import { assertClaimable } from '../../store/claim-version.js';
import type { Builder } from '../../store/documents/manifest.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { readLive, type StoredVersion } from '../../store/read-versions.js';
import { readIndex } from '../../store/index/update-index.js';

/**
 * Looks at the version that was asked for by its number or by a tag, before minutes of work: gives the published one,
 * which may have the same content; undefined where the number is free. @throws Failure where it is taken or revoked
 */
export async function tryGetAskedVersion(
  { image, version, tag, dryRun }: BuildInputs['publish'],
  ports: { readonly store: ObjectStore; readonly builder: Builder; readonly log: Log },
): Promise<StoredVersion | undefined> {
  const { store, builder, log } = ports;
  if (version === undefined || dryRun) return undefined;
  log.info(`the version is to be ${image}.${version}${tag === undefined ? '' : `, by the tag ${tag}`}`);
  const index = await readIndex(image, store);
  const live = index.live.find((one) => one.version === version);
  if (live === undefined) {
    await assertClaimable({ image, version, builder }, store);
    return undefined;
  }
  const revocation = index.revoked[version];
  if (revocation !== undefined)
    throw new Failure(`version ${version} of ${image} is published, and revoked: ${revocation.reason}`, {
      fix: 'publish under another version',
    });
  return readLive(image, live, store);
}

/** @throws Failure where the published version was made from something else */
export function assertSameFingerprint({ manifest }: StoredVersion, fingerprint: string): void {
  if (manifest.fingerprint === fingerprint) return;
  throw new Failure(`version ${manifest.version} of ${manifest.image} is published already, with other content`, {
    fix: 'a version never changes: publish under another one',
  });
}
