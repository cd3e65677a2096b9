import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fileChunkSize, hashKnownFile, type ChunkedFile } from '../platform/fs/file-chunks.js';
import { sha256Of, writeFileAtomically } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { isZero } from '../platform/zeros.js';
import { diskChunkSize, hashChunkTable, type DiskChunk, type DiskDigest } from '../disk/disk-digest.js';
import { openDisk, type DiskFile, type OpenDisk } from '../disk/storage-daemon.js';
import { alignExtents, mapData, type Extent } from './disk-map.js';
import type { Ports } from './ports.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const diskChunksSchema = z.array(z.object({ index: z.number().int().nonnegative(), sha256: sha256Schema }));
const fileChunksSchema = z.object({ size: z.number().int().nonnegative(), chunks: z.array(sha256Schema) });

/** QEMU decompresses this many while one is hashed. With only one, a digest took a quarter longer (measured). */
const chunksAhead = 3;

interface Directories {
  readonly cache: string;
  readonly work: string;
}

type Base = DiskFile & { readonly sha256: string };

/** The chunks of a base's disk, cached by its content. */
export async function digestBase(base: Base, directories: Directories, ports: Ports): Promise<readonly DiskChunk[]> {
  return cacheDigests(
    join(directories.cache, 'digests', `${base.sha256}-${diskChunkSize}.json`),
    diskChunksSchema,
    async () => {
      const extents = await mapData(base, ports);
      const disk = await openDisk(base, directories.work, ports);
      try {
        return await hashChunks(disk, extents, ports.log);
      } finally {
        await disk.closeDisk();
      }
    },
  );
}

/** The chunks of a base's file, cached by its content. */
export async function digestBaseFile(base: Base, cacheDirectory: string): Promise<ChunkedFile> {
  return cacheDigests(
    join(cacheDirectory, 'digests', `${base.sha256}-file-${fileChunkSize}.json`),
    fileChunksSchema,
    async () => hashKnownFile(base.path, base.sha256),
  );
}

async function cacheDigests<T>(path: string, schema: z.ZodType<T>, compute: () => Promise<T>): Promise<T> {
  const known = await tryReadDigests(path, schema);
  if (known !== undefined) return known;
  const digests = await compute();
  await mkdir(dirname(path), { recursive: true });
  await writeFileAtomically(path, JSON.stringify(digests));
  return digests;
}

async function tryReadDigests<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** The digest of a finished image. Only what the overlay changed is read; the rest comes from the base's digest. */
export async function digestGolden(
  golden: DiskFile,
  changed: {
    readonly extents: readonly Extent[];
    readonly baseChunks: readonly DiskChunk[];
    readonly baseSize: number;
  },
  directory: string,
  ports: Ports,
): Promise<DiskDigest> {
  const disk = await openDisk(golden, directory, ports);
  try {
    const extents = [...changed.extents, ...grownEnd(changed.baseSize, disk.size)];
    const read = new Set(alignExtents(extents, diskChunkSize, disk.size).flatMap(chunkIndexes));
    const fresh = await hashChunks(disk, extents, ports.log);
    const chunks = [...changed.baseChunks.filter((chunk) => !read.has(chunk.index)), ...fresh].sort(
      (a, b) => a.index - b.index,
    );
    return { chunkSize: diskChunkSize, chunks, sha256: hashChunkTable(chunks) };
  } finally {
    await disk.closeDisk();
  }
}

/** The base's last chunk may have been short, and is longer now. */
function grownEnd(baseSize: number, size: number): readonly Extent[] {
  return size > baseSize && baseSize % diskChunkSize !== 0 ? [{ start: baseSize - 1, length: 1, data: true }] : [];
}

function chunkIndexes(extent: Extent): readonly number[] {
  const first = Math.floor(extent.start / diskChunkSize);
  const last = Math.floor((extent.start + extent.length - 1) / diskChunkSize);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** Hashes the chunks that the extents touch, except chunks of zeros. */
async function hashChunks(disk: OpenDisk, extents: readonly Extent[], log: Log): Promise<readonly DiskChunk[]> {
  const indexes = alignExtents(extents, diskChunkSize, disk.size).flatMap(chunkIndexes);
  const chunks: DiskChunk[] = [];
  const buffers = Array.from({ length: chunksAhead + 1 }, () => Buffer.allocUnsafe(diskChunkSize));
  const reading: Promise<Buffer>[] = [];
  const readAhead = (place: number): void => {
    const index = indexes[place];
    const buffer = buffers[place % buffers.length];
    if (index === undefined || buffer === undefined) return;
    const chunk = readChunk(disk, index, buffer);
    chunk.catch(() => undefined);
    reading.push(chunk);
  };
  for (let place = 0; place < chunksAhead; place++) readAhead(place);
  for (const [place, index] of indexes.entries()) {
    readAhead(place + chunksAhead);
    const content = await reading.shift();
    if (content !== undefined && !isZero(content)) chunks.push({ index, sha256: sha256Of(content) });
    log.progress('hash the disk', (place + 1) * diskChunkSize, indexes.length * diskChunkSize);
  }
  return chunks;
}

/** Reads a chunk to the start of the buffer. The last chunk may be shorter. */
async function readChunk(disk: OpenDisk, index: number, buffer: Buffer): Promise<Buffer> {
  const chunk = buffer.subarray(0, Math.min(diskChunkSize, disk.size - index * diskChunkSize));
  await disk.readInto(index * diskChunkSize, chunk);
  return chunk;
}
