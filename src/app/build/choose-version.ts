import type { BuildInputs } from '../../inputs/build-inputs.js';
import { Failure } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import { assertClaimable } from '../../store/claim-version.js';
import type { Builder } from '../../store/documents/manifest.js';
import { tryParseTag } from '../../store/names.js';
import type { ObjectStore } from '../../objects/object-store.js';
import { readLive, type StoredVersion } from '../../store/read-versions.js';
import { readIndex } from '../../store/index/update-index.js';

type PublishInputs = BuildInputs['publish'];

/**
 * Looks up the version that was requested by its number or by a tag, before minutes of work.
 * @returns the published version, which may have the same content; undefined if the number is free, or none was
 * requested
 * @throws Failure if the number is taken or revoked
 */
export async function tryGetRequestedVersion(
  publish: Pick<PublishInputs, 'image' | 'version' | 'tag' | 'dryRun'>,
  ports: { readonly store: ObjectStore; readonly builder: Builder; readonly log: Log },
): Promise<StoredVersion | undefined> {
  const { image, version, tag, dryRun } = publish;
  const { store, builder, log } = ports;
  logUnusedTag(publish, log);
  if (version === undefined || dryRun) return undefined;
  const source = tag === undefined || tryParseTag(image, tag) !== version ? '' : `, from tag ${tag}`;
  log.info(`Requested version: ${image}.${version}${source}`);
  const index = await readIndex(image, store);
  const live = index.live.find((one) => one.version === version);
  if (live === undefined) {
    await assertClaimable({ image, version, builder }, store);
    return undefined;
  }
  const revocation = index.revoked[version];
  if (revocation !== undefined)
    throw new Failure(`version ${version} of ${image} is published and revoked: ${revocation.reason}`, {
      fix: 'publish a different version',
    });
  return readLive(image, live, store);
}

/**
 * A tag that looks like a version of an image, and sets none, is probably a mistake. Other tags, such as v1.2.3, are
 * not reported.
 */
function logUnusedTag(
  { image, version, tag }: Pick<PublishInputs, 'image' | 'version' | 'tag'>,
  log: Pick<Log, 'info' | 'warn'>,
): void {
  if (tag === undefined) return;
  const tagged = tryParseTag(image, tag);
  if (tagged !== undefined && tagged === version) return;
  const notUsed = `Tag ${quoteText(tag)} does not set the version`;
  if (tagged !== undefined) {
    log.info(`${notUsed}: the input version is ${version ?? 'empty'}`);
    return;
  }
  const expected = `a tag for image-name ${quoteText(image)} is ${image}.N, with N from 1 to 999999999`;
  if (tag.startsWith(`${image}.`) || /^[a-z][a-z-]*(\.[a-z-]+)*\.\d+$/i.test(tag)) log.warn(`${notUsed}: ${expected}`);
  else log.info(`${notUsed}: ${expected}`);
}

/**
 * @param differences what the build would change
 * @throws Failure if the published version was built from something else
 */
export function assertSameFingerprint({ manifest }: StoredVersion, fingerprint: string, differences: string): void {
  if (manifest.fingerprint === fingerprint) return;
  throw new Failure(`version ${manifest.version} of ${manifest.image} is already published, with different content`, {
    evidence: [`changed since then: ${differences}`],
    fix: 'a version never changes: publish a different one',
  });
}
