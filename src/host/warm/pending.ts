import { lstat, rm } from 'node:fs/promises';
import { createFileWithin, pathWithin, type OwnedDirectory } from '../../platform/fs/owned-directory.js';
import { ifPresent } from '../../platform/fs/files.js';

/**
 * In the directory of a VM until its first, warm start is complete: until then nobody has used it, and its disk and its
 * VMM may be thrown away. Only the owner of the directory can create or remove it.
 */
export const pendingFile = 'warm.pending';

export async function isPending(directory: Pick<OwnedDirectory, 'handle'>): Promise<boolean> {
  return (await ifPresent(lstat(pathWithin(directory, pendingFile)))) !== undefined;
}

export async function markPending(directory: OwnedDirectory): Promise<void> {
  await (await createFileWithin(directory, pendingFile, { mode: 0o600 })).close();
}

/** From here on the VM is one like any other. */
export async function clearPending(directory: OwnedDirectory): Promise<void> {
  await rm(pathWithin(directory, pendingFile), { force: true });
  await directory.handle.sync();
}
