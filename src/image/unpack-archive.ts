import { Readable, type Transform } from 'node:stream';
import { createGunzip, createInflateRaw } from 'node:zlib';

/** Supported compressions. Node 20 has no zstd, xz or bzip2. */
export type ArchiveKind = 'gzip' | 'zip';

const magics: readonly (readonly [kind: ArchiveKind, hex: string])[] = [
  ['gzip', '1f8b08'],
  ['zip', '504b0304'],
];

export function identifyArchive(start: Buffer): ArchiveKind | undefined {
  return magics.find(([, hex]) => start.toString('hex', 0, hex.length / 2) === hex)?.[0];
}

/** Bytes. Larger zip files are not unpacked, because all of the file must be in memory. */
export const largestZip = 64 * 1024 ** 2;

/** Bytes of a piece. */
const chunkSize = 1024 ** 2;

/** The uncompressed content of an archive, up to `most` bytes or the first damage. Archives in it are not unpacked. */
export async function* unpackArchive(
  kind: ArchiveKind,
  content: AsyncIterable<Buffer>,
  most: number,
): AsyncIterable<Buffer> {
  if (kind === 'zip') yield* limit(unzip(content), most);
  else yield* limit(decompress(content, createGunzip({ chunkSize })), most);
}

async function* limit(pieces: AsyncIterable<Buffer>, most: number): AsyncIterable<Buffer> {
  let done = 0;
  for await (const piece of pieces) {
    yield piece.subarray(0, most - done);
    done += piece.length;
    if (done >= most) return;
  }
}

/** Yields everything before the damage, if the data is damaged. */
async function* decompress(content: AsyncIterable<Buffer>, stream: Transform): AsyncIterable<Buffer> {
  const source = Readable.from(content, { objectMode: false });
  source.on('error', (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) yield piece;
  } catch (error) {
    if (!isDamage(error)) throw error;
  } finally {
    source.destroy();
    stream.destroy();
  }
}

/** True for errors of zlib, not of the source. */
function isDamage(error: unknown): boolean {
  return error !== null && typeof error === 'object' && 'code' in error && /^(Z_|ERR_ZLIB)/.test(String(error.code));
}

const endOfDirectory = 0x06054b50;
const directoryEntry = 0x02014b50;
const localHeaderBytes = 30;

/** Source: PKWARE, APPNOTE.TXT. */
async function* unzip(content: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of content) {
    pieces.push(piece);
    size += piece.length;
    if (size > largestZip) return;
  }
  const zip = Buffer.concat(pieces);
  for (const { method, offset, compressed } of listZip(zip)) {
    const start = offset + localHeaderBytes + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28);
    const data = zip.subarray(start, start + compressed);
    if (method === 0) yield data;
    else if (method === 8) yield* decompress(toStream(data), createInflateRaw({ chunkSize }));
  }
}

async function* toStream(data: Buffer): AsyncIterable<Buffer> {
  yield await Promise.resolve(data);
}

interface ZipEntry {
  readonly method: number;
  /** Of its local header. */
  readonly offset: number;
  readonly compressed: number;
}

/** Entries of the zip's directory, up to the first that points outside of the file. */
function listZip(zip: Buffer): readonly ZipEntry[] {
  const end = zip.lastIndexOf(Buffer.from('504b0506', 'hex'));
  if (end < 0 || end + 22 > zip.length || zip.readUInt32LE(end) !== endOfDirectory) return [];
  const entries: ZipEntry[] = [];
  let at = zip.readUInt32LE(end + 16);
  while (at + 46 <= end && zip.readUInt32LE(at) === directoryEntry) {
    const entry = {
      method: zip.readUInt16LE(at + 10),
      compressed: zip.readUInt32LE(at + 20),
      offset: zip.readUInt32LE(at + 42),
    };
    if (entry.offset + localHeaderBytes > zip.length) break;
    entries.push(entry);
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
}
