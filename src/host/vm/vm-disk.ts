import { lstat, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readQcow2Header } from '../../disk/qcow2-header.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { readLocalVersion, type LocalVersion } from '../local-versions.js';
import { isSameFile } from '../same-file.js';
import { assertVersionFiles } from '../version-gate.js';
import { tryGetLayer } from '../warm/template-document.js';
import { diskFileOf, type VmRecord } from './vm-record.js';

/**
 * Checks everything that the VMM opens, since it could have been replaced after the VM was created: the files of its
 * version, and its disk, which may only be backed by the image of that version. The guest writes the first bytes of a
 * raw disk, so they are never read.
 * @throws Failure
 */
export async function assertVmDisks(root: string, directory: string, vm: VmRecord): Promise<LocalVersion> {
  const local = await readLocalVersion(root, vm.image, vm.version).catch((error: unknown) => {
    const fix = `ch-golden pull ${vm.version}`;
    throw new Failure(`cannot read the version of ${vm.name}: ${errorMessage(error)}`, { fix, cause: error });
  });
  await assertVersionFiles(local);
  const disk = join(directory, diskFileOf(vm));
  const problem =
    vm.disk === 'raw'
      ? await findRawProblem(disk, local.manifest.disk.virtualSize)
      : await findOverlayProblem(disk, { paths: await listBackings(vm), name: nameImage(vm) });
  if (problem === undefined) return local;
  const fix = `restore it from a backup, or create the VM again: ch-golden vm delete ${vm.name}`;
  throw new Failure(`${disk} is rejected: ${problem}`, { fix });
}

const sectorBytes = 512;
const groupAndOthersWrite = 0o022;

/** Whoever it belongs to, only we can have put it into its directory: it is given to the VM's user at each start. */
async function findRawProblem(disk: string, minSize: number): Promise<string | undefined> {
  const stats = await lstat(disk);
  if (!stats.isFile()) return 'it is not a plain file';
  if (stats.nlink !== 1) return 'it has other hard links';
  if ((stats.mode & groupAndOthersWrite) !== 0) return 'other users can write to it';
  if (stats.size < minSize) return `it has ${stats.size} bytes, less than the image (${minSize})`;
  return stats.size % sectorBytes === 0 ? undefined : `its ${stats.size} bytes are no whole number of sectors`;
}

function nameImage({ image, version }: VmRecord): string {
  return `the image of ${image}.${version}`;
}

/** What a VM's disk may be backed by: its image, or the frozen disk of the template that it was started from. */
async function listBackings(vm: VmRecord): Promise<readonly string[]> {
  const layer = tryGetLayer(vm);
  if (layer === undefined) return [vm.imagePath];
  const problem = await findOverlayProblem(layer, { paths: [vm.imagePath], name: nameImage(vm) });
  return problem === undefined ? [vm.imagePath, layer] : [vm.imagePath];
}

/** Files that a disk may be backed by, and what they are called. */
export interface Backings {
  readonly paths: readonly string[];
  readonly name: string;
}

/** Why a disk must not be used; undefined if it has no backing file, or one of these. */
export async function findOverlayProblem(disk: string, { paths, name }: Backings): Promise<string | undefined> {
  const header = await readQcow2Header(disk).catch((error: unknown) => {
    if (error instanceof Failure) return error.message;
    throw error;
  });
  if (typeof header === 'string') return header;
  if (header.externalDataFile) return 'qcow2 image with an external data file';
  if (header.backingFile === undefined) return undefined;
  const backing = resolve(dirname(await realpath(disk)), header.backingFile);
  for (const path of paths) if (await isSameFile(backing, path)) return undefined;
  return `its backing file ${quoteText(header.backingFile)} is not ${name}`;
}
