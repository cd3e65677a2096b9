import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { MountOrder } from '../image/mount/sudo-mount-driver.js';
import { serveMount } from '../image/mount/serve-mount.js';
import { childEnvironment } from '../platform/process/environment.js';
import { CancelledError } from '../platform/errors.js';
import { silentLog } from '../platform/progress/log.js';
import { createProcesses } from '../platform/process/processes.js';

/**
 * What sudo runs for a build of a plain user: it mounts an image and changes it, and nothing else. Its order comes on
 * standard input, which stays open as long as the build lives: the build may not signal a process of root's.
 */
export async function runMount(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const lines = createInterface({ input: process.stdin });
  const controller = new AbortController();
  const ended = once(lines, 'close').then(() => controller.abort(new CancelledError('the build has ended')));
  const first = await Promise.race([once(lines, 'line'), ended]);
  if (first === undefined) {
    process.stderr.write('ch-golden: a build starts this through sudo, for the driver mount\n');
    return 2;
  }
  // Nobody reads any more where the build has been killed.
  process.stdout.on('error', () => undefined);
  const order = JSON.parse(String(first[0])) as MountOrder;
  // sudo may leave a plain user's search path as it is.
  const PATH = `/usr/local/sbin:/usr/sbin:/sbin:${environment['PATH'] ?? ''}`;
  const processes = createProcesses({
    environment: childEnvironment({ ...environment, ...order.environment, PATH }),
    signal: controller.signal,
    log: silentLog,
  });
  await serveMount(order, (word) => void process.stdout.write(`${JSON.stringify(word)}\n`), { processes });
  return 0;
}
