import type { FileHandle } from 'node:fs/promises';

/**
 * The path of an open file for this process, even if its name now leads elsewhere: proc_pid_fd(5). Valid while the
 * handle is open.
 */
export function handlePath({ fd }: Pick<FileHandle, 'fd'>): string {
  return `/proc/self/fd/${fd}`;
}
