import type { HelperMessage } from '../../platform/process/helper-messages.js';
import type { Processes } from '../../platform/process/processes.js';
import { serveHelper } from '../../platform/process/serve-helper.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { MountOrder } from './sudo-mount-driver.js';
import { mountDriver } from './mount-driver.js';

/**
 * Applies a plan as root for `createSudoMountDriver`, and sends messages about it. Runs in a private mount namespace.
 */
export async function serveMount(
  { plan }: MountOrder,
  send: (message: HelperMessage) => void,
  { processes }: { readonly processes: Processes },
): Promise<void> {
  await serveHelper(async (log) => {
    // Even if we are killed, no file of root's is left in a directory that the user has to remove.
    await processes.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0700,nosuid', 'none', plan.directory] });
    return withoutUndefined({ pin: await mountDriver.apply(plan, { processes, log }) });
  }, send);
}
