import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, open, rm, type FileHandle } from 'node:fs/promises';
import { Failure } from '../platform/errors.js';
import { readFully, sha256Of, writeFully } from '../platform/fs/files.js';
import { namingPath } from '../platform/fs/system-errors.js';
import type { ByteRange } from '../platform/byte-range.js';
import { isUntouched } from './check-file.js';
import { fetchRuns, type FetchPorts } from './fetch-runs.js';
import { tryStatFile } from './host-directories.js';
import {
  chunkRange,
  countBytes,
  findLikest,
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
  /** Where the bytes go. What an earlier pull left there is used where it is right. */
  readonly partial: string;
  /** What the file is dated when every byte of it is proven. */
  readonly date?: Date;
  /** Files of this host, and what their manifests say of them. */
  readonly local: readonly LocalFile[];
}

export interface LocalFile extends ChunkTable {
  readonly path: string;
  /** What it was dated when every byte of it was proven; absent where nobody knows of such a moment. */
  readonly date?: Date;
}

/** Bytes. */
export interface Transfer {
  /** That came from the store. */
  readonly fetched: number;
  /** That were on this host already. */
  readonly reused: number;
}

/**
 * Makes a file of the chunks that are on this host and those in the store, synced and read-only. Every chunk is verified, and the
 * whole as well; but what a clone shares with a file that nobody has written to since it was proven is not read again.
 */
export async function fetchFile(request: FetchFileRequest, ports: FetchPorts): Promise<Transfer> {
  const { partial, table, date } = request;
  const file = await openPartial(request);
  try {
    await writing(partial, async () => file.handle.truncate(table.size));
    const present = await findPresentChunks(file, table, ports.signal);
    const wanted = table.chunks.flatMap((_, chunk) => (present.has(chunk) ? [] : [chunk]));
    const copied = await copyLocal(file.handle, wanted, request, ports.signal);
    const missing = wanted.filter((chunk) => !copied.has(chunk));
    const reused = table.size - countBytes(table, missing);
    const fetched = await fetchMissing(file.handle, missing, reused, request, ports);
    if (file.proven === undefined) await checkWhole(file.handle, request, ports.signal);
    await file.handle.chmod(0o444);
    if (date !== undefined) await file.handle.utimes(date, date);
    await writing(partial, async () => file.handle.sync());
    return { fetched, reused };
  } finally {
    await file.handle.close();
  }
}

interface Partial {
  readonly handle: FileHandle;
  readonly isNew: boolean;
  /** What it is a clone of, where nobody has written to that since it was proven. */
  readonly proven?: ChunkTable | undefined;
}

/** What an earlier pull left; else a clone of the file that is likest, where the filesystem can; else an empty file. */
async function openPartial({ partial, table, local }: FetchFileRequest): Promise<Partial> {
  const isLeft = (await tryStatFile(partial)) !== undefined;
  // A pull that was killed just before the rename has left it read-only.
  if (isLeft) await chmod(partial, 0o600);
  const likest = isLeft ? undefined : findLikest(table, local);
  const cloned = likest !== undefined && (await tryClone(likest.path, partial)) ? likest : undefined;
  const isNew = !isLeft && cloned === undefined;
  // Asked when the clone is made: whoever wrote before that has changed the date.
  const proven = cloned !== undefined && (await isUntouched(cloned)) ? cloned : undefined;
  const flags = constants.O_RDWR | constants.O_NOFOLLOW | (isNew ? constants.O_CREAT | constants.O_EXCL : 0);
  return { handle: await open(partial, flags, 0o600), isNew, proven };
}

/** Bytes: the unit of `st_blocks`, stat(2). */
const blockSize = 512;

/** Bytes that a file will take on its filesystem, about: not what an earlier pull has left, nor what a clone shares, nor the holes of a new file. */
export async function countRoom({
  partial,
  table,
  local,
}: Pick<FetchFileRequest, 'partial' | 'table' | 'local'>): Promise<number> {
  const left = await tryStatFile(partial);
  if (left !== undefined) return Math.max(0, table.size - left.blocks * blockSize);
  const likest = findLikest(table, local);
  const isCloned = likest !== undefined && (await tryClone(likest.path, partial));
  if (isCloned) await rm(partial);
  const free = isCloned ? findSharedChunks(table, likest) : findZeroChunks(table);
  return countBytes(
    table,
    table.chunks.flatMap((_, chunk) => (free.has(chunk) ? [] : [chunk])),
  );
}

/** A copy that shares its blocks with the file: it takes neither time nor space. */
async function tryClone(from: string, to: string): Promise<boolean> {
  try {
    if ((await tryStatFile(from)) === undefined) return false;
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    await chmod(to, 0o600);
    return true;
  } catch {
    // Most filesystems cannot; the chunks are copied instead.
    return false;
  }
}

async function findPresentChunks(
  { handle, isNew, proven }: Partial,
  table: ChunkTable,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  if (isNew) return findZeroChunks(table);
  return proven === undefined ? findRightChunks(handle, table, signal) : findSharedChunks(table, proven);
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
    if (sha256Of(await readChunk(handle, chunkRange(table, chunk), buffer)) === sha256) right.add(chunk);
  }
  return right;
}

/** Copies what other files of this host have. What is not what their manifests say is left for the store. */
async function copyLocal(
  handle: FileHandle,
  wanted: readonly number[],
  { table, local, partial }: FetchFileRequest,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const places = indexChunks(local);
  const sources = new Map<string, FileHandle | undefined>();
  const copied = new Set<number>();
  const buffer = Buffer.allocUnsafe(table.chunkSize);
  try {
    for (const chunk of wanted) {
      signal.throwIfAborted();
      const sha256 = table.chunks[chunk] ?? '';
      const place = places.get(sha256);
      const range = chunkRange(table, chunk);
      if (place?.length !== range.length) continue;
      if (!sources.has(place.path)) sources.set(place.path, await tryOpen(place.path));
      const source = sources.get(place.path);
      const bytes = source === undefined ? undefined : await readChunk(source, place, buffer);
      if (bytes === undefined || sha256Of(bytes) !== sha256) continue;
      await writing(partial, async () => writeFully(handle, bytes, range.start));
      copied.add(chunk);
    }
    return copied;
  } finally {
    for (const source of sources.values()) await source?.close();
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

async function checkWhole(
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
  throw new Failure(
    `${name} has the SHA-256 ${sha256}, though each of its chunks is right: its manifest contradicts itself`,
  );
}

async function tryOpen(path: string): Promise<FileHandle | undefined> {
  return open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
}

/** What a file has in the place of a chunk; shorter where the file ends. */
async function readChunk(handle: FileHandle, { start, length }: ByteRange, buffer: Buffer): Promise<Buffer> {
  return readFully(handle, buffer.subarray(0, length), start);
}

/** A full disk is no reason to ask the store again. */
async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  return namingPath(path, work, 'ch-golden host prune, or more space; the next pull goes on from here');
}
