import { types } from 'node:util';
import { Failure } from '../errors.js';

const fullDisk = /No space left on device|Disk quota exceeded/i;
const freeSpace = 'free some space on that filesystem';
/** The mend where it is known to be the work folder's. */
export const freeWorkSpace = 'free some space on the filesystem of the work folder';
const badDisk = 'look into the log of the kernel (dmesg): the disk may be failing';

/** Says which file cannot be read or written: Node names it where it is opened, and not where it is open. @throws Failure for that */
export async function namingPath<T>(path: string, work: () => Promise<T>, mendWhenFull = freeSpace): Promise<T> {
  return work().catch((error: unknown) => {
    throw isSystemError(error) && error.path === undefined ? explain(error, `: ${path}`, mendWhenFull) : error;
  });
}

/**
 * What the system refuses is no fault of this program: one line without a stack, and what to do where the disk is full, which a
 * tool tells in its last lines. All else stays as it is.
 */
export function explainSystemError(error: unknown): unknown {
  if (isSystemError(error)) return explain(error, '', freeSpace);
  if (!(error instanceof Failure) || error.mend !== undefined) return error;
  const line = error.evidence.find((one) => fullDisk.test(one));
  return line === undefined
    ? error
    : new Failure(`the disk is full: ${line}`, { mend: freeSpace, evidence: error.evidence, cause: error });
}

function explain(error: NodeJS.ErrnoException, where: string, mendWhenFull: string): Failure {
  if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) {
    return new Failure(`${error.message}${where}`, {
      ...(error.code === 'EIO' ? { mend: badDisk } : {}),
      cause: error,
    });
  }
  return new Failure(`the disk is full: ${error.message}${where}`, { mend: mendWhenFull, cause: error });
}

/** Of a call of the kernel's that failed; the network has errors of its own. */
function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return types.isNativeError(thrown) && !(thrown instanceof Failure) && 'syscall' in thrown && 'errno' in thrown;
}
