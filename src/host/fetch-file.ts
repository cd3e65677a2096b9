import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, open, rm, type FileHandle } from 'node:fs/promises';
import { Failure } from '../platform/errors.js';
import { tryCloneFile } from '../platform/fs/clone-file.js';
import { readFully, sha256Of, writeFully } from '../platform/fs/files.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import type { ByteRange } from '../platform/byte-range.js';
import { digestOfZeros, sha256OfChunk } from '../platform/zeros.js';
import { isUnmodified } from './check-file.js';
import { fetchRuns, type FetchPorts } from './fetch-runs.js';
import { tryStatFile } from './host-files.js';
import {
  chunkRange,
  countBytes,
  findMostSimilar,
  findSharedChunks,
  findZeroChunks,
  indexChunks,
  planRuns,
  type ChunkTable,
} from './plan-chunks.js';

export interface FetchFileRequest {
  readonly key: string;
  readonly name: string;
  readonly table: ChunkTable & { readonly sha256: string };
  /** Where the bytes go. Right chunks that an earlier pull left there are reused. */
  readonly partial: string;
  /** The modification time that the file gets once every byte is verified, if any. */
  readonly verifiedDate: Date | undefined;
  readonly sources: readonly ChunkSource[];
}

/** A file of this host whose chunks may be reused, as its manifest describes it. */

export interface ChunkSource extends ChunkTable {
  readonly path: string;
  /** The modification time it was given once every byte was verified; undefined if unknown. */
  readonly verifiedDate: Date | undefined;
}

/** Bytes that came from the store, and bytes that were on this host already. */
export interface Transfer {
  readonly fetched: number;
  readonly reused: number;
}

/**
 * Assembles a file from chunks on this host and in the store, synced and read-only. Every chunk and the whole file are
 * verified, except what a clone shares with a file that is unmodified since it was verified.
 */
export async function fetchFile(request: FetchFileRequest, ports: FetchPorts): Promise<Transfer> {
  const { partial, table, verifiedDate } = request;
  const origin = await preparePartial(request);
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | (origin.isNew ? constants.O_CREAT | constants.O_EXCL : 0);
  await using handle = await open(partial, flags, 0o600);
  await writing(partial, async () => handle.truncate(table.size));
  const present = await findPresentChunks(handle, origin, { table, signal: ports.signal });
  const wanted = table.chunks.flatMap((_, chunk) => (present.has(chunk) ? [] : [chunk]));
  const copied = await copyLocalChunks(handle, wanted, request, ports.signal);
  const missing = wanted.filter((chunk) => !copied.has(chunk));
  const reused = table.size - countBytes(table, missing);
  const fetched = await fetchMissing(handle, missing, reused, request, ports);
  if (origin.verified === undefined) await assertDigest(handle, request, ports.signal);
  await handle.chmod(0o444);
  if (verifiedDate !== undefined) await handle.utimes(verifiedDate, verifiedDate);
  await writing(partial, async () => handle.sync());
  return { fetched, reused };
}

/** What a partial file starts from. */
interface Origin {
  readonly isNew: boolean;
  /** The file that it is a clone of, if that is unmodified since it was verified. */
  readonly verified: ChunkTable | undefined;
}

/**
 * Continues what an earlier pull left, or clones the most similar file if the filesystem can, or starts from nothing.
 */
async function preparePartial({ partial, table, sources }: FetchFileRequest): Promise<Origin> {
  const isLeft = (await tryStatFile(partial)) !== undefined;
  // A pull that was killed just before the rename left it read-only.
  if (isLeft) await chmod(partial, 0o600);
  const similar = isLeft ? undefined : findMostSimilar(table, sources);
  const cloned = similar !== undefined && (await tryClone(similar.path, partial)) ? similar : undefined;
  // Only after cloning: a write before that has changed the date.
  const verified = cloned !== undefined && (await isUnmodified(cloned)) ? cloned : undefined;
  return { isNew: !isLeft && cloned === undefined, verified };
}

/** Bytes: the unit of `st_blocks`, stat(2). */
const blockSize = 512;

/**
 * Estimates the additional bytes on the filesystem, without those of an earlier pull, of shared blocks and of holes.
 */
export async function countNeededBytes({
  partial,
  table,
  sources,
}: Pick<FetchFileRequest, 'partial' | 'table' | 'sources'>): Promise<number> {
  const left = await tryStatFile(partial);
  if (left !== undefined) return Math.max(0, countOthers(table, findZeroChunks(table)) - left.blocks * blockSize);
  const similar = findMostSimilar(table, sources);
  const isCloned = similar !== undefined && (await tryClone(similar.path, partial));
  if (isCloned) await rm(partial);
  return countOthers(table, isCloned ? findSharedChunks(table, similar) : findZeroChunks(table));
}

/** Bytes of the chunks that take space. */
function countOthers(table: ChunkTable, free: ReadonlySet<number>): number {
  return countBytes(
    table,
    table.chunks.flatMap((_, chunk) => (free.has(chunk) ? [] : [chunk])),
  );
}

/** Most filesystems cannot; the chunks are copied instead. */
async function tryClone(from: string, to: string): Promise<boolean> {
  return (await tryStatFile(from)) !== undefined && tryCloneFile(from, to);
}

async function findPresentChunks(
  handle: FileHandle,
  { isNew, verified }: Origin,
  { table, signal }: { readonly table: ChunkTable; readonly signal: AbortSignal },
): Promise<ReadonlySet<number>> {
  if (isNew) return findZeroChunks(table);
  return verified === undefined ? findRightChunks(handle, table, signal) : findSharedChunks(table, verified);
}

async function findRightChunks(
  handle: FileHandle,
  table: ChunkTable,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const right = new Set<number>();
  const buffer = Buffer.allocUnsafe(table.chunkSize);
  for (const [chunk, sha256] of table.chunks.entries()) {
    signal.throwIfAborted();
    if (sha256OfChunk(await readChunk(handle, chunkRange(table, chunk), buffer)) === sha256) right.add(chunk);
  }
  return right;
}

/** Copies chunks from other files of this host. Those that do not match their manifests are left for the store. */
async function copyLocalChunks(
  handle: FileHandle,
  wanted: readonly number[],
  { table, sources, partial }: FetchFileRequest,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const places = indexChunks(sources);
  const handles = new Map<string, FileHandle | undefined>();
  const copied = new Set<number>();
  const buffer = Buffer.allocUnsafe(table.chunkSize);
  const tryRead = async (sha256: string, length: number): Promise<Buffer | undefined> => {
    if (sha256 === digestOfZeros(length)) return buffer.subarray(0, length).fill(0);
    const place = places.get(sha256);
    if (place?.length !== length) return undefined;
    if (!handles.has(place.path)) handles.set(place.path, await tryOpen(place.path));
    const source = handles.get(place.path);
    const bytes = source === undefined ? undefined : await readChunk(source, place, buffer);
    return bytes !== undefined && sha256Of(bytes) === sha256 ? bytes : undefined;
  };
  try {
    for (const chunk of wanted) {
      signal.throwIfAborted();
      const { start, length } = chunkRange(table, chunk);
      const bytes = await tryRead(table.chunks[chunk] ?? '', length);
      if (bytes === undefined) continue;
      await writing(partial, async () => writeFully(handle, bytes, start));
      copied.add(chunk);
    }
    return copied;
  } finally {
    for (const source of handles.values()) await source?.close();
  }
}

async function fetchMissing(
  handle: FileHandle,
  missing: readonly number[],
  reused: number,
  { key, name, table, partial }: FetchFileRequest,
  ports: FetchPorts,
): Promise<number> {
  let fetched = 0;
  await fetchRuns(
    {
      key,
      table,
      runs: planRuns(table, missing),
      write: async (bytes, offset) => writing(partial, async () => writeFully(handle, bytes, offset)),
      onBytes: (count) => {
        fetched += count;
        ports.log.progress(name, Math.min(reused + fetched, table.size), table.size);
      },
    },
    ports,
  );
  return fetched;
}

async function assertDigest(
  handle: FileHandle,
  { table, name, partial }: FetchFileRequest,
  signal: AbortSignal,
): Promise<void> {
  const hash = createHash('sha256');
  for await (const part of handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1024 ** 2, signal }))
    hash.update(part as Buffer);
  const sha256 = hash.digest('hex');
  if (sha256 === table.sha256) return;
  await rm(partial, { force: true });
  throw new Failure(`the manifest of ${name} contradicts itself: all chunks match, but the file has SHA-256 ${sha256}`);
}

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
}

/** Reads the bytes of a chunk; fewer if the file ends. */
async function readChunk(handle: FileHandle, { start, length }: ByteRange, buffer: Buffer): Promise<Buffer> {
  return readFully(handle, buffer.subarray(0, length), start);
}

/** Turns a full disk into a failure, which is not retried. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  return withPathInErrors(path, work, 'free disk space: ch-golden host prune. The next pull resumes from here');
}
