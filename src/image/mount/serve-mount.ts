import { errorMessage, Failure } from '../../platform/errors.js';
import { silentLog, type Log } from '../../platform/progress/log.js';
import type { Processes } from '../../platform/process/processes.js';
import type { MountOrder, MountWord } from './sudo-mount-driver.js';
import { mountDriver } from './mount-driver.js';

/** Characters of one line of a program's output. */
const longestLine = 8192;

/** Carries out an order as root, and says how it goes: the other end of `createSudoMountDriver`. In a mount namespace of its own. */
export async function serveMount(
  { plan }: MountOrder,
  say: (word: MountWord) => void,
  { processes }: { readonly processes: Processes },
): Promise<void> {
  const sayLine =
    (kind: 'detail' | 'info' | 'warn') =>
    (line: string): void =>
      say({ kind, line: line.slice(0, longestLine) });
  const log: Log = { ...silentLog, detail: sayLine('detail'), info: sayLine('info'), warn: sayLine('warn') };
  try {
    // Whatever ends us, no file of root's is left in a directory that a user has to remove.
    await processes.run({ argv: ['mount', '-t', 'tmpfs', '-o', 'mode=0700,nosuid', 'none', plan.directory] });
    const pin = await mountDriver.apply(plan, { processes, log });
    say({ kind: 'done', ...(pin === undefined ? {} : { pin }) });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { fix, evidence } = error;
    say({ kind: 'failure', message: errorMessage(error), evidence, ...(fix === undefined ? {} : { fix }) });
  }
}
