import { stat } from 'node:fs/promises';
import { parseReference } from '../../../base/base-reference.js';
import { checkBase } from '../../../base/check-base.js';
import { errorMessage, Failure } from '../../../platform/errors.js';
import type { Check, DoctorPorts, DoctorRequest } from '../check.js';
import type { Finding } from '../finding.js';

const programs = ['qemu-img', 'qemu-storage-daemon', 'prlimit'];

export const baseImageCheck: Check = {
  name: 'base image',
  appliesTo: ({ base }) => parseReference(base.reference).kind === 'path',
  check: checkBaseImage,
};

/** Inspecting a local base takes milliseconds. Hashing it, or building a daemon for it, takes minutes. */
export async function checkBaseImage(
  { base, directories }: Pick<DoctorRequest, 'base' | 'directories'>,
  ports: Pick<DoctorPorts, 'processes' | 'signal'>,
): Promise<readonly Finding[]> {
  const name = 'base image';
  const reference = parseReference(base.reference);
  if (reference.kind !== 'path' || !(await isInspectable(reference.path, ports))) return [];
  const { path } = reference;
  try {
    const { filesystems } = await checkBase(path, directories.work, ports);
    return [{ name, state: 'ok', text: `${path}: ${filesystems}` }];
  } catch (error) {
    ports.signal.throwIfAborted();
    // E.g. a work directory that is not usable, which has a finding of its own.
    if (!(error instanceof Failure))
      return [{ name, state: 'warning', text: `${path} cannot be inspected: ${errorMessage(error)}` }];
    return [{ name, state: 'broken', text: `${path}: ${error.message}`, fix: error.fix ?? 'use a different base' }];
  }
}

/** The build reports a missing file, and the check of programs a missing program. */
async function isInspectable(path: string, { processes }: Pick<DoctorPorts, 'processes'>): Promise<boolean> {
  const found = await Promise.all(programs.map(async (program) => processes.tryFind(program)));
  if (found.includes(undefined)) return false;
  return stat(path).then(
    (stats) => stats.isFile(),
    () => false,
  );
}
