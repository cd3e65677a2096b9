import { EventEmitter, once } from 'node:events';
import { Failure } from '../../platform/errors.js';
import type { Command, Output, Processes } from '../../platform/process/processes.js';
import type { EditableDisk } from '../../disk/storage-daemon.js';

/** A mount namespace for what is mounted from a disk that a process of ours serves. */
export interface MountSpace {
  run(command: Command): Promise<Output>;
  /** The path by which this process reaches a path of the namespace. */
  reach(path: string): string;
}

const holder = ['unshare', '--mount', '--', 'sh', '-c', 'echo ready && exec sleep infinity'] as const;

/**
 * Does the work with a namespace of its own inside of the disk's. Were the server of the disk the last process in a namespace
 * with filesystems on that disk, it could never end: as it exits, the kernel unmounts them, and waits for an answer of the server,
 * whose /dev/fuse is closed only after that (Linux 6.18, do_exit: namespaces before deferred closes).
 */
export async function withMountSpace<T>(
  disk: EditableDisk,
  ports: { readonly processes: Processes },
  work: (space: MountSpace) => Promise<T>,
): Promise<T> {
  const said = new EventEmitter();
  const ready = once(said, 'line').then(() => true);
  const running = await disk.start({ argv: holder, onLine: () => said.emit('line') });
  try {
    if (!(await Promise.race([ready, running.exited.then(() => false)]))) {
      throw new Failure('no mount namespace could be made', { evidence: running.tail() });
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
