import type { FileHandle } from 'node:fs/promises';

/** The path by which this process reaches an open file, whatever its name leads to by now: proc_pid_fd(5). It holds while the handle is open. */
export function handlePath({ fd }: Pick<FileHandle, 'fd'>): string {
  return `/proc/self/fd/${fd}`;
}
