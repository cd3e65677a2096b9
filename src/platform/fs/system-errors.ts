import { types } from 'node:util';
import { Failure } from '../errors.js';

const fullDisk = /No space left on device|Disk quota exceeded/i;
const freeSpace = 'free some space on that filesystem';
/** The fix where it is known to be the work directory's. */
export const freeWorkSpaceFix = 'free some space on the filesystem of the work directory';
const badDisk = 'look into the log of the kernel (dmesg): the disk may be failing';

/** Says which file cannot be read or written: Node names it where it is opened, and not where it is open. @throws Failure for that */
export async function withPathInErrors<T>(path: string, work: () => Promise<T>, fixWhenFull = freeSpace): Promise<T> {
  return work().catch((error: unknown) => {
    throw isSystemError(error) && error.path === undefined ? systemFailure(error, `: ${path}`, fixWhenFull) : error;
  });
}

/**
 * What the system refuses is no fault of this program: one line without a stack, and what to do where the disk is full, which a
 * tool tells in its last lines. All else stays as it is.
 */
export function toFailure(error: unknown): unknown {
  if (isSystemError(error)) return systemFailure(error, '', freeSpace);
  if (!(error instanceof Failure) || error.fix !== undefined) return error;
  const line = error.evidence.find((one) => fullDisk.test(one));
  return line === undefined
    ? error
    : new Failure(`the disk is full: ${line}`, { fix: freeSpace, evidence: error.evidence, cause: error });
}

function systemFailure(error: NodeJS.ErrnoException, where: string, fixWhenFull: string): Failure {
  if (!['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code ?? '')) {
    return new Failure(`${error.message}${where}`, {
      ...(error.code === 'EIO' ? { fix: badDisk } : {}),
      cause: error,
    });
  }
  return new Failure(`the disk is full: ${error.message}${where}`, { fix: fixWhenFull, cause: error });
}

/** Of a call of the kernel's that failed; the network has errors of its own. */
function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return types.isNativeError(thrown) && !(thrown instanceof Failure) && 'syscall' in thrown && 'errno' in thrown;
}
