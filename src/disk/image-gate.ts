import { errorMessage, Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { readQcow2Header, tryReadQcow2Header, type Qcow2Header } from './qcow2-header.js';

/**
 * The gate for every image that was not created in this run. It reads the header before any other program opens the
 * file, because a program that opens an image also opens the files that its header names.
 */

/** The only file that a layered image may refer to, as in its manifest. */
export interface Backing {
  /** As in the header, such as `../images/<sha256>.qcow2`. */
  readonly file: string;
  readonly format: 'qcow2' | 'raw';
}

/** An image file, with details for messages. */
export interface GatedImage {
  readonly path: string;
  /** Name in messages. Default: the path. */
  readonly name?: string;
  /** The fix to print if the file is rejected. */
  readonly fix: string;
  /** Bytes of its disk, according to its manifest. */
  readonly virtualSize?: number;
}

/** Why an image is more than the content of one disk, such as `with a backing file`; undefined if it is not. */
export function findStandaloneProblem(header: Qcow2Header): string | undefined {
  return header.backingFile === undefined ? findPartProblem(header) : 'with a backing file';
}

/** Like `findStandaloneProblem`, for an image on one backing file. */
export function findLayeredProblem(header: Qcow2Header, backing: Backing): string | undefined {
  const { backingFile, backingFormat } = header;
  if (backingFile === undefined) return 'without a backing file, although its version is layered';
  if (backingFile !== backing.file) return `with a backing file other than ${quoteText(backing.file)}`;
  if (backingFormat === undefined) return 'that does not state the format of its backing file';
  if (backingFormat !== backing.format)
    return `with a backing format ${quoteText(backingFormat)} instead of ${backing.format}`;
  return findPartProblem(header);
}

function findPartProblem(header: Qcow2Header): string | undefined {
  if (header.externalDataFile) return 'with an external data file';
  if (header.encrypted) return 'that is encrypted';
  if (header.snapshots > 0) return 'with internal snapshots';
  if (header.bitmaps) return 'with bitmaps';
  if (header.corrupt) return 'that is marked corrupt';
  if (header.extendedL2) return 'with extended L2 entries';
  if (header.unknownFeatures !== 0n) return `with unknown features (0x${header.unknownFeatures.toString(16)})`;
  return undefined;
}

/** @throws Failure unless the file is a self-contained qcow2 image */
export async function assertStandaloneImage(image: GatedImage): Promise<Qcow2Header> {
  return assertImage(image, findStandaloneProblem);
}

/** The backing file must pass the gate too. @throws Failure unless the file is a qcow2 image on this backing file */
export async function assertLayeredImage(image: GatedImage, backing: Backing): Promise<Qcow2Header> {
  return assertImage(image, (header) => findLayeredProblem(header, backing));
}

/** @throws Failure for a raw image that a program that detects formats would open as qcow2 */
export async function assertRawImage(image: GatedImage): Promise<void> {
  if ((await withImageName(image, async () => tryReadQcow2Header(image.path))) === undefined) return;
  throw rejectionFailure(image, 'it starts with a qcow2 header, but should be raw');
}

async function assertImage(
  image: GatedImage,
  findProblem: (header: Qcow2Header) => string | undefined,
): Promise<Qcow2Header> {
  const header = await withImageName(image, async () => readQcow2Header(image.path));
  const problem = findProblem(header) ?? findSizeProblem(header, image);
  if (problem === undefined) return header;
  const backing = header.backingFile === undefined ? '' : ` (its backing file is ${quoteText(header.backingFile)})`;
  throw rejectionFailure(image, `qcow2 image ${problem}${backing}`);
}

/** Disk sizes are rounded to whole sectors, whatever size was requested. */
const sectorBytes = 512;

function findSizeProblem(header: Qcow2Header, { virtualSize = header.virtualSize }: GatedImage): string | undefined {
  if (Math.abs(header.virtualSize - virtualSize) < sectorBytes) return undefined;
  return `has a disk of ${header.virtualSize} bytes instead of ${virtualSize}`;
}

async function withImageName<T>(image: GatedImage, read: () => Promise<T>): Promise<T> {
  return read().catch((error: unknown) => {
    throw error instanceof Failure ? rejectionFailure(image, errorMessage(error), error) : error;
  });
}

function rejectionFailure({ path, name = path, fix }: GatedImage, reason: string, cause?: unknown): Failure {
  return new Failure(`${quoteText(name, 300)} is rejected: ${reason}`, { fix: fix, cause });
}
