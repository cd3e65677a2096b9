import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { fetchRuns } from '../host/fetch-runs.js';
import { planRuns } from '../host/plan-chunks.js';
import type { ObjectReader } from '../objects/object-store.js';
import type { Clock } from '../platform/clock.js';
import { formatBytes } from '../platform/format.js';
import { sha256Of, writeFully } from '../platform/fs/files.js';
import { isZero } from '../platform/zeros.js';
import type { Log } from '../platform/progress/log.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import { readIndex } from '../store/index/update-index.js';
import { fileKey } from '../store/names.js';
import { readLive } from '../store/read-versions.js';

export interface AssembleVersionRequest {
  readonly manifest: Manifest;
  /** Gets a copy of each file. Nobody else can write to it. */
  readonly directory: string;
}

export interface AssemblePorts {
  /** What a build has published into a directory, perhaps trimmed. */
  readonly from: ObjectReader;
  readonly store: ObjectReader;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** A version on this machine. Its bytes are not verified yet. */
export interface AssembledVersion {
  readonly pathOf: (key: string) => string;
  /** Reads the copies of the files, and the rest from where they came from. */
  readonly reader: ObjectReader;
}

/** A chunk that the build's copy does not have, by its SHA-256: where it belongs. */
type MissingChunks = Map<string, { readonly path: string; readonly start: number }[]>;

/** Copies the files of a version, and fetches the chunks that are trimmed from the versions that the store has. */
export async function assembleVersion(
  { manifest, directory }: AssembleVersionRequest,
  ports: AssemblePorts,
): Promise<AssembledVersion> {
  const { from } = ports;
  const paths = new Map(manifest.files.map((file, place) => [fileKey(file), join(directory, String(place))]));
  const pathOf = (key: string): string => paths.get(key) ?? '';
  const missing: MissingChunks = new Map();
  for (const file of manifest.files) await copyFile(file, pathOf(fileKey(file)), missing, ports);
  await fetchMissing(manifest.image, missing, ports);
  const reader: ObjectReader = {
    ...from,
    open: async (key, range) => {
      const path = paths.get(key);
      if (path === undefined) return from.open(key, range);
      const [start, end] = range === undefined ? [0, Infinity] : [range.start, range.start + range.length - 1];
      return (await from.head(key)) === undefined ? undefined : createReadStream(path, { start, end });
    },
  };
  return { pathOf, reader };
}

/** Copies at most one byte more than the file should have, which is enough to see that it is longer. */
async function copyFile(file: ManifestFile, path: string, missing: MissingChunks, ports: AssemblePorts): Promise<void> {
  const { from, log, signal } = ports;
  await using target = await open(path, 'wx', 0o600);
  const source = await from.open(fileKey(file));
  if (source === undefined) return;
  const chunk = Buffer.allocUnsafe(file.chunkSize);
  let [start, filled] = [0, 0];
  const flush = async (): Promise<void> => {
    if (filled === 0) return;
    await writeChunk({ file, start, bytes: chunk.subarray(0, filled) }, { target, path, missing });
    log.progress(file.name, (start += filled), file.size);
    filled = 0;
  };
  for await (const part of source as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    for (let rest = part.subarray(0, Math.max(0, file.size + 1 - start - filled)); rest.length > 0; ) {
      const taken = rest.copy(chunk, filled);
      rest = rest.subarray(taken);
      filled += taken;
      if (filled === chunk.length) await flush();
    }
    if (start + filled > file.size) break;
  }
  await flush();
}

/** Zeros need no space, and their place is noted if other bytes belong there. */
async function writeChunk(
  { file, start, bytes }: { readonly file: ManifestFile; readonly start: number; readonly bytes: Buffer },
  { target, path, missing }: { readonly target: FileHandle; readonly path: string; readonly missing: MissingChunks },
): Promise<void> {
  if (!isZero(bytes)) return writeFully(target, bytes, start);
  await target.truncate(start + bytes.length);
  const sha256 = file.chunks[start / file.chunkSize];
  if (sha256 === undefined || sha256Of(bytes) === sha256) return;
  missing.set(sha256, [...(missing.get(sha256) ?? []), { path, start }]);
}

/** The newest versions have most of them. What no version has stays zeros, which the verification finds. */
async function fetchMissing(image: string, missing: MissingChunks, ports: AssemblePorts): Promise<void> {
  const { live } = await readIndex(image, ports.store);
  let fetched = 0;
  for (const version of [...live].sort((one, other) => other.version - one.version)) {
    if (missing.size === 0) break;
    const { manifest } = await readLive(image, version, ports.store);
    for (const file of manifest.files) fetched += await fetchFrom(file, missing, ports);
  }
  if (fetched > 0) ports.log.info(`Fetched ${formatBytes(fetched)} that the store already has`);
}

async function fetchFrom(file: ManifestFile, missing: MissingChunks, ports: AssemblePorts): Promise<number> {
  const wanted = file.chunks.flatMap((sha256, place) => (missing.has(sha256) ? [place] : []));
  let bytesFetched = 0;
  await fetchRuns(
    {
      key: fileKey(file),
      table: file,
      runs: planRuns(file, wanted),
      write: async (bytes, offset) => {
        const sha256 = file.chunks[offset / file.chunkSize] ?? '';
        for (const { path, start } of missing.get(sha256) ?? []) await writeInto(path, bytes, start);
        missing.delete(sha256);
      },
      onBytes: (count) => (bytesFetched += count),
    },
    ports,
  );
  return bytesFetched;
}

async function writeInto(path: string, bytes: Buffer, start: number): Promise<void> {
  await using file = await open(path, 'r+');
  await writeFully(file, bytes, start);
}
