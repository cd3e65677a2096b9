import { types } from 'node:util';
import { Failure } from '../errors.js';

const fullDisk = /No space left on device|Disk quota exceeded/i;
const freeSpace = 'free some space on that filesystem';
/** The fix if the full disk is that of the work directory. */
export const freeWorkSpaceFix = 'free some space on the filesystem of the work directory';
const badDisk = 'check the kernel log (dmesg): the disk may be failing';

/** Adds the path to errors of an open file, in which Node leaves it out. @throws Failure instead of such an error */
export async function withPathInErrors<T>(path: string, work: () => Promise<T>, fixWhenFull = freeSpace): Promise<T> {
  return work().catch((error: unknown) => {
    throw isSystemError(error) && error.path === undefined ? systemFailure(error, `: ${path}`, fixWhenFull) : error;
  });
}

/**
 * Turns an error of a system call into a failure: it is not a bug, so it needs no stack. If the disk is full, which
 * tools report in their last lines, the failure has a fix. Anything else is returned unchanged.
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
      fix: error.code === 'EIO' ? badDisk : undefined,
      cause: error,
    });
  }
  return new Failure(`the disk is full: ${error.message}${where}`, { fix: fixWhenFull, cause: error });
}

/** True for a failed system call. Errors of the network are reported elsewhere. */
function isSystemError(thrown: unknown): thrown is NodeJS.ErrnoException {
  return types.isNativeError(thrown) && !(thrown instanceof Failure) && 'syscall' in thrown && 'errno' in thrown;
}
