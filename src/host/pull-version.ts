import { resolve } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { retryTransient } from '../platform/retry.js';
import type { Manifest } from '../store/documents/manifest.js';
import { findVersion, type AcceptIndex } from '../store/read-versions.js';
import { assertFewZeros } from '../store/zero-limit.js';
import type { VersionSigner } from '../trust/policy.js';
import { cacheIndex } from './cached-index.js';
import { assertCloudHypervisor, warnOfDefects } from './check-host.js';
import type { Transfer } from './fetch-file.js';
import type { FetchPorts } from './fetch-runs.js';
import { assertChunkSize, fetchVersionFiles, noTransfer } from './fetch-version-files.js';
import { createHostDirectories, withHostLock } from './host-directories.js';
import {
  isComplete,
  readLocalVersion,
  switchCurrent,
  tryReadCurrent,
  tryReadManifest,
  type LocalVersion,
} from './local-versions.js';
import type { HostPorts } from './ports.js';
import { assertNotRevoked, tryGetLocalRevocation } from './revoked.js';
import { clearRolledBack, isRolledBack } from './rolled-back.js';
import { saveRecord } from './save-record.js';
import { acceptForward, readSeen } from './seen-file.js';
import { tryGetRevocation, type SeenRevocation } from './seen-state.js';
import { acceptSignedIndex, readPolicy } from './trust-policy.js';
import { assertVersionFiles } from './version-gate.js';
import { assertPolicy, saveSignatures, verifyFound, verifyLocal } from './version-signatures.js';

export interface PullRequest {
  /** The directory with `snapshots`, `kernels` and so on. */
  readonly root: string;
  readonly image: string;
  /** A number, or the name of a channel. */
  readonly wanted: number | string;
  /** Rehash the files of the version even if it is in use. */
  readonly verify: boolean;
  /** Accept a revoked version, with a warning. */
  readonly allowRevoked?: boolean;
  /** Fail if this host has no trust policy. With one, a signature is always required. */
  readonly requireSignature?: boolean;
}

export type PullPorts = FetchPorts & HostPorts;

export interface Pulled {
  /** The version in use now. */
  readonly local: LocalVersion;
  /** Whether it was not in use before, or was repaired. */
  readonly changed: boolean;
  /** The requested version: its number, and its build date (ISO 8601). */
  readonly found: number;
  readonly created: string;
  /** The version that the channel names, if this host does not follow because it was rolled back from it. */
  readonly heldBack?: number | undefined;
  /** Why the version in use must not be used. */
  readonly revoked?: Pick<SeenRevocation, 'reason' | 'replacement'> | undefined;
  /** Who signed the version in use; undefined if this host has no trust policy. */
  readonly signedBy?: VersionSigner | undefined;
  readonly transfer: Transfer;
  readonly durationMs: number;
}

/**
 * Fetches a version and switches to it once every byte is verified and durable. Until then the previous version stays
 * in use, even if this process is killed; the next pull resumes.
 */
export async function pullVersion(request: PullRequest, ports: PullPorts): Promise<Pulled> {
  const start = ports.clock.now();
  const root = resolve(request.root);
  await createHostDirectories(root);
  return withHostLock(root, 'pull', ports, async () => {
    const pulled = await pullLocked({ ...request, root }, ports);
    const revoked = tryGetLocalRevocation(await readSeen(root, request.image), pulled.local);
    return { ...pulled, revoked, durationMs: ports.clock.now() - start };
  });
}

async function pullLocked(request: PullRequest, ports: PullPorts): Promise<Omit<Pulled, 'durationMs'>> {
  const { root, image, wanted, allowRevoked } = request;
  const policy = await readPolicy(root);
  assertPolicy(policy, { requireSignature: request.requireSignature === true, log: ports.log });
  const store = cacheIndex(root, image, ports.store);
  const accept = acceptAll(acceptSignedIndex(policy, ports.clock), acceptForward(root, image));
  const hooks = { tryReadKept: async (number: number) => tryReadManifest(root, image, number), accept };
  const found = await retryTransient(ports, async () => findVersion(image, wanted, store, hooks));
  assertNotFromFuture(found.manifest, ports.clock);
  const { version, created } = found.manifest;
  const revocation =
    found.revocation ??
    tryGetRevocation(await readSeen(root, image), { version, manifestSha256: found.manifestSha256 });
  assertNotRevoked({ image, version, revocation, allowRevoked }, ports.log);
  const current = await tryReadCurrent(root, image);
  if (await isHeldBack(version, request))
    return { ...(await holdBack(version, request, ports)), found: version, created, transfer: noTransfer };
  const signed = policy === undefined ? undefined : await verifyFound(found, { root, policy }, { ...ports, store });
  const release = await assertCloudHypervisor(found.manifest, ports);
  found.manifest.files.forEach(assertChunkSize);
  found.manifest.files.forEach(assertFewZeros);
  const local = await saveRecord(root, found, ports.log);
  if (signed !== undefined) await saveSignatures(root, local, signed.signatures);
  const transfer = await fetchVersionFiles(local, { ...request, isInUse: current === version }, ports);
  if (!(await isComplete(local)))
    throw new Failure(`${image}.${version} is incomplete: another process removed its files`);
  // All files: those that were here already may come from a release without this check.
  await assertVersionFiles(local);
  if (!(await switchTo(version, request, ports)))
    return { ...(await holdBack(version, request, ports)), found: version, created, transfer };
  const changed = current !== version || transfer.fetched + transfer.reused > 0;
  if (changed && release !== undefined) warnOfDefects(release, found.manifest, ports.log);
  return { local, changed, found: version, created, transfer, signedBy: signed?.signer };
}

/** In this order: an index is only remembered once its signature is verified. */
function acceptAll(...checks: readonly AcceptIndex[]): AcceptIndex {
  return async (index, bytes, uri) => {
    for (const check of checks) await check(index, bytes, uri);
  };
}

/** True if a channel names a version that this host was rolled back from. */
async function isHeldBack(version: number, { root, image, wanted }: PullRequest): Promise<boolean> {
  const current = await tryReadCurrent(root, image);
  return typeof wanted === 'string' && current !== undefined && version > current && isRolledBack(root, image, version);
}

/** @returns false if the host was rolled back from the version while it was pulled */
async function switchTo(version: number, request: PullRequest, ports: PullPorts): Promise<boolean> {
  const { root, image } = request;
  return withHostLock(root, 'switch', ports, async () => {
    if (await isHeldBack(version, request)) return false;
    if ((await tryReadCurrent(root, image)) !== version) await switchCurrent(root, image, version);
    await clearRolledBack(root, image, version);
    return true;
  });
}

async function holdBack(
  version: number,
  { root, image, wanted }: PullRequest,
  { log }: PullPorts,
): Promise<Pick<Pulled, 'local' | 'changed' | 'heldBack' | 'signedBy'>> {
  const current = (await tryReadCurrent(root, image)) ?? version;
  log.warn(
    `${wanted} is ${image}.${version}, which this host was rolled back from: it stays on ${image}.${current} ` +
      `(to use it again: ch-golden pull ${version})`,
  );
  const local = await readLocalVersion(root, image, current);
  return { local, changed: false, heldBack: version, signedBy: await verifyLocal(root, local) };
}

const maxLeadMs = 24 * 3600 * 1000;

/** A build date far in the future would make a version the newest forever. */
function assertNotFromFuture({ image, version, created }: Manifest, clock: Clock): void {
  if (Date.parse(created) <= clock.now() + maxLeadMs) return;
  throw new Failure(`${image}.${version} is rejected: its build date ${created} is in the future`, {
    fix: 'check the clock of this host; if it is right, report the version to its publisher',
  });
}
