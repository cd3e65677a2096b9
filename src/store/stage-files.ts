import type { Log } from '../platform/log.js';
import { fileChunkSize, hashFileChunks } from './file-chunks.js';
import type { ManifestFile } from './manifest.js';
import { fileKey } from './names.js';
import type { ObjectStore, StagedObject } from './object-store.js';
import { immutableBy } from './write-once.js';

/** A file of a version on this machine. */
export interface VersionFile {
  readonly role: ManifestFile['role'];
  /** What it is called in the store, without a folder. */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** A file of a version as the manifest will name it. */
export interface StagedFile {
  readonly file: ManifestFile;
  /** Undefined where the store had the file already. */
  readonly staged: StagedObject | undefined;
}

export interface StageFilesRequest {
  readonly owner: string;
  readonly files: readonly VersionFile[];
  readonly signal?: AbortSignal;
}

/** Stages all files side by side; when one cannot be staged, none is. @throws what went wrong first */
export async function stageFiles(
  request: StageFilesRequest, ports: { readonly store: ObjectStore; readonly log: Log },
): Promise<readonly StagedFile[]> {
  const failed = new AbortController();
  const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
  const reportProgress = sumProgress(request.files, ports.log);
  const outcomes = await Promise.allSettled(request.files.map(async (file) =>
    stageOne(file, request.owner, { ...ports, signal, reportProgress }).catch((error: unknown) => {
      failed.abort(error);
      throw error;
    })));
  const staged = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (staged.length === outcomes.length) return staged;
  for (const file of staged) await file.staged?.abort();
  signal.throwIfAborted();
  return staged;
}

interface StagePorts {
  readonly store: ObjectStore;
  readonly signal: AbortSignal;
  readonly reportProgress: (file: VersionFile, done: number) => void;
}

async function stageOne(source: VersionFile, owner: string, { store, signal, reportProgress }: StagePorts): Promise<StagedFile> {
  const { role, name, path, size, sha256 } = source;
  const file: ManifestFile = { role, name, size, sha256, chunkSize: fileChunkSize, chunks: await hashFileChunks(path, signal) };
  const key = fileKey(file);
  // Versions share a base, and its name is its content's.
  if (role === 'base' && (await store.head(key))?.size === size) return { file, staged: undefined };
  const writer = immutableBy(owner);
  const onProgress = (done: number): void => reportProgress(source, done);
  return { file, staged: await store.stage({ key, path, size, sha256, writer, signal, onProgress }) };
}

/** Progress of all files as one. */
function sumProgress(files: readonly VersionFile[], log: Log): (file: VersionFile, done: number) => void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const doneOf = new Map<VersionFile, number>();
  return (file, done) => {
    doneOf.set(file, done);
    log.progress('staging the files of the version', [...doneOf.values()].reduce((sum, one) => sum + one, 0), total);
  };
}
