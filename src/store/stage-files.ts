import type { Clock } from '../platform/clock.js';
import { fileChunkSize, hashFileChunks, hashKnownFile, type ChunkedFile } from '../platform/fs/file-chunks.js';
import { formatBytes, formatDuration } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { ManifestFile } from './documents/manifest.js';
import { fileKey } from './names.js';
import type { ObjectStore, StagedObject, StageRequest } from '../objects/object-store.js';
import { retentionGraceMs } from './cleanup/retention.js';
import { findUnchangedRanges } from './unchanged-ranges.js';
import { immutableBy } from './write-once.js';

/** A file of a version on this machine. */
export interface VersionFile {
  readonly role: ManifestFile['role'];
  /** What it is called in the store, without a directory. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Undefined for the image: see `ImageFile`. */
  readonly sha256?: string;
  /** Where they are known already. */
  readonly chunks?: readonly string[];
}

/** A file of a version as the manifest will name it. */
export interface StagedFile {
  readonly file: Omit<ManifestFile, 'sha256' | 'storeTag'> & Pick<VersionFile, 'sha256'>;
  /** Undefined where the store had the file already. */
  readonly staged: StagedObject | undefined;
}

export interface StageFilesRequest {
  readonly owner: string;
  readonly files: readonly VersionFile[];
  /** The files of another version in the store: what stands in them unchanged, the store can copy. */
  readonly previous?: readonly ManifestFile[];
  readonly signal?: AbortSignal;
}

/** Stages all files side by side; when one cannot be staged, none is. @throws what went wrong first */
export async function stageFiles(
  request: StageFilesRequest,
  ports: { readonly store: ObjectStore; readonly clock: Clock; readonly log: Log },
): Promise<readonly StagedFile[]> {
  const began = ports.clock.now();
  const failed = new AbortController();
  const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
  const reportProgress = sumProgress(request.files, ports.log);
  const outcomes = await Promise.allSettled(
    request.files.map(async (file) =>
      stageOne(file, request, { ...ports, signal, reportProgress }).catch((error: unknown) => {
        failed.abort(error);
        throw error;
      }),
    ),
  );
  const staged = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (staged.length === outcomes.length) {
    ports.log.info(`${formatMethods(staged)} in ${formatDuration(ports.clock.now() - began)}`);
    return staged;
  }
  for (const file of staged) await file.staged?.abort();
  signal.throwIfAborted();
  return staged;
}

interface StagePorts {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly reportProgress: (file: VersionFile, done: number) => void;
}

async function stageOne(
  source: VersionFile,
  request: StageFilesRequest,
  { store, clock, signal, reportProgress }: StagePorts,
): Promise<StagedFile> {
  const { role, name, path, sha256 } = source;
  const before = request.previous?.find((file) => file.role === role);
  const { size, chunks } = await hashChunks(source, before, signal);
  const digest = sha256 === undefined ? {} : { sha256 };
  const file = { role, name, size, chunkSize: fileChunkSize, chunks, ...digest };
  const key = fileKey(file);
  // Versions share a base, and its name is its content's.
  if (role === 'base' && (await store.head(key))?.size === size) return { file, staged: undefined };
  const writer = immutableBy(request.owner);
  const onProgress = (done: number): void => reportProgress(source, done);
  // A version is claimed by one run; its base others may stage at this moment. What is older could be reaped before it is completed.
  const resume = role === 'base' ? {} : { resumeSince: clock.now() - retentionGraceMs / 2 };
  return {
    file,
    staged: await store.stage({
      key,
      path,
      size,
      chunks,
      ...digest,
      writer,
      ...resume,
      signal,
      onProgress,
      ...findUnchanged(file, before),
    }),
  };
}

/** Versions that share a base have its chunks in their manifests. */
async function hashChunks(
  { path, size, sha256, chunks }: VersionFile,
  before: ManifestFile | undefined,
  signal: AbortSignal,
): Promise<ChunkedFile> {
  if (chunks !== undefined) return { size, chunks };
  if (before !== undefined && before.sha256 === sha256 && before.chunkSize === fileChunkSize) return before;
  return sha256 === undefined ? hashFileChunks(path, signal) : hashKnownFile(path, sha256, signal);
}

/** What the store has no tag of cannot be proven to be what was published: it is sent. */
function findUnchanged(file: StagedFile['file'], before: ManifestFile | undefined): Pick<StageRequest, 'unchanged'> {
  const ranges = before === undefined ? [] : findUnchangedRanges(before, file);
  return before?.storeTag === undefined || ranges.length === 0
    ? {}
    : { unchanged: { key: fileKey(before), tag: before.storeTag, ranges } };
}

/** How the bytes have come to be in the store. */
function formatMethods(files: readonly StagedFile[]): string {
  const sum = (bytesOf: (file: StagedFile) => number): number =>
    files.reduce((total, file) => total + bytesOf(file), 0);
  const sent = sum(({ staged }) => staged?.sentBytes ?? 0);
  const copied = sum(({ staged }) => staged?.copiedBytes ?? 0);
  const found = sum(({ file }) => file.size) - sent - copied;
  return [
    `sent ${formatBytes(sent)}`,
    ...(copied === 0 ? [] : [`copied ${formatBytes(copied)} within the store`]),
    ...(found === 0 ? [] : [`found ${formatBytes(found)} there`]),
  ].join(', ');
}

/** Progress of all files as one. */
function sumProgress(files: readonly VersionFile[], log: Log): (file: VersionFile, done: number) => void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const doneOf = new Map<VersionFile, number>();
  return (file, done) => {
    doneOf.set(file, done);
    log.progress(
      'staging the files of the version',
      [...doneOf.values()].reduce((sum, one) => sum + one, 0),
      total,
    );
  };
}
