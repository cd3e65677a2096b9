import { fileChunkSize, hashFileChunks, hashKnownFile, type ChunkedFile } from '../platform/fs/file-chunks.js';
import { formatBytes, formatDuration } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { ManifestFile } from './documents/manifest.js';
import { fileKey } from './names.js';
import type { StagedObject, UnchangedRanges } from '../objects/object-store.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import { retentionGraceMs } from './cleanup/retention.js';
import type { StorePorts } from './store-ports.js';
import { findUnchangedRanges } from './unchanged-ranges.js';
import { immutableBy } from './write-once.js';
import { assertFewZeros } from './zero-limit.js';

/** A file of a version on this machine. */
export interface VersionFile {
  readonly role: ManifestFile['role'];
  /** File name in the store. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Undefined for the image: see `ImageFile`. */
  readonly sha256?: string;
  /** Set if they are already known. */
  readonly chunks?: readonly string[];
}

/** A file of a version as the manifest will name it. */
export interface StagedFile {
  readonly file: Omit<ManifestFile, 'sha256' | 'storeTag'> & Pick<VersionFile, 'sha256'>;
  /** Undefined if the store already had the file. */
  readonly staged: StagedObject | undefined;
}

export interface StageFilesRequest {
  readonly owner: string;
  readonly files: readonly VersionFile[];
  /** Files of a version in the store: the store can copy what is unchanged. */
  readonly previous?: readonly ManifestFile[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Stages all files in parallel. If one fails, none stays staged. @throws the first error */
export async function stageFiles(request: StageFilesRequest, ports: StorePorts): Promise<readonly StagedFile[]> {
  const startMs = ports.clock.now();
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
    ports.log.info(`${formatMethods(staged)} in ${formatDuration(ports.clock.now() - startMs)}`);
    return staged;
  }
  for (const file of staged) await file.staged?.abort();
  signal.throwIfAborted();
  return staged;
}

interface StagePorts extends Omit<StorePorts, 'log'> {
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
  const file = withoutUndefined({ role, name, size, chunkSize: fileChunkSize, chunks, sha256 });
  assertFewZeros(file);
  const key = fileKey(file);
  // Versions share a base, and a base is named by its content.
  if (role === 'base' && (await store.head(key))?.size === size) return { file, staged: undefined };
  const staged = await store.stage(
    withoutUndefined({
      key,
      path,
      size,
      chunks,
      sha256,
      writer: immutableBy(request.owner),
      // Only one run stages a version, but several may stage its base now. Older uploads could be reaped before they
      // are completed.
      resumeSince: role === 'base' ? undefined : clock.now() - retentionGraceMs / 2,
      signal,
      onProgress: (done: number): void => reportProgress(source, done),
      unchanged: findUnchanged(file, before),
    }),
  );
  return { file, staged };
}

/** A base that was published before need not be hashed: its chunks are in the manifest. */
async function hashChunks(
  { path, size, sha256, chunks }: VersionFile,
  before: ManifestFile | undefined,
  signal: AbortSignal,
): Promise<ChunkedFile> {
  if (chunks !== undefined) return { size, chunks };
  if (before !== undefined && before.sha256 === sha256 && before.chunkSize === fileChunkSize) return before;
  return sha256 === undefined ? hashFileChunks(path, signal) : hashKnownFile(path, sha256, signal);
}

/** Without an ETag nothing proves that the object is still what was published: everything is sent. */
function findUnchanged(file: StagedFile['file'], before: ManifestFile | undefined): UnchangedRanges | undefined {
  if (before?.storeTag === undefined) return undefined;
  const ranges = findUnchangedRanges(before, file);
  return ranges.length === 0 ? undefined : { key: fileKey(before), tag: before.storeTag, ranges };
}

/** `sent 1.2 MiB, copied 58 MiB within the store`. */
function formatMethods(files: readonly StagedFile[]): string {
  const sum = (bytesOf: (file: StagedFile) => number): number =>
    files.reduce((total, file) => total + bytesOf(file), 0);
  const sent = sum(({ staged }) => staged?.sentBytes ?? 0);
  const copied = sum(({ staged }) => staged?.copiedBytes ?? 0);
  const found = sum(({ file }) => file.size) - sent - copied;
  return [
    `sent ${formatBytes(sent)}`,
    ...(copied === 0 ? [] : [`copied ${formatBytes(copied)} within the store`]),
    ...(found === 0 ? [] : [`reused ${formatBytes(found)}`]),
  ].join(', ');
}

/** Reports the progress of all files as one. */
function sumProgress(files: readonly VersionFile[], log: Log): (file: VersionFile, done: number) => void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const doneOf = new Map<VersionFile, number>();
  return (file, done) => {
    doneOf.set(file, done);
    log.progress(
      'staging files',
      [...doneOf.values()].reduce((sum, one) => sum + one, 0),
      total,
    );
  };
}
