import type { Processes } from '../platform/process/processes.js';
import { openGuest, type Guest } from './open-guest.js';
import { openDisk, type DiskFile } from './storage-daemon.js';

/** Opens a disk for reading, and the guest in it, does the work, and closes it. Sockets and the like live in `directory` meanwhile. */
export async function withGuest<T>(
  file: DiskFile,
  directory: string,
  ports: { readonly processes: Processes },
  work: (guest: Guest) => Promise<T>,
): Promise<T> {
  const disk = await openDisk(file, directory, ports);
  try {
    return await work(await openGuest(disk));
  } finally {
    await disk.closeDisk();
  }
}
