import { open } from 'node:fs/promises';
import { Failure, ToolError } from '../platform/errors.js';
import { readFully } from '../platform/fs/files.js';
import type { Processes } from '../platform/process/processes.js';
import {
  compressionSince,
  diskOptions,
  laterRelease,
  minReleaseFor,
  zeroMarksSince,
} from '../vmm/cloud-hypervisor-needs.js';
import { parseCompressedClusters } from '../disk/qcow2-check.js';
import { readQcow2Header, type Qcow2Header } from '../disk/qcow2-header.js';
import { hasZeroMarks } from '../disk/qcow2-tables.js';
import type { CloudHypervisorNeeds } from './golden-image.js';

/** Runs qemu-img check on a finished image. @throws Failure if it finds an error or a leak */
export async function checkQcow2(
  path: string,
  { processes }: { readonly processes: Processes },
): Promise<{ readonly compressedClusters: number }> {
  try {
    const { stdout } = await processes.run({ argv: ['qemu-img', 'check', '--output=json', '-f', 'qcow2', path] });
    return { compressedClusters: parseCompressedClusters(stdout) };
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure('qemu-img check found errors in the finished image', { evidence: error.evidence, cause: error });
  }
}

/** Features of clusters that not every reader of qcow2 supports. */
interface Clusters {
  readonly compressedClusters: number;
  readonly hasZeroMarks: boolean;
}

/** Reads header and tables, so the result describes the file, not what was requested. */
export async function readCloudHypervisorNeeds(
  path: string,
  compressedClusters: number,
): Promise<CloudHypervisorNeeds> {
  const header = await readQcow2Header(path);
  await using file = await open(path);
  const read = async (offset: number, length: number): Promise<Buffer> => readFully(file, Buffer.alloc(length), offset);
  const marks = await hasZeroMarks({ read }, [{ start: 0, length: header.virtualSize }]);
  return decideCloudHypervisorNeeds(header, { compressedClusters, hasZeroMarks: marks });
}

export function decideCloudHypervisorNeeds(
  header: Qcow2Header,
  { compressedClusters, hasZeroMarks }: Clusters,
): CloudHypervisorNeeds {
  if (header.extendedL2 || header.externalDataFile || header.unknownFeatures !== 0n) {
    throw new Failure(
      'Cloud Hypervisor cannot open this image: ' +
        'it has extended L2 entries, an external data file or an unknown feature',
    );
  }
  const needs = [
    minReleaseFor(header),
    ...(compressedClusters > 0 ? [compressionSince] : []),
    ...(hasZeroMarks ? [zeroMarksSince] : []),
  ];
  return {
    min: needs.reduce(laterRelease),
    diskOptions: header.backingFile === undefined ? diskOptions.slice(0, 1) : diskOptions,
  };
}
