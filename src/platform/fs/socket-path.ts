import { open } from 'node:fs/promises';
import { handlePath } from './handle-path.js';

/**
 * Gives `work` a short path of a file in a directory. A socket's path has at most 107 bytes (unix(7)) and a run directory may be
 * longer: this one goes through a handle of the directory, which is open while `work` lasts.
 */
export async function withShortPath<T>(
  directory: string,
  name: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  const handle = await open(directory, 'r');
  try {
    return await work(`${handlePath(handle)}/${name}`);
  } finally {
    await handle.close();
  }
}
