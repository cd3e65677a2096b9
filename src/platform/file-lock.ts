import type { FileHandle } from 'node:fs/promises';
import { ToolError } from './errors.js';
import type { Processes } from './processes.js';

/**
 * Takes the exclusive lock of an open file, and says whether it did within the time.
 * flock(2) locks belong to the open file, which flock(1) shares with us: the kernel gives the lock back when
 * we close it or die, so none is ever stale. They hold between containers, and over NFS if it is open for writing.
 */
export async function tryLockFile(file: FileHandle, waitSeconds: number, processes: Processes, evenAfterCancel = false): Promise<boolean> {
  try {
    await processes.run({
      argv: ['flock', '--exclusive', '--timeout', String(waitSeconds), '3'],
      files: [file.fd],
      timeoutMs: (waitSeconds + 30) * 1000,
      evenAfterCancel,
    });
    return true;
  } catch (error) {
    if (error instanceof ToolError && error.exitCode === conflictExitCode) return false;
    throw error;
  }
}

const conflictExitCode = 1;
