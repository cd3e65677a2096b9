import { constants } from 'node:fs';
import { chmod, copyFile, stat, truncate } from 'node:fs/promises';
import type { Log } from '../platform/log.js';
import type { Processes } from '../platform/processes.js';
import { readQcow2Header } from '../disk/qcow2-header.js';
import { openCompressingDisk, openDisk, type OpenDisk } from '../disk/storage-daemon.js';
import { isZero } from './digest-disk.js';
import { alignExtents, type Extent } from './disk-map.js';

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
}

const pieceSize = 4 * 1024 ** 2;

/**
 * Makes one standalone qcow2 of a compressed base and an overlay over it, at the cost of what the overlay changed:
 * the base is copied (a reflink where the filesystem has it), the changed clusters are discarded and written anew
 * through QEMU's compress filter. All other bytes stay where they were, so that uploads and pulls can skip them.
 */
export async function inheritClusters(
  request: { readonly base: string; readonly overlay: string; readonly changed: readonly Extent[]; readonly output: string; readonly diskSize: number; readonly folder: string },
  ports: Ports,
): Promise<void> {
  await copyFile(request.base, request.output, constants.COPYFILE_FICLONE);
  await chmod(request.output, 0o644);
  await ports.processes.run({ argv: ['qemu-img', 'resize', '-q', '-f', 'qcow2', request.output, String(request.diskSize)] });
  const { clusterSize } = await readQcow2Header(request.output);
  const source = await openDisk({ path: request.overlay, format: 'qcow2' }, request.folder, ports);
  try {
    const target = await openCompressingDisk(request.output, request.folder, ports);
    try {
      await copyExtents(source, target, alignExtents(request.changed, clusterSize, request.diskSize), ports.log);
    } finally {
      await target.closeDisk();
    }
  } finally {
    await source.closeDisk();
  }
  await padToCluster(request.output);
}

/** A compressed cluster can only be written where there is none: all are discarded first. */
async function copyExtents(source: OpenDisk, target: OpenDisk, extents: readonly Extent[], log: Log): Promise<void> {
  for (const extent of extents) await target.discard(extent.start, extent.length);
  const pieces = extents.filter((extent) => extent.data).flatMap(cutIntoPieces);
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const buffer = Buffer.allocUnsafe(pieceSize);
  let done = 0;
  for (const piece of pieces) {
    const content = buffer.subarray(0, piece.length);
    await source.readInto(piece.start, content);
    if (!isZero(content)) await target.write(piece.start, content);
    log.progress('flatten', done += piece.length, total);
  }
  await target.flush();
}

function cutIntoPieces(extent: Extent): readonly Extent[] {
  return Array.from({ length: Math.ceil(extent.length / pieceSize) }, (_, index) => ({
    start: extent.start + index * pieceSize,
    length: Math.min(pieceSize, extent.length - index * pieceSize),
    data: true,
  }));
}

/** Makes a qcow2 anew, compressed as told; with `backing`, of what differs from the backing file alone. */
export async function convertImage(
  request: { readonly source: string; readonly output: string; readonly compression: 'zstd' | 'zlib' | 'none'; readonly threads: number;
    readonly backing?: { readonly path: string; readonly format: string } },
  ports: Ports,
): Promise<void> {
  const { compression, backing } = request;
  await ports.processes.run({
    argv: [
      'qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', '-W', '-m', String(request.threads),
      ...(compression === 'none' ? [] : ['-c', '-o', `compression_type=${compression}`]),
      ...(backing === undefined ? [] : ['-B', backing.path, '-F', backing.format]),
      request.source, request.output,
    ],
    timeoutMs: 3_600_000,
  });
  await padToCluster(request.output);
}

/**
 * QEMU's last compressed write ends in the middle of a sector. QEMU reads that, but Cloud Hypervisor reads compressed
 * clusters in whole sectors with an exact read: without this its guest gets an I/O error (seen with v53).
 */
export async function padToCluster(path: string): Promise<void> {
  const { clusterSize } = await readQcow2Header(path);
  const { size } = await stat(path);
  await truncate(path, Math.ceil(size / clusterSize) * clusterSize);
}
