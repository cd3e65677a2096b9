import { chmod, mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hasCode } from '../errors.js';

/**
 * Creates a directory and its missing parents. With `mode`, those it creates get exactly that, whatever the umask.
 * Returns the created ones, outermost first. Not Node's `recursive`, which never returns in a filesystem where a name
 * cannot be created, such as /proc: mkdir(2) reports ENOENT there, as if the parent were missing.
 */
export async function createDirectories(path: string, mode?: number): Promise<readonly string[]> {
  const outcome = await tryCreateDirectory(path, mode);
  if (outcome !== 'no parent') return outcome === 'created' ? [path] : [];
  const parent = dirname(path);
  const parents = parent === path ? [] : await createDirectories(parent, mode);
  const second = await tryCreateDirectory(path, mode);
  if (second !== 'no parent') return second === 'created' ? [...parents, path] : parents;
  throw Object.assign(new Error(`ENOENT: cannot create directory '${path}'`), {
    code: 'ENOENT',
    syscall: 'mkdir',
    path,
  });
}

type Outcome = 'created' | 'exists' | 'no parent';

async function tryCreateDirectory(path: string, mode: number | undefined): Promise<Outcome> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'no parent';
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isDirectory() === true) return 'exists';
    throw error;
  }
  if (mode !== undefined) await chmod(path, mode);
  return 'created';
}
