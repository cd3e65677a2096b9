import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../platform/errors.js';
import { sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { diskChunkSize, hashChunkTable, type DiskDigest } from '../disk/disk-digest.js';
import { openGuest } from '../disk/open-guest.js';
import { assertStandaloneImage } from '../disk/image-gate.js';
import { openDisk } from '../disk/storage-daemon.js';
import { extractBootFiles, getBootPair, readCmdline } from './boot-files.js';
import { digestBase } from './digest-disk.js';
import { findNetworkObstacle } from './network-obstacle.js';
import { checkQcow2, readCloudHypervisorNeeds } from './inspect-qcow2.js';

/** What it takes to boot an image, and to verify what a guest reads from it. */
export interface BootableImage {
  readonly image: { readonly path: string; readonly virtualSize: number; readonly minCloudHypervisor: string };
  readonly kernel: string;
  readonly initramfs: string;
  readonly cmdline: string;
  readonly digest: DiskDigest;
}

const standaloneFix =
  'for a layered version: ch-golden smoke VERSION --store STORE; ' +
  'for any other image that you trust: qemu-img convert -f qcow2 -O qcow2 OLD NEW';

/**
 * Reads from a qcow2 image how to boot it, and writes its boot files to `directory`.
 * @throws Failure if its guest would have no address
 */
export async function inspectImage(
  request: { readonly path: string; readonly directory: string; readonly cacheDirectory: string },
  ports: { readonly processes: Processes; readonly log: Log },
): Promise<BootableImage> {
  const file = { path: request.path, format: 'qcow2' } as const;
  const { virtualSize } = await assertStandaloneImage({ path: file.path, fix: standaloneFix });
  const { compressedClusters } = await checkQcow2(file.path, ports);
  const { min } = await readCloudHypervisorNeeds(file.path, compressedClusters);
  const disk = await openDisk(file, request.directory, ports);
  try {
    const guest = await openGuest(disk);
    const pair = await getBootPair(guest.files);
    const cmdline = await readCmdline(guest, pair.version);
    const obstacle = await findNetworkObstacle(guest.files, cmdline);
    if (obstacle !== undefined) throw new Failure(obstacle.why, { fix: obstacle.fix });
    const kernels = join(request.directory, 'kernels');
    await mkdir(kernels);
    const { kernel, initramfs } = await extractBootFiles(pair, guest.files, kernels);
    const chunks = await digestBase(
      { ...file, sha256: await sha256OfFile(file.path) },
      { cache: request.cacheDirectory, work: request.directory },
      ports,
    );
    return {
      image: { path: file.path, virtualSize, minCloudHypervisor: min },
      kernel: kernel.path,
      initramfs: initramfs.path,
      cmdline,
      digest: { chunkSize: diskChunkSize, chunks, sha256: hashChunkTable(chunks) },
    };
  } finally {
    await disk.closeDisk();
  }
}
