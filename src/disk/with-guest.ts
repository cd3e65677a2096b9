import type { Processes } from '../platform/process/processes.js';
import { openGuest, type Guest } from './open-guest.js';
import { openDisk, type DiskFile } from './storage-daemon.js';

/** Opens the guest on a disk for reading while `work` runs. Sockets and temporary files are created in `directory`. */
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
