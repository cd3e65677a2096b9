import { errorMessage, Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { readQcow2Header, tryReadQcow2Header, type Qcow2Header } from './qcow2-header.js';

/**
 * The gate for every image that was not made in this run. It reads the header by itself, before any other program opens the file:
 * whoever opens an image also opens what its header names.
 */

/** The one file that a layered image may name, by its manifest. */
export interface Backing {
  /** As the header has it, such as `../images/<sha256>.qcow2`. */
  readonly file: string;
  readonly format: 'qcow2' | 'raw';
}

/** An image's file, and what messages say of it. */
export interface GatedImage {
  readonly path: string;
  /** What the file is called in messages; its path by default. */
  readonly name?: string;
  /** What to do about a file that is rejected. */
  readonly fix: string;
  /** Bytes of its disk, as its manifest says. */
  readonly virtualSize?: number;
}

/** What makes an image more than the content of one disk, such as `with a backing file`; undefined if nothing does. */
export function findStandaloneProblem(header: Qcow2Header): string | undefined {
  return header.backingFile === undefined ? findPartProblem(header) : 'with a backing file';
}

/** As `findStandaloneProblem`, for an image over one other file, named with its format. */
export function findLayeredProblem(header: Qcow2Header, backing: Backing): string | undefined {
  const { backingFile, backingFormat } = header;
  if (backingFile === undefined) return 'without a backing file, though its version is layered';
  if (backingFile !== backing.file) return `with a backing file other than ${quoteText(backing.file)}`;
  if (backingFormat === undefined) return 'that leaves the format of its backing file open';
  if (backingFormat !== backing.format)
    return `that takes its backing file for ${quoteText(backingFormat)}, not ${backing.format}`;
  return findPartProblem(header);
}

function findPartProblem(header: Qcow2Header): string | undefined {
  if (header.externalDataFile) return 'with an external data file';
  if (header.encrypted) return 'that is encrypted';
  if (header.snapshots > 0) return 'with internal snapshots';
  if (header.bitmaps) return 'with bitmaps';
  if (header.corrupt) return 'that is marked corrupt';
  if (header.extendedL2) return 'with extended L2 entries';
  if (header.unknownFeatures !== 0n)
    return `with features that are unknown here (0x${header.unknownFeatures.toString(16)})`;
  return undefined;
}

/** @throws Failure unless the file is a qcow2 image that stands for itself */
export async function assertStandaloneImage(image: GatedImage): Promise<Qcow2Header> {
  return assertImage(image, findStandaloneProblem);
}

/** The backing file has to pass the gate, too. @throws Failure unless the file is a qcow2 image over just this backing file */
export async function assertLayeredImage(image: GatedImage, backing: Backing): Promise<Qcow2Header> {
  return assertImage(image, (header) => findLayeredProblem(header, backing));
}

/** @throws Failure for a raw image that a reader who guesses would take for qcow2 */
export async function assertRawImage(image: GatedImage): Promise<void> {
  if ((await withImageName(image, async () => tryReadQcow2Header(image.path))) === undefined) return;
  throw rejectionFailure(image, 'it begins as a qcow2 image, and has to be raw');
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

/** A disk is a whole number of sectors, whatever was asked for. */
const sectorBytes = 512;

function findSizeProblem(header: Qcow2Header, { virtualSize = header.virtualSize }: GatedImage): string | undefined {
  if (Math.abs(header.virtualSize - virtualSize) < sectorBytes) return undefined;
  return `of a disk of ${header.virtualSize} bytes, not ${virtualSize}`;
}

async function withImageName<T>(image: GatedImage, read: () => Promise<T>): Promise<T> {
  return read().catch((error: unknown) => {
    throw error instanceof Failure ? rejectionFailure(image, errorMessage(error), error) : error;
  });
}

function rejectionFailure({ path, name = path, fix }: GatedImage, reason: string, cause?: unknown): Failure {
  return new Failure(`${quoteText(name, 300)} is rejected: ${reason}`, { fix: fix, cause });
}
