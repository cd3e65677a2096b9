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
  /** Rehash all files, including those of the version in use. */
  readonly verify: boolean;
  /** Whether the version is in use: its files were verified before. */
  readonly isInUse: boolean;
}

export const noTransfer: Transfer = { fetched: 0, reused: 0 };

/** Fetches the missing and damaged files of a version. A file gets its name only once it is verified. */
export async function fetchVersionFiles(
  local: LocalVersion,
  request: FetchVersionRequest,
  ports: FetchPorts,
): Promise<Transfer> {
  const needed = await findNeeded(local, request, ports);
  if (needed.length === 0) return noTransfer;
  const { versions } = await listLocalVersions(request.root);
  const untrusted = new Set(needed.map(({ path }) => path));
  const list = async (): Promise<readonly ChunkSource[]> => listSources(versions, { ...request, untrusted });
  await assertSpaceFor(needed, await list());
  let total = noTransfer;
  for (const { isDamaged, ...file } of needed) {
    const partial = toPartialPath(file);
    const { name } = file;
    const verifiedDate = verifiedDateOf(file, local.manifest);
    const sources = await list();
    const moved = await fetchFile({ key: fileKey(file), name, table: file, partial, verifiedDate, sources }, ports);
    // A rejected file stays partial: no command uses it, and the next pull rejects it without fetching it again.
    await assertVersionFile({ ...file, path: partial }, local.manifest);
    await install(partial, file.path, isDamaged);
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

interface NeededFile extends LocalFile {
  /** Whether it replaces a damaged file. */
  readonly isDamaged: boolean;
}

async function findNeeded(
  { files, manifest }: LocalVersion,
  request: FetchVersionRequest,
  ports: FetchPorts,
): Promise<readonly NeededFile[]> {
  const needed: NeededFile[] = [];
  for (const file of files) {
    if ((await tryStatFile(file.path)) === undefined) {
      needed.push({ ...file, isDamaged: false });
      continue;
    }
    const isTrusted = request.isInUse && !request.verify && (await looksRight(file, manifest));
    const problem = isTrusted ? undefined : await tryFindProblem({ ...file, verifiedDate: undefined }, ports);
    if (problem === undefined) continue;
    ports.log.warn(`${problem}: fetching its damaged chunks again`);
    needed.push({ ...file, isDamaged: true });
  }
  return needed;
}

/** Whether a file that was verified before has the right size and an acceptable header. All others are hashed. */
async function looksRight(file: LocalFile, manifest: Manifest): Promise<boolean> {
  if ((await tryStatFile(file.path))?.size !== file.size) return false;
  return assertVersionFile(file, manifest).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Failure) return false;
      throw error;
    },
  );
}

interface SourceRequest {
  /** Trust no date: verify every chunk. */
  readonly verify: boolean;
  /** Paths of files that are damaged, so that their dates mean nothing. */
  readonly untrusted: ReadonlySet<string>;
}

/**
 * Lists files of all versions, complete or partial, in whatever state: their chunks are verified when they are
 * copied.
 */
async function listSources(versions: readonly LocalVersion[], request: SourceRequest): Promise<readonly ChunkSource[]> {
  const found = await Promise.all(
    versions.flatMap(({ manifest, files }) => files.map(async (file) => tryFindSource(file, manifest, request))),
  );
  return found.filter((file) => file !== undefined);
}

async function tryFindSource(
  file: LocalFile,
  manifest: Manifest,
  { verify, untrusted }: SourceRequest,
): Promise<ChunkSource | undefined> {
  if (file.chunkSize > maxChunkBytes) return undefined;
  if ((await tryStatFile(file.path)) !== undefined)
    return { ...file, verifiedDate: verify || untrusted.has(file.path) ? undefined : verifiedDateOf(file, manifest) };
  const partial = toPartialPath(file);
  return (await pathExists(partial)) ? { ...file, path: partial, verifiedDate: undefined } : undefined;
}

/** Gives a complete file its name. Who has a replaced file open keeps the old one. */
async function install(partial: string, path: string, replace: boolean): Promise<void> {
  if (!replace && (await tryStatFile(path)) !== undefined)
    throw new Failure(`${path} was created by another program in the meantime`);
  await rename(partial, path);
  await syncDirectory(dirname(path));
}
