import { errorMessage, Failure } from '../../platform/errors.js';
import { silentLog, type Log } from '../../platform/progress/log.js';
import type { Processes } from '../../platform/process/processes.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import type { MountOrder, MountMessage } from './sudo-mount-driver.js';
import { mountDriver } from './mount-driver.js';

/** Characters of one line of a program's output. */
const longestLine = 8192;

/**
 * Applies a plan as root for `createSudoMountDriver`, and sends messages about it. Runs in a private mount namespace.
 */
export async function serveMount(
  { plan }: MountOrder,
  send: (message: MountMessage) => void,
  { processes }: { readonly processes: Processes },
): Promise<void> {
  const sendLine =
    (kind: 'detail' | 'info' | 'warn') =>
    (line: string): void =>
      send({ kind, line: line.slice(0, longestLine) });
  const log: Log = { ...silentLog, detail: sendLine('detail'), info: sendLine('info'), warn: sendLine('warn') };
  try {
    // Even if we are killed, no file of root's is left in a directory that the user has to remove.
    await processes.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0700,nosuid', 'none', plan.directory] });
    const pin = await mountDriver.apply(plan, { processes, log });
    send(withoutUndefined({ kind: 'done', pin } as const));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { fix, evidence } = error;
    send(withoutUndefined({ kind: 'failure', message: errorMessage(error), evidence, fix } as const));
  }
}
