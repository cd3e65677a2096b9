import type { MountOrder } from '../image/mount/sudo-mount-driver.js';
import { serveMount } from '../image/mount/serve-mount.js';
import { sendMessage, tryReadOrder } from './read-order.js';

/** The program that a plain user's build starts through sudo. It mounts an image and edits it, nothing else. */
export async function runMount(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const work = await tryReadOrder<MountOrder>(environment);
  if (work === undefined) {
    process.stderr.write('ch-golden: this is for builds, which start it through sudo for the driver mount\n');
    return 2;
  }
  await serveMount(work.order, sendMessage, work);
  return 0;
}
