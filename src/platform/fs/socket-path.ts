import { open } from 'node:fs/promises';
import { handlePath } from './handle-path.js';

/**
 * Gives `work` a short path of a file in a directory, through a handle that is open while `work` runs. A socket's
 * path has at most 107 bytes (unix(7)), and the path of a run directory may be longer.
 */
export async function withShortPath<T>(
  directory: string,
  name: string,
  work: (path: string) => Promise<T>,
): Promise<T> {
  await using handle = await open(directory, 'r');
  return await work(`${handlePath(handle)}/${name}`);
}
