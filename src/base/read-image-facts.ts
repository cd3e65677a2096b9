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
/** Covers the GPT header of a disk with sectors of 4096 bytes, and the signature of a filesystem. */
const startBytes = Math.max(4096 + 8, signatureBytes);

/**
 * Identifies an image by its content. The file is not trusted: QEMU opens it only after its header was accepted, with
 * an explicit format, and under limits.
 * @throws Failure if it must not be a base
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

/** Other formats that users may provide, by their first bytes. */
const otherFormats: readonly (readonly [start: string, name: string, fix: string])[] = [
  ['1f8b', 'gzip', 'unpack it: gunzip FILE.gz'],
  ['fd377a585a00', 'xz', 'unpack it: unxz FILE.xz'],
  ['28b52ffd', 'zstd', 'unpack it: unzstd FILE.zst'],
  ['504b0304', 'zip', 'unpack it: unzip FILE.zip'],
  ['4b444d56', 'VMDK', 'convert it: qemu-img convert -f vmdk -O qcow2 OLD NEW'],
  ['7668647866696c65', 'VHDX', 'convert it: qemu-img convert -f vhdx -O qcow2 OLD NEW'],
  ['514544', 'QED', 'convert it: qemu-img convert -f qed -O qcow2 OLD NEW'],
  ['3c21', 'a web page', 'use the URL of the image itself'],
  ['3c68746d6c', 'a web page', 'use the URL of the image itself'],
];

function assertRaw(start: Buffer, size: number): void {
  const isGpt = [512, 4096].some((offset) => start.toString('latin1', offset, offset + 8) === 'EFI PART');
  const isMbr = start.length >= sectorBytes && start.readUInt16LE(510) === 0xaa55;
  // A filesystem without partitions. Whether it can be edited is checked when it is opened.
  const isBare = isExt4Superblock(start) || identifyContent(start)?.holdsRoot === true;
  if (!isGpt && !isMbr && !isBare) {
    const [, name, fix] = otherFormats.find(([bytes]) => start.toString('hex').startsWith(bytes)) ?? [];
    const detected = name === undefined ? '' : ` (this is ${name})`;
    throw new Failure(
      `not a disk image: neither qcow2, nor raw with a partition table or an ext4 filesystem${detected}`,
      { fix },
    );
  }
  if (size % sectorBytes !== 0)
    throw new Failure(`raw image is truncated: ${size} bytes is not a multiple of ${sectorBytes}`);
}

/** Must be checked here: once the disk is enlarged, a missing end reads as zeros. */
async function assertComplete(path: string, size: number): Promise<void> {
  const partitions = await withRawFile(path, async (disk) =>
    readPartitions({ ...disk, size: Number.MAX_SAFE_INTEGER }),
  );
  const cut = partitions.find((partition) => partition.start + partition.length > size);
  if (cut !== undefined)
    throw new Failure(
      `raw image is truncated: it has ${size} bytes, ` +
        `but partition ${cut.number} ends at byte ${cut.start + cut.length}`,
    );
}

function assertBase(header: Qcow2Header): void {
  const problem = findStandaloneProblem(header) ?? (header.virtualSize === 0 ? 'with an empty disk' : undefined);
  if (problem === undefined) return;
  throw new Failure(`qcow2 image ${problem} cannot be a base`, {
    fix: header.corrupt
      ? 'repair it with qemu-img check -r all, or fetch it again'
      : 'if you trust the image, convert it to a standalone one: qemu-img convert -f qcow2 -O qcow2 OLD NEW',
  });
}

/**
 * Limit for what qemu-img allocates; checking an image of 30 GiB takes a tenth of it. This is not a limit on the
 * address space (--as), because each thread reserves 128 MiB of that (malloc(3), "arenas"), which made some checks on
 * busy hosts fail.
 */
const memoryBytes = 320 * 1024 ** 2;
const cpuSeconds = 60;
const checkTimeoutMs = 120_000;

/** Reads every table of the image, which also detects truncation and damage. */
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
      fix: 'stop that program, such as a VM that runs from the image, or use a copy',
      ...details,
    });
  }
  if (error.exitCode === 2) return new Failure('qcow2 image is truncated or damaged', details);
  if (error.exitCode === 3) {
    return new Failure('qcow2 image has leaked clusters: it was not closed cleanly', {
      fix: 'repair it with qemu-img check -r leaks',
      ...details,
    });
  }
  return new Failure(
    `qcow2 image could not be checked: ${sanitizeLine(error.evidence.at(-1) ?? error.message)}`,
    details,
  );
}
