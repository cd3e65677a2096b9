import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { MountOrder } from '../image/mount/sudo-mount-driver.js';
import { serveMount } from '../image/mount/serve-mount.js';
import { childEnvironment } from '../platform/process/environment.js';
import { CancelledError } from '../platform/errors.js';
import { silentLog } from '../platform/progress/log.js';
import { createProcesses } from '../platform/process/processes.js';

/**
 * The program that a plain user's build starts through sudo. It mounts an image and edits it, nothing else. It reads
 * its order from standard input and stops when that closes, because the build may not signal a process of root.
 */
export async function runMount(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const lines = createInterface({ input: process.stdin });
  const controller = new AbortController();
  const closed = once(lines, 'close').then(() => controller.abort(new CancelledError('the build has exited')));
  const first = await Promise.race([once(lines, 'line'), closed]);
  if (first === undefined) {
    process.stderr.write('ch-golden: this is for builds, which start it through sudo for the driver mount\n');
    return 2;
  }
  // If the build was killed, nobody reads the output.
  process.stdout.on('error', () => undefined);
  const order = JSON.parse(String(first[0])) as MountOrder;
  // sudo may pass on a plain user's PATH, which lacks the sbin directories.
  const PATH = `/usr/local/sbin:/usr/sbin:/sbin:${environment['PATH'] ?? ''}`;
  const processes = createProcesses({
    environment: childEnvironment({ ...environment, ...order.environment, PATH }),
    signal: controller.signal,
    log: silentLog,
  });
  await serveMount(order, (message) => void process.stdout.write(`${JSON.stringify(message)}\n`), { processes });
  return 0;
}
