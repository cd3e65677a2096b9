import { resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import type { VersionSigner } from '../trust/policy.js';
import { tryFindProblem } from './check-file.js';
import { withHostLock } from './host-directories.js';
import { readSeen } from './seen-file.js';
import {
  verifiedDateOf,
  isComplete,
  listLocalVersions,
  switchCurrent,
  tryReadCurrent,
  type LocalVersion,
} from './local-versions.js';
import type { HostPorts } from './ports.js';
import { assertNotRevoked, tryGetLocalRevocation } from './revoked.js';
import { isRolledBack, markRolledBack } from './rolled-back.js';
import type { SeenRevocation, SeenState } from './seen-state.js';
import { assertVersionFiles } from './version-gate.js';
import { verifyLocal } from './version-signatures.js';

export interface RollBackRequest {
  readonly root: string;
  readonly image: string;
  /** Accept a revoked version, with a warning. */
  readonly allowRevoked?: boolean | undefined;
}

export interface RolledBack {
  /** The version in use now. */
  readonly local: LocalVersion;
  /** The version that was in use. */
  readonly from: number;
  /** Why the version in use now must not be used. */
  readonly revoked: SeenRevocation | undefined;
  /** Who signed the version in use now; undefined if this host has no trust policy. */
  readonly signedBy: VersionSigner | undefined;
}

/**
 * Switches to the previous version on this host once its files are verified, without the store. The version that was
 * in use is marked, so that no channel brings it back.
 * @throws Failure if there is no previous version, or its files are damaged
 */
export async function rollBack(request: RollBackRequest, ports: Omit<HostPorts, 'clock'>): Promise<RolledBack> {
  const root = resolve(request.root);
  const { image, allowRevoked } = request;
  const choose = async (): Promise<Choice> => choosePrevious({ ...request, root });
  const { from, previous, revoked, skipped } = await withHostLock(root, 'switch', ports, choose);
  for (const { version, reason } of skipped)
    ports.log.warn(`${image}.${version} is skipped because it is revoked: ${reason}`);
  assertNotRevoked({ image, version: previous.version, revocation: revoked, allowRevoked }, ports.log);
  const signedBy = await verifyLocal(root, previous);
  // Without the lock: this can take minutes.
  await assertUndamaged(previous, ports);
  await assertVersionFiles(previous);
  return withHostLock(root, 'switch', ports, async () => {
    const now = await choose();
    if (now.from !== from || !now.previous.bytes.equals(previous.bytes)) {
      throw new Failure(
        `the versions of ${image} on this host changed while ${image}.${previous.version} was verified`,
        { fix: 'ch-golden host rollback' },
      );
    }
    await markRolledBack(root, image, from);
    await switchCurrent(root, image, previous.version);
    return { local: previous, from, revoked, signedBy };
  });
}

interface Choice {
  readonly from: number;
  readonly previous: LocalVersion;
  readonly revoked: SeenRevocation | undefined;
  /** Newer than the previous version, but revoked. */
  readonly skipped: readonly SeenRevocation[];
}

async function choosePrevious({ root, image, allowRevoked = false }: RollBackRequest): Promise<Choice> {
  const from = await tryReadCurrent(root, image);
  if (from === undefined) throw new Failure(`no version of ${image} is in use on this host`, { fix: 'ch-golden pull' });
  const seen = await readSeen(root, image);
  const skipped: SeenRevocation[] = [];
  for (const candidate of await listPrevious(root, (await listLocalVersions(root, image)).versions, from)) {
    const revoked = tryGetLocalRevocation(seen, candidate);
    if (revoked === undefined || allowRevoked) return { from, previous: candidate, revoked, skipped };
    skipped.push(revoked);
  }
  if (skipped.length === 0) {
    throw new Failure(`no complete version of ${image} before ${from} is on this host`, {
      fix: 'pull one: ch-golden pull N',
    });
  }
  const reasons = skipped.map(({ version, reason }) => `${version} (${reason})`).join(', ');
  throw new Failure(`every complete version of ${image} before ${from} on this host is revoked: ${reasons}`, {
    fix: 'pull a different one: ch-golden pull N; or use a revoked one: ch-golden host rollback --allow-revoked',
  });
}

/**
 * Lists the complete versions before the one in use, newest first, without those that the host was rolled back from.
 */
async function listPrevious(
  root: string,
  versions: readonly LocalVersion[],
  current: number,
): Promise<readonly LocalVersion[]> {
  const previous: LocalVersion[] = [];
  for (const candidate of versions) {
    const isOlder = candidate.version < current && !(await isRolledBack(root, candidate.image, candidate.version));
    if (isOlder && (await isComplete(candidate))) previous.push(candidate);
  }
  return previous;
}

/** The version that a rollback switches to: the newest one that is not revoked. */
export async function tryFindPrevious(
  root: string,
  versions: readonly LocalVersion[],
  current: number,
  seen: SeenState,
): Promise<LocalVersion | undefined> {
  return (await listPrevious(root, versions, current)).find(
    (candidate) => tryGetLocalRevocation(seen, candidate) === undefined,
  );
}

/** Hashes all files, except an image that is unmodified since it was pulled. */
async function assertUndamaged(
  { image, version, manifest, files }: LocalVersion,
  ports: Omit<HostPorts, 'clock'>,
): Promise<void> {
  for (const file of files) {
    const problem = await tryFindProblem({ ...file, verifiedDate: verifiedDateOf(file, manifest) }, ports);
    if (problem === undefined) continue;
    throw new Failure(`${image}.${version} is damaged: ${problem}`, {
      fix: `ch-golden pull ${version} --verify`,
    });
  }
}
