import { rename } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { pathExists, syncDirectory } from '../platform/fs/files.js';
import { formatBytes } from '../platform/format.js';
import { retryTransient } from '../platform/retry.js';
import type { Processes } from '../platform/process/processes.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import { fileKey } from '../store/names.js';
import { findVersion, type AcceptIndex } from '../store/read-versions.js';
import type { VersionSigner } from '../trust/policy.js';
import { fetchFile, countRoom, type LocalFile, type Transfer } from './fetch-file.js';
import { tryFindProblem } from './check-file.js';
import { checkCloudHypervisor, checkSpace } from './check-host.js';
import type { FetchPorts } from './fetch-runs.js';
import { createHostDirectories, tryStatFile, withHostLock } from './host-directories.js';
import {
  dateOf,
  isWhole,
  listKept,
  partialPath,
  readKept,
  switchCurrent,
  tryReadCurrent,
  tryReadManifest,
  type KeptFile,
  type KeptVersion,
} from './kept-versions.js';
import { saveRecord } from './keep-record.js';
import { acceptForward, readSeen } from './keep-seen.js';
import { rememberIndex } from './kept-index.js';
import { assertNotRevoked, tryGetKeptRevocation } from './revoked.js';
import { clearRolledBack, isRolledBack } from './rolled-back.js';
import { tryGetRevocation, type SeenRevocation } from './seen-state.js';
import { acceptSignedIndex, readPolicy } from './trust-policy.js';
import { assertVersionFile, assertVersionFiles } from './version-gate.js';
import { checkPolicy, saveSignatures, verifyFound, verifyKept } from './version-signatures.js';

export interface PullRequest {
  /** The directory with `snapshots`, `kernels` and so on. */
  readonly root: string;
  readonly image: string;
  /** A number, or the name of a channel. */
  readonly wanted: number | string;
  /** Hash what is here of the version again, and replace what is damaged. */
  readonly verify: boolean;
  /** Take a revoked version, with a warning. */
  readonly allowRevoked?: boolean;
  /** Fail if this host has no trust policy. With one, a signature is always required. */
  readonly requireSignature?: boolean;
}

export interface PullPorts extends FetchPorts {
  readonly processes: Processes;
}

export interface Pulled {
  /** The version in use now. */
  readonly kept: KeptVersion;
  /** Whether it was not in use before, or was fixed. */
  readonly changed: boolean;
  /** What was asked for: its number, and when it was built (ISO 8601). */
  readonly found: number;
  readonly created: string;
  /** What the channel names, where this host stays off it because it was rolled back from here. */
  readonly heldBack?: number;
  /** Why the version in use must not be used. */
  readonly revoked?: Pick<SeenRevocation, 'reason' | 'replacement'>;
  /** Who signed the version in use; absent if this host has no trust policy. */
  readonly signedBy?: VersionSigner;
  readonly transfer: Transfer;
  readonly durationMs: number;
}

/**
 * Brings a version to this host and takes it into use when every byte is verified and durable. Until then the version
 * before stays in use, also where this process is killed; the next pull goes on where this one ended.
 */
export async function pullVersion(request: PullRequest, ports: PullPorts): Promise<Pulled> {
  const start = ports.clock.now();
  const root = resolve(request.root);
  await createHostDirectories(root);
  return withHostLock(root, 'pull', ports, async () => {
    const pulled = await pullLocked({ ...request, root }, ports);
    const revoked = tryGetKeptRevocation(await readSeen(root, request.image), pulled.kept);
    return { ...pulled, ...(revoked === undefined ? {} : { revoked }), durationMs: ports.clock.now() - start };
  });
}

async function pullLocked(request: PullRequest, ports: PullPorts): Promise<Omit<Pulled, 'durationMs'>> {
  const { root, image, wanted, allowRevoked } = request;
  const policy = await readPolicy(root);
  checkPolicy(policy, { requireSignature: request.requireSignature === true, log: ports.log });
  const store = rememberIndex(root, image, ports.store);
  const accept = acceptAll(acceptSignedIndex(policy, ports.clock), acceptForward(root, image));
  const hooks = { tryReadKept: async (kept: number) => tryReadManifest(root, image, kept), accept };
  const found = await retryTransient(ports, async () => findVersion(image, wanted, store, hooks));
  assertNotFromFuture(found.manifest, ports.clock);
  const { version, created } = found.manifest;
  const revocation =
    found.revocation ??
    tryGetRevocation(await readSeen(root, image), { version, manifestSha256: found.manifestSha256 });
  assertNotRevoked({ image, version, revocation, allowRevoked }, ports.log);
  const current = await tryReadCurrent(root, image);
  if (await isHeldBack(version, request))
    return { ...(await holdBack(version, request, ports)), found: version, created, transfer: nothingMoved };
  const signed = policy === undefined ? undefined : await verifyFound(found, { root, policy }, { ...ports, store });
  await checkCloudHypervisor(found.manifest, ports);
  found.manifest.files.forEach(checkTable);
  const kept = await saveRecord(root, found, ports.log);
  if (signed !== undefined) await saveSignatures(root, kept, signed.signatures);
  const transfer = await fetchFiles(kept, { ...request, isInUse: current === version }, ports);
  if (!(await isWhole(kept))) throw new Failure(`${image}.${version} is not whole: another process removes its files`);
  // Again for those that came with this pull: files that were here already may come from a release without a gate.
  await assertVersionFiles(kept);
  if (!(await switchTo(version, request, ports)))
    return { ...(await holdBack(version, request, ports)), found: version, created, transfer };
  const changed = current !== version || transfer.fetched + transfer.reused > 0;
  return { kept, changed, found: version, created, transfer, ...toSignedBy(signed?.signer) };
}

/** The index is remembered once it is verified. */
function acceptAll(...checks: readonly AcceptIndex[]): AcceptIndex {
  return async (index, bytes, uri) => {
    for (const check of checks) await check(index, bytes, uri);
  };
}

function toSignedBy(signedBy: VersionSigner | undefined): Pick<Pulled, 'signedBy'> {
  return signedBy === undefined ? {} : { signedBy };
}

const nothingMoved: Transfer = { fetched: 0, reused: 0 };

/** True where a channel would bring a version back that this host was rolled back from. */
async function isHeldBack(version: number, { root, image, wanted }: PullRequest): Promise<boolean> {
  const current = await tryReadCurrent(root, image);
  return typeof wanted === 'string' && current !== undefined && version > current && isRolledBack(root, image, version);
}

/** False where the host was rolled back from the version while it was pulled. */
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
): Promise<Pick<Pulled, 'kept' | 'changed' | 'heldBack' | 'signedBy'>> {
  const current = (await tryReadCurrent(root, image)) ?? version;
  log.warn(
    `${image}.${version}, which ${wanted} names, was rolled back from on this host: it stays at ${image}.${current}; ch-golden pull ${version} takes it again`,
  );
  const kept = await readKept(root, image, current);
  return { kept, changed: false, heldBack: version, ...toSignedBy(await verifyKept(root, kept)) };
}

const longestLeadMs = 24 * 3600 * 1000;

/** A date ahead of all others would make a version the newest for good. */
function assertNotFromFuture({ image, version, created }: Manifest, clock: Clock): void {
  if (Date.parse(created) <= clock.now() + longestLeadMs) return;
  throw new Failure(`${image}.${version} is rejected: it was built in the future, at ${created}`, {
    fix: 'compare the clock of this host; if it is right, report the version to its publisher',
  });
}

interface BringRequest extends PullRequest {
  readonly isInUse: boolean;
}

async function fetchFiles(kept: KeptVersion, request: BringRequest, ports: PullPorts): Promise<Transfer> {
  const needed: KeptFile[] = [];
  for (const file of kept.files) if (await isNeeded(file, kept, request, ports)) needed.push(file);
  const planned = needed.map((file) => ({ ...file, partial: partialPath(dirname(file.path), file.sha256) }));
  if (planned.length === 0) return nothingMoved;
  const known = (await listKept(request.root)).kept;
  const before = await findLocalFiles(known, request);
  await checkSpace(
    await Promise.all(
      planned.map(async (file) => ({
        path: file.path,
        room: await countRoom({ ...file, table: file, local: before }),
      })),
    ),
  );
  let total = nothingMoved;
  for (const file of planned) {
    const local = await findLocalFiles(known, request);
    const moved = await fetchFile(
      {
        key: fileKey(file),
        name: file.name,
        table: file,
        partial: file.partial,
        ...dateOf(file, kept.manifest),
        local,
      },
      ports,
    );
    // What is rejected stays a partial file: no command takes it for whole, and the next pull need not fetch it to reject it again.
    await assertVersionFile({ ...file, path: file.partial }, kept.manifest);
    await install(file.partial, file.path, request.verify);
    ports.log.info(
      `${basename(file.path)}: ${formatBytes(moved.fetched)} fetched, ${formatBytes(moved.reused)} were here`,
    );
    total = { fetched: total.fetched + moved.fetched, reused: total.reused + moved.reused };
  }
  return total;
}

/** Bytes: four of them are in memory at a time. */
const largestChunk = 16 * 1024 ** 2;

function checkTable({ name, chunkSize }: ManifestFile): void {
  if (chunkSize > largestChunk)
    throw new Failure(
      `${name} has chunks of ${formatBytes(chunkSize)}: at most ${formatBytes(largestChunk)} are taken`,
    );
}

/** What is in use was verified before; anything else that is in the place of a file is hashed. */
async function isNeeded(file: KeptFile, kept: KeptVersion, request: BringRequest, ports: PullPorts): Promise<boolean> {
  const stats = await tryStatFile(file.path);
  if (stats === undefined) return true;
  const isTrusted = request.isInUse && !request.verify && stats.size === file.size;
  if (isTrusted || (await tryFindProblem(file, ports)) === undefined) return false;
  if (!request.verify) {
    throw new Failure(`${file.path} is there, and is not that of ${kept.image}.${kept.version}`, {
      fix: `move it away, or replace it: ch-golden pull ${kept.version} --verify`,
    });
  }
  ports.log.warn(`${file.path} is not that of ${kept.image}.${kept.version}: it is replaced`);
  return true;
}

/** What the files of kept versions have on this host, whole or partial, whatever its state: chunks are verified when they are copied. */
async function findLocalFiles(kept: readonly KeptVersion[], request: PullRequest): Promise<readonly LocalFile[]> {
  const found = await Promise.all(
    kept.flatMap(({ manifest, files }) => files.map(async (file) => tryFindLocal(file, manifest, request))),
  );
  return found.filter((file) => file !== undefined);
}

/** A partial file is never believed by its date, nor is any where all is to be hashed again. */
async function tryFindLocal(
  file: KeptFile,
  manifest: Manifest,
  { verify }: PullRequest,
): Promise<LocalFile | undefined> {
  if (file.chunkSize > largestChunk) return undefined;
  if ((await tryStatFile(file.path)) !== undefined) return verify ? file : { ...file, ...dateOf(file, manifest) };
  const partial = partialPath(dirname(file.path), file.sha256);
  return (await pathExists(partial)) ? { ...file, path: partial } : undefined;
}

/** Gives a whole file its name. What has come there meanwhile is no file of ours; who has a file open that is replaced keeps what it has. */
async function install(partial: string, path: string, replace: boolean): Promise<void> {
  if (!replace && (await tryStatFile(path)) !== undefined) throw new Failure(`${path} has come into being meanwhile`);
  await rename(partial, path);
  await syncDirectory(dirname(path));
}
