import { open, stat } from 'node:fs/promises';
import { Failure, ToolError } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';
import type { Processes } from '../platform/process/processes.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import { isExt4Superblock } from '../disk/ext4-superblock.js';
import { identifyContent, signatureBytes } from '../disk/identify-filesystem.js';
import { readPartitions } from '../disk/partition-table.js';
import { findStandaloneProblem } from '../disk/image-gate.js';
import { parseCompressedClusters } from '../disk/qcow2-check.js';
import { isQcow2, readQcow2Header, type Qcow2Header } from '../disk/qcow2-header.js';
import { withRawFile } from '../disk/raw-file.js';
import type { BaseImage } from './base-image.js';

export type ImageFacts = Pick<BaseImage, 'format' | 'compression' | 'size' | 'virtualSize'>;

const sectorBytes = 512;
/** The first sectors up to the GPT header of a disk with sectors of 4096 bytes, or to the signature of a filesystem. */
const startBytes = Math.max(4096 + 8, signatureBytes);

/**
 * Finds out what a file is by what is in it, and refuses what must not be a base.
 * The file is not trusted: QEMU sees it only after its header was accepted, with its format said, and under limits.
 * @throws Failure
 */
export async function readImageFacts(path: string, ports: { readonly processes: Processes }): Promise<ImageFacts> {
  const { size } = await stat(path);
  const start = await readStart(path);
  if (!isQcow2(start)) {
    assertRaw(start, size);
    await assertComplete(path, size);
    return { format: 'raw', compression: 'none', size, virtualSize: size };
  }
  const header = await readQcow2Header(path);
  assertBase(header);
  const compressedClusters = await countCompressedClusters(path, ports);
  return {
    format: 'qcow2',
    compression: compressedClusters > 0 ? header.compressionType : 'none',
    size,
    virtualSize: header.virtualSize,
  };
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await withPathInErrors(path, async () =>
      file.read(Buffer.alloc(startBytes), 0, startBytes, 0),
    );
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What users take for a disk image, by its first bytes. */
const otherFormats: readonly (readonly [start: string, name: string])[] = [
  ['1f8b', 'gzip: unpack it first'],
  ['fd377a585a00', 'xz: unpack it first'],
  ['28b52ffd', 'zstd: unpack it first'],
  ['504b0304', 'zip: unpack it first'],
  ['4b444d56', 'VMDK'],
  ['7668647866696c65', 'VHDX'],
  ['514544', 'QED'],
  ['3c21', 'a web page'],
  ['3c68746d6c', 'a web page'],
];

function assertRaw(start: Buffer, size: number): void {
  const isGpt = [512, 4096].some((offset) => start.toString('latin1', offset, offset + 8) === 'EFI PART');
  const isMbr = start.length >= sectorBytes && start.readUInt16LE(510) === 0xaa55;
  // A filesystem on the whole disk: whether it is one that can be edited is for those to say who open it.
  const isBare = isExt4Superblock(start) || identifyContent(start)?.holdsRoot === true;
  if (!isGpt && !isMbr && !isBare) {
    const guess = otherFormats.find(([bytes]) => start.toString('hex').startsWith(bytes))?.[1];
    throw new Failure(
      `not a disk image: neither qcow2 nor raw with a partition table or an ext4 filesystem${guess === undefined ? '' : `, but ${guess}`}`,
    );
  }
  if (size % sectorBytes !== 0)
    throw new Failure(`raw image of ${size} bytes is not whole: not a multiple of ${sectorBytes}`);
}

/** The end of a disk reads as zeros once it is a larger one: that a file lost its own is to be seen here, or in no place. */
async function assertComplete(path: string, size: number): Promise<void> {
  const partitions = await withRawFile(path, async (disk) =>
    readPartitions({ ...disk, size: Number.MAX_SAFE_INTEGER }),
  );
  const cut = partitions.find((partition) => partition.start + partition.length > size);
  if (cut !== undefined)
    throw new Failure(
      `raw image of ${size} bytes is not whole: its partition ${cut.number} ends at byte ${cut.start + cut.length}`,
    );
}

function assertBase(header: Qcow2Header): void {
  const problem = findStandaloneProblem(header) ?? (header.virtualSize === 0 ? 'of 0 bytes' : undefined);
  if (problem === undefined) return;
  throw new Failure(`qcow2 image ${problem} cannot be a base`, {
    fix: header.corrupt
      ? 'qemu-img check -r all, or fetch it anew'
      : 'if you trust the image, make a plain one of it: qemu-img convert -f qcow2 -O qcow2 OLD NEW',
  });
}

/**
 * Of what it allocates: a check of 30 GiB takes a tenth of it, and with ours it stays below 512 MiB.
 * A limit of the address space (--as) would end every fiftieth check of a busy host, for each thread reserves 128 MiB of it: malloc(3), "arenas".
 */
const memoryBytes = 320 * 1024 ** 2;
const cpuSeconds = 60;
const checkTimeoutMs = 120_000;

/** Walks every table of the image, which also finds a truncated or a damaged one. */
async function countCompressedClusters(
  path: string,
  { processes }: { readonly processes: Processes },
): Promise<number> {
  try {
    const { stdout } = await processes.run({
      argv: [
        'prlimit',
        `--data=${memoryBytes}`,
        `--cpu=${cpuSeconds}`,
        '--',
        'qemu-img',
        'check',
        '--output=json',
        '-f',
        'qcow2',
        '--',
        path,
      ],
      timeoutMs: checkTimeoutMs,
    });
    return parseCompressedClusters(stdout);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw checkFailure(error);
  }
}

/** Exit codes: qemu-img(1), "check". */
function checkFailure(error: ToolError): Failure {
  const details = { evidence: error.evidence.slice(-5), cause: error };
  if (error.evidence.some((line) => /Failed to get .*lock|Is another process using the image/.test(line))) {
    return new Failure('qcow2 image is in use: another program has it open for writing', {
      fix: 'close that program, such as a VM that runs from the image, or use a copy',
      ...details,
    });
  }
  if (error.exitCode === 2) return new Failure('qcow2 image is truncated or damaged', details);
  if (error.exitCode === 3) {
    return new Failure('qcow2 image has leaked clusters: it was not closed cleanly', {
      fix: 'qemu-img check -r leaks',
      ...details,
    });
  }
  return new Failure(
    `qcow2 image could not be checked: ${sanitizeLine(error.evidence.at(-1) ?? error.message)}`,
    details,
  );
}
