import { rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Failure } from '../platform/errors.js';
import { formatBytes } from '../platform/format.js';
import { pathExists, syncDirectory } from '../platform/fs/files.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import { fileKey } from '../store/names.js';
import { tryFindProblem } from './check-file.js';
import { assertFreeSpace } from './check-host.js';
import { countNeededBytes, fetchFile, type ChunkSource, type Transfer } from './fetch-file.js';
import type { FetchPorts } from './fetch-runs.js';
import { tryStatFile } from './host-files.js';
import { listLocalVersions, partialPath, verifiedDateOf, type LocalFile, type LocalVersion } from './local-versions.js';
import { assertVersionFile } from './version-gate.js';

export interface FetchVersionRequest {
  readonly root: string;
  /** Rehash files that are here, and replace damaged ones. */
  readonly verify: boolean;
  /** Whether the version is in use: its files were verified before. */
  readonly isInUse: boolean;
}

export const noTransfer: Transfer = { fetched: 0, reused: 0 };

/** Fetches the missing files of a version. A file gets its name only once it is verified. */
export async function fetchVersionFiles(
  local: LocalVersion,
  request: FetchVersionRequest,
  ports: FetchPorts,
): Promise<Transfer> {
  const needed: LocalFile[] = [];
  for (const file of local.files) if (await isNeeded(file, local, request, ports)) needed.push(file);
  if (needed.length === 0) return noTransfer;
  const { versions } = await listLocalVersions(request.root);
  await assertSpaceFor(needed, await findSources(versions, request));
  let total = noTransfer;
  for (const file of needed) {
    const partial = toPartialPath(file);
    const { name } = file;
    const verifiedDate = verifiedDateOf(file, local.manifest);
    const sources = await findSources(versions, request);
    const moved = await fetchFile({ key: fileKey(file), name, table: file, partial, verifiedDate, sources }, ports);
    // A rejected file stays partial: no command uses it, and the next pull rejects it without fetching it again.
    await assertVersionFile({ ...file, path: partial }, local.manifest);
    await install(partial, file.path, request.verify);
    ports.log.info(
      `${basename(file.path)}: ${formatBytes(moved.fetched)} fetched, ${formatBytes(moved.reused)} reused`,
    );
    total = { fetched: total.fetched + moved.fetched, reused: total.reused + moved.reused };
  }
  return total;
}

async function assertSpaceFor(files: readonly LocalFile[], sources: readonly ChunkSource[]): Promise<void> {
  const planned = files.map(async (file) => ({
    path: file.path,
    neededBytes: await countNeededBytes({ partial: toPartialPath(file), table: file, sources }),
  }));
  await assertFreeSpace(await Promise.all(planned));
}

function toPartialPath({ path, sha256 }: LocalFile): string {
  return partialPath(dirname(path), sha256);
}

/** Up to four chunks are in memory at the same time. */
const maxChunkBytes = 16 * 1024 ** 2;

/** @throws Failure */
export function assertChunkSize({ name, chunkSize }: Pick<ManifestFile, 'name' | 'chunkSize'>): void {
  if (chunkSize <= maxChunkBytes) return;
  throw new Failure(`${name} has chunks of ${formatBytes(chunkSize)}, the maximum is ${formatBytes(maxChunkBytes)}`);
}

/** Files of the version in use were verified before. Any other file that exists is hashed. */
async function isNeeded(
  file: LocalFile,
  { image, version }: LocalVersion,
  { isInUse, verify }: FetchVersionRequest,
  ports: FetchPorts,
): Promise<boolean> {
  const stats = await tryStatFile(file.path);
  if (stats === undefined) return true;
  const isTrusted = isInUse && !verify && stats.size === file.size;
  if (isTrusted || (await tryFindProblem({ ...file, verifiedDate: undefined }, ports)) === undefined) return false;
  if (!verify) {
    throw new Failure(`${file.path} differs from that of ${image}.${version}`, {
      fix: `move it away, or replace it: ch-golden pull ${version} --verify`,
    });
  }
  ports.log.warn(`${file.path} differs from that of ${image}.${version}: it is replaced`);
  return true;
}

/**
 * Lists files of all versions, complete or partial, in whatever state: their chunks are verified when they are
 * copied.
 */
async function findSources(
  versions: readonly LocalVersion[],
  request: FetchVersionRequest,
): Promise<readonly ChunkSource[]> {
  const found = await Promise.all(
    versions.flatMap(({ manifest, files }) => files.map(async (file) => tryFindSource(file, manifest, request))),
  );
  return found.filter((file) => file !== undefined);
}

/** The date of a partial file is never trusted; with `verify`, no date is. */
async function tryFindSource(
  file: LocalFile,
  manifest: Manifest,
  { verify }: FetchVersionRequest,
): Promise<ChunkSource | undefined> {
  if (file.chunkSize > maxChunkBytes) return undefined;
  if ((await tryStatFile(file.path)) !== undefined)
    return { ...file, verifiedDate: verify ? undefined : verifiedDateOf(file, manifest) };
  const partial = toPartialPath(file);
  return (await pathExists(partial)) ? { ...file, path: partial, verifiedDate: undefined } : undefined;
}

/** Gives a complete file its name. Who has a replaced file open keeps the old one. */
async function install(partial: string, path: string, replace: boolean): Promise<void> {
  if (!replace && (await tryStatFile(path)) !== undefined)
    throw new Failure(`${path} was created by another program meanwhile`);
  await rename(partial, path);
  await syncDirectory(dirname(path));
}
