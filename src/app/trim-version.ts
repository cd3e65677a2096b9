import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { chunkRange } from '../host/plan-chunks.js';
import type { ObjectReader } from '../objects/object-store.js';
import { UsageError } from '../platform/errors.js';
import { ifPresent, readFully, writeFully } from '../platform/fs/files.js';
import { isZero } from '../platform/zeros.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import { fileKey } from '../store/names.js';

export interface TrimRequest {
  /** The version that a build has published into the directory. */
  readonly manifest: Manifest;
  /** The versions that were exported into it: the store has their files. */
  readonly others: readonly Manifest[];
  /** Path of an object in the directory. */
  readonly pathOf: (key: string) => string;
}

export interface TrimPorts {
  /** The directory. */
  readonly from: ObjectReader;
  readonly signal: AbortSignal;
}

/**
 * Replaces the chunks that the store has already by holes, which compress to nothing. `assembleVersion` puts them back.
 * @returns the number of bytes that stay
 * @throws UsageError if the directory has the images of other versions: then it is a store, not a copy for a build
 */
export async function trimVersion({ manifest, others, pathOf }: TrimRequest, ports: TrimPorts): Promise<number> {
  const own = new Set(manifest.files.map(fileKey));
  for (const key of others.flatMap(({ files }) => files.map(fileKey)).filter((other) => !own.has(other))) {
    if ((await ports.from.head(key)) === undefined) continue;
    throw new UsageError(
      `${ports.from.uri(key)} exists: this is a store, not a directory that a build published into`,
      {
        fix: 'trim only what ch-golden export created',
      },
    );
  }
  const known = new Set(others.flatMap(({ files }) => files.flatMap(({ chunks }) => chunks)));
  let kept = 0;
  for (const file of manifest.files) kept += await trimFile(file, pathOf(fileKey(file)), known, ports.signal);
  return kept;
}

async function trimFile(
  file: ManifestFile,
  path: string,
  known: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<number> {
  if (!file.chunks.some((sha256) => known.has(sha256))) return (await ifPresent(stat(path)))?.size ?? 0;
  const trimmed = join(dirname(path), `.${basename(path)}.trimmed`);
  try {
    const kept = await copyUnknown(file, { path, trimmed, known, signal });
    await chmod(trimmed, (await stat(path)).mode & 0o777);
    await rename(trimmed, path);
    return kept;
  } catch (error) {
    await rm(trimmed, { force: true });
    throw error;
  }
}

interface Copy {
  readonly path: string;
  readonly trimmed: string;
  readonly known: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

async function copyUnknown(file: ManifestFile, { path, trimmed, known, signal }: Copy): Promise<number> {
  await using source = await open(path);
  await using target = await open(trimmed, 'wx');
  await target.truncate(file.size);
  const buffer = Buffer.allocUnsafe(file.chunkSize);
  let kept = 0;
  for (const [place, sha256] of file.chunks.entries()) {
    signal.throwIfAborted();
    if (known.has(sha256)) continue;
    const { start, length } = chunkRange(file, place);
    const bytes = await readFully(source, buffer.subarray(0, length), start);
    if (isZero(bytes)) continue;
    await writeFully(target, bytes, start);
    kept += bytes.length;
  }
  return kept;
}
