import { errorMessage, Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Revocation } from '../store/index/store-index.js';
import { readSeen } from './seen-file.js';
import { tryReadManifest, type LocalVersion } from './local-versions.js';
import { tryGetRevocation, type SeenRevocation, type SeenState } from './seen-state.js';

/** Why a version on this host must not be used; undefined if the host has not seen it revoked. */
export function tryGetLocalRevocation(
  seen: SeenState,
  { version, bytes }: Pick<LocalVersion, 'version' | 'bytes'>,
): SeenRevocation | undefined {
  return tryGetRevocation(seen, { version, manifestSha256: sha256Of(bytes) });
}

/** Why a VM's version must not be used, even if its files are gone; or why that is unknown. For people. */
export async function tryReadRevokedReason(
  root: string,
  { image, version }: Pick<LocalVersion, 'image' | 'version'>,
): Promise<string | undefined> {
  try {
    const seen = await readSeen(root, image);
    const ofNumber = tryGetRevocation(seen, { version });
    const bytes = ofNumber === undefined ? undefined : await tryReadManifest(root, image, version);
    return (bytes === undefined ? ofNumber : tryGetLocalRevocation(seen, { version, bytes }))?.reason;
  } catch (error) {
    return `unknown: ${errorMessage(error)}`;
  }
}

interface RevocationCheck {
  readonly image: string;
  readonly version: number;
  /** As in the store now, or as this host remembers it. */
  readonly revocation: Revocation | SeenRevocation | undefined;
  readonly allowRevoked: boolean | undefined;
}

/** Warns about a revoked version that is allowed. @throws Failure for one that is not */
export function assertNotRevoked({ image, version, revocation, allowRevoked }: RevocationCheck, log: Log): void {
  if (revocation === undefined) return;
  const { reason, replacement } = revocation;
  if (allowRevoked === true) {
    log.warn(`REVOKED: ${image}.${version} must not be used: ${reason}. Used because of --allow-revoked`);
    return;
  }
  const why = 'store' in revocation ? `${reason} (since ${revocation.at}, by ${revocation.store})` : reason;
  throw new Failure(`version ${version} of ${image} is revoked: ${why}`, {
    fix:
      replacement === undefined
        ? 'choose another version: ch-golden list'
        : `pull its replacement: ch-golden pull ${replacement}`,
  });
}
