import { chmod, copyFile, constants } from 'node:fs/promises';

/**
 * Makes a copy that shares its blocks with the file until one of the two changes, which takes neither time nor space.
 * Only its owner can use it. False if the filesystem cannot, as most, or the file cannot be read, or there is a file
 * already.
 */
export async function tryCloneFile(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch {
    return false;
  }
  await chmod(to, 0o600);
  return true;
}
