import { EventEmitter, once } from 'node:events';
import { Failure } from '../../platform/errors.js';
import type { Command, Output, Processes } from '../../platform/process/processes.js';
import type { EditableDisk } from '../../disk/storage-daemon.js';

/** A mount namespace for mounts of a disk that one of our processes serves. */
export interface MountSpace {
  run(command: Command): Promise<Output>;
  /** This process's path for a path of the namespace. */
  reach(path: string): string;
}

const holder = ['unshare', '--mount', '--', 'sh', '-c', 'echo ready && exec sleep infinity'] as const;

/**
 * Does the work in a separate namespace inside of the disk's. If the disk's server were the last process in a namespace
 * with filesystems on that disk, it could never exit: the kernel would unmount them first and wait for the server,
 * whose /dev/fuse is only closed after that (Linux 6.18, do_exit: namespaces before deferred closes).
 */
export async function withMountSpace<T>(
  disk: EditableDisk,
  ports: { readonly processes: Processes },
  work: (space: MountSpace) => Promise<T>,
): Promise<T> {
  const output = new EventEmitter();
  const ready = once(output, 'line').then(() => true);
  const running = await disk.start({ argv: holder, onLine: () => output.emit('line') });
  try {
    if (!(await Promise.race([ready, running.exited.then(() => false)]))) {
      throw new Failure('could not create a mount namespace', { evidence: running.tail() });
    }
    return await work({
      run: async (command) =>
        ports.processes.run({
          ...command,
          argv: ['nsenter', `--target=${running.pid}`, '--mount', '--', ...command.argv],
        }),
      reach: (path) => `/proc/${running.pid}/root${path}`,
    });
  } finally {
    await running.stop();
  }
}
