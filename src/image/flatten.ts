import { constants } from 'node:fs';
import { chmod, copyFile, open, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFully } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import { waitTogether } from '../platform/concurrency.js';
import { readQcow2Header } from '../disk/qcow2-header.js';
import type { ByteRange } from '../platform/byte-range.js';
import { freeTables, moveTables } from '../disk/qcow2-tables.js';
import {
  nameImageInOverlay,
  openCompressingDisk,
  openDisk,
  openWritableDisk,
  type OpenDisk,
} from '../disk/storage-daemon.js';
import { isZero } from '../platform/zeros.js';
import { alignExtents, mapOverlay, type Extent } from './disk-map.js';
import type { Ports } from './ports.js';

const pieceSize = 4 * 1024 ** 2;

interface InheritRequest {
  readonly base: string;
  readonly overlay: string;
  readonly changed: readonly Extent[];
  readonly output: string;
  readonly diskSize: number;
  /** For the second overlay and sockets. The caller removes it. */
  readonly directory: string;
}

/**
 * Creates one standalone qcow2 from a compressed base and an overlay over it, at the cost of what the overlay changed.
 * The base is copied (by reflink if the filesystem supports it), and the changed clusters are discarded and rewritten
 * through QEMU's compress filter. All other bytes keep their place, so uploads and pulls can skip them. QEMU writes to
 * a second overlay over the base's file, so the returned ranges that differ from the base's file are exact.
 */
export async function inheritClusters(request: InheritRequest, ports: Ports): Promise<readonly ByteRange[]> {
  const { base, output, directory } = request;
  const [{ clusterSize }, { size }] = await Promise.all([readQcow2Header(base), stat(base)]);
  const fileOverlay = join(directory, 'file.qcow2');
  const [, freed] = await waitTogether(
    [copyBase(base, output), changeClusters(fileOverlay, { ...request, clusterSize, size }, ports)],
    () => undefined,
  );
  const changes = await mapOverlay(fileOverlay, ports);
  const end = changes
    .filter(({ data }) => data)
    .reduce((end, { start, length }) => Math.max(end, start + length), size);
  await commitOverlay(fileOverlay, output, { freed, size: roundUp(end, clusterSize) }, ports);
  return [...changes, ...freed];
}

/** The copy is writable even if the base is not. */
async function copyBase(base: string, output: string): Promise<void> {
  await copyFile(base, output, constants.COPYFILE_FICLONE);
  await chmod(output, 0o644);
}

/** Bytes, amply, for the tables of a qcow2 file. An overlay's disk takes no space until it is written to. */
const spaceForTables = 1024 ** 3;

interface ChangeRequest extends InheritRequest {
  /** Bytes. */
  readonly clusterSize: number;
  /** Bytes of the base's file. */
  readonly size: number;
}

/** Returns the ranges that tables have left, and that still count as used. */
async function changeClusters(
  fileOverlay: string,
  request: ChangeRequest,
  ports: Ports,
): Promise<readonly ByteRange[]> {
  const { base, overlay, changed, clusterSize, size, diskSize, directory } = request;
  const extents = alignExtents(changed, clusterSize, diskSize);
  await ports.processes.run({
    argv: [
      'qemu-img',
      'create',
      '-q',
      '-f',
      'qcow2',
      '-F',
      'raw',
      '-b',
      base,
      fileOverlay,
      String(size + diskSize + spaceForTables),
    ],
  });
  const file = await openWritableDisk(fileOverlay, directory, ports);
  const left = await moveTables(file, extents, size).finally(async () => file.closeDisk());
  await ports.processes.run({ argv: ['qemu-img', 'resize', '-q', nameImageInOverlay(fileOverlay), String(diskSize)] });
  const source = await openDisk({ path: overlay, format: 'qcow2' }, directory, ports);
  try {
    const target = await openCompressingDisk(fileOverlay, directory, ports);
    try {
      await copyExtents(source, target, { extents, clusterSize }, ports.log);
    } finally {
      await target.closeDisk();
    }
  } finally {
    await source.closeDisk();
  }
  return left;
}

interface CommitRequest {
  readonly freed: readonly ByteRange[];
  /** Bytes of the finished file. */
  readonly size: number;
}

/** Writes the overlay's content to a copy of the base's file, cut at `size`. */
async function commitOverlay(
  fileOverlay: string,
  output: string,
  { freed, size }: CommitRequest,
  { processes }: Ports,
): Promise<void> {
  const overlay = {
    driver: 'qcow2',
    file: { driver: 'file', filename: fileOverlay },
    backing: { driver: 'raw', file: { driver: 'file', filename: output } },
  };
  // qemu-img extends the file to the size of the overlay's disk, and ext4 limits files to 16 TiB.
  await processes.run({ argv: ['qemu-img', 'resize', '-q', '--shrink', '-f', 'qcow2', fileOverlay, String(size)] });
  // Not flushed: publishing does that.
  await processes.run({ argv: ['qemu-img', 'commit', '-q', '-d', '-t', 'unsafe', `json:${JSON.stringify(overlay)}`] });
  await using file = await open(output, 'r+');
  await freeTables(
    { write: async (offset, bytes) => withPathInErrors(output, async () => writeFully(file, bytes, offset)) },
    freed,
  );
}

/** Compressed clusters can only be written to unallocated ones, so all are discarded first. */
async function copyExtents(
  source: OpenDisk,
  target: OpenDisk,
  { extents, clusterSize }: Clusters,
  log: Log,
): Promise<void> {
  for (const extent of extents) await target.discard(extent.start, extent.length);
  const pieces = orderPieces({ extents, clusterSize });
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const buffer = Buffer.allocUnsafe(pieceSize);
  let done = 0;
  for (const piece of pieces) {
    const content = buffer.subarray(0, piece.length);
    await source.readInto(piece.start, content);
    if (!isZero(content)) await target.write(piece.start, content);
    log.progress('flatten', (done += piece.length), total);
  }
  await target.flush();
}

interface Clusters {
  readonly extents: readonly Extent[];
  /** Bytes. */
  readonly clusterSize: number;
}

/** Bytes. The daemon is larger, and what the filesystem notes all over the disk is smaller. */
const smallExtent = 1024 ** 2;

/**
 * QEMU compresses the clusters of a piece side by side, and puts each where the one before ended. So small extents come
 * first, cluster by cluster: they lie where those of the build before lie, and another daemon changes the tables of its
 * own clusters alone.
 */
function orderPieces({ extents, clusterSize }: Clusters): readonly ByteRange[] {
  const data = extents.filter((extent) => extent.data);
  const [small, large] = [
    data.filter(({ length }) => length <= smallExtent),
    data.filter(({ length }) => length > smallExtent),
  ];
  return [
    ...small.flatMap((extent) => cutIntoPieces(extent, clusterSize)),
    ...large.flatMap((extent) => cutIntoPieces(extent, pieceSize)),
  ];
}

function cutIntoPieces({ start, length }: ByteRange, size: number): readonly ByteRange[] {
  return Array.from({ length: Math.ceil(length / size) }, (_, index) => ({
    start: start + index * size,
    length: Math.min(size, length - index * size),
  }));
}

/** Writes a new qcow2. With `backing`, it only has what differs from the backing file. */
export async function convertImage(
  request: {
    readonly source: string;
    readonly output: string;
    readonly compression: 'zstd' | 'zlib' | 'none';
    readonly threads: number;
    readonly backing?: { readonly path: string; readonly format: string };
  },
  ports: Ports,
): Promise<void> {
  const { compression, backing } = request;
  await ports.processes.run({
    argv: [
      'qemu-img',
      'convert',
      '-f',
      'qcow2',
      '-O',
      'qcow2',
      '-W',
      '-m',
      String(request.threads),
      ...(compression === 'none' ? [] : ['-c', '-o', `compression_type=${compression}`]),
      ...(backing === undefined ? [] : ['-B', backing.path, '-F', backing.format]),
      request.source,
      request.output,
    ],
    timeoutMs: 3_600_000,
  });
  await padToCluster(request.output);
}

/**
 * QEMU's last compressed write ends in the middle of a sector. QEMU reads that, but Cloud Hypervisor reads compressed
 * clusters in whole sectors with an exact read: without this its guest gets an I/O error (seen with v53).
 */
async function padToCluster(path: string): Promise<void> {
  const { clusterSize } = await readQcow2Header(path);
  const { size } = await stat(path);
  await truncate(path, roundUp(size, clusterSize));
}

function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}
