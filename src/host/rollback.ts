import { resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { VersionSigner } from '../trust/policy.js';
import { tryFindProblem } from './check-file.js';
import { withHostLock } from './host-directories.js';
import { readSeen } from './keep-seen.js';
import { dateOf, isWhole, listKept, switchCurrent, tryReadCurrent, type KeptVersion } from './kept-versions.js';
import { assertNotRevoked, tryGetKeptRevocation } from './revoked.js';
import { isRolledBack, markRolledBack } from './rolled-back.js';
import type { SeenRevocation, SeenState } from './seen-state.js';
import { assertVersionFiles } from './version-gate.js';
import { verifyKept } from './version-signatures.js';

export interface RollBackRequest {
  readonly root: string;
  readonly image: string;
  /** Take a revoked version, with a warning. */
  readonly allowRevoked?: boolean | undefined;
}

interface RollBackPorts {
  readonly processes: Processes;
  readonly log: Log;
  readonly signal: AbortSignal;
}

export interface RolledBack {
  /** The version in use now. */
  readonly kept: KeptVersion;
  /** The version that was in use. */
  readonly from: number;
  /** Why the version in use now must not be used. */
  readonly revoked?: SeenRevocation;
  /** Who signed the version in use now; absent if this host has no trust policy. */
  readonly signedBy?: VersionSigner;
}

/**
 * Takes the previous kept version into use, from this host alone, once its files are verified. The one that was in use is
 * marked, so that no channel brings it back. @throws Failure if there is none, or if its files are damaged
 */
export async function rollBack(request: RollBackRequest, ports: RollBackPorts): Promise<RolledBack> {
  const root = resolve(request.root);
  const { image, allowRevoked } = request;
  const choose = async (): Promise<Choice> => choosePrevious({ ...request, root });
  const { from, previous, revoked, skipped } = await withHostLock(root, 'switch', ports, choose);
  for (const { version, reason } of skipped) ports.log.warn(`${image}.${version} is revoked and is skipped: ${reason}`);
  assertNotRevoked({ image, version: previous.version, revocation: revoked, allowRevoked }, ports.log);
  const signedBy = await verifyKept(root, previous);
  // This takes minutes for large images: nobody has to wait for the lock meanwhile.
  await assertUndamaged(previous, ports);
  await assertVersionFiles(previous);
  return withHostLock(root, 'switch', ports, async () => {
    const now = await choose();
    if (now.from !== from || !now.previous.bytes.equals(previous.bytes)) {
      throw new Failure(
        `the versions of ${image} on this host changed while ${image}.${previous.version} was verified`,
        {
          fix: 'ch-golden host rollback',
        },
      );
    }
    await markRolledBack(root, image, from);
    await switchCurrent(root, image, previous.version);
    return {
      kept: previous,
      from,
      ...(revoked === undefined ? {} : { revoked }),
      ...(signedBy === undefined ? {} : { signedBy }),
    };
  });
}

interface Choice {
  readonly from: number;
  readonly previous: KeptVersion;
  readonly revoked: SeenRevocation | undefined;
  /** Newer than the previous version, but revoked. */
  readonly skipped: readonly SeenRevocation[];
}

async function choosePrevious({ root, image, allowRevoked = false }: RollBackRequest): Promise<Choice> {
  const from = await tryReadCurrent(root, image);
  if (from === undefined) throw new Failure(`no version of ${image} is in use on this host`, { fix: 'ch-golden pull' });
  const seen = await readSeen(root, image);
  const skipped: SeenRevocation[] = [];
  for (const candidate of await listPrevious(root, (await listKept(root, image)).kept, from)) {
    const revoked = tryGetKeptRevocation(seen, candidate);
    if (revoked === undefined || allowRevoked) return { from, previous: candidate, revoked, skipped };
    skipped.push(revoked);
  }
  if (skipped.length === 0) {
    throw new Failure(`no whole version of ${image} before ${from} is kept on this host`, {
      fix: 'name one: ch-golden pull N',
    });
  }
  const reasons = skipped.map(({ version, reason }) => `${version} (${reason})`).join(', ');
  throw new Failure(`every whole version of ${image} before ${from} on this host is revoked: ${reasons}`, {
    fix: 'name another: ch-golden pull N; or take a revoked one: ch-golden host rollback --allow-revoked',
  });
}

/** The whole versions before the one in use that were not rolled back from themselves, newest first. */
async function listPrevious(
  root: string,
  kept: readonly KeptVersion[],
  current: number,
): Promise<readonly KeptVersion[]> {
  const previous: KeptVersion[] = [];
  for (const candidate of kept) {
    const isOlder = candidate.version < current && !(await isRolledBack(root, candidate.image, candidate.version));
    if (isOlder && (await isWhole(candidate))) previous.push(candidate);
  }
  return previous;
}

/** The version that a rollback takes: the newest of those that are not revoked. */
export async function tryFindPrevious(
  root: string,
  kept: readonly KeptVersion[],
  current: number,
  seen: SeenState,
): Promise<KeptVersion | undefined> {
  return (await listPrevious(root, kept, current)).find(
    (candidate) => tryGetKeptRevocation(seen, candidate) === undefined,
  );
}

/** An image that nobody has written to since it was pulled is not read again; all else is hashed. */
async function assertUndamaged({ image, version, manifest, files }: KeptVersion, ports: RollBackPorts): Promise<void> {
  for (const file of files) {
    const problem = await tryFindProblem({ ...file, ...dateOf(file, manifest) }, ports);
    if (problem === undefined) continue;
    throw new Failure(`${image}.${version} is damaged, and is not taken into use: ${problem}`, {
      fix: `ch-golden pull ${version} --verify`,
    });
  }
}
