import { stat } from 'node:fs/promises';
import { checkBase } from '../../base/check-base.js';
import { errorMessage, Failure } from '../../platform/errors.js';
import type { Processes } from '../../platform/process/processes.js';
import type { Finding } from './finding.js';

interface Ports {
  readonly processes: Processes;
  readonly signal: AbortSignal;
}

/**
 * Reads a base that is a file of this machine: its format, its partitions and the features of its filesystems. That takes a moment,
 * while hashing it, or building a daemon for it, takes minutes. A missing file and missing programs are reported elsewhere.
 */
export async function examineBase(path: string, workDirectory: string, ports: Ports): Promise<readonly Finding[]> {
  const needed = ['qemu-img', 'qemu-storage-daemon', 'prlimit'];
  const programs = await Promise.all(needed.map(async (program) => ports.processes.tryFind(program)));
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile || programs.includes(undefined)) return [];
  const name = 'base image';
  try {
    const { filesystems } = await checkBase(path, workDirectory, ports);
    return [{ name, state: 'ok', text: `${path}: ${filesystems}` }];
  } catch (error) {
    ports.signal.throwIfAborted();
    // Such as a work directory that cannot be used, which has a finding of its own.
    if (!(error instanceof Failure))
      return [{ name, state: 'warning', text: `${path} could not be looked at: ${errorMessage(error)}` }];
    return [{ name, state: 'broken', text: `${path}: ${error.message}`, fix: error.fix ?? 'use another base' }];
  }
}
