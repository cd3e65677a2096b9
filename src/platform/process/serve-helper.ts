import { errorMessage, Failure } from '../errors.js';
import { silentLog, type Log } from '../progress/log.js';
import { withoutUndefined } from '../without-undefined.js';
import type { HelperMessage } from './helper-messages.js';

/** Characters of one line of a program's output. */
const longestLine = 8192;

/** Does the work of a helper, and sends messages about it. @param work returns what the message `done` has */
export async function serveHelper(
  work: (log: Log) => Promise<object>,
  send: (message: HelperMessage) => void,
): Promise<void> {
  const sendLine =
    (kind: 'detail' | 'info' | 'warn') =>
    (line: string): void =>
      send({ kind, line: line.slice(0, longestLine) });
  const log: Log = { ...silentLog, detail: sendLine('detail'), info: sendLine('info'), warn: sendLine('warn') };
  try {
    send({ ...(await work(log)), kind: 'done' });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const { fix, evidence } = error;
    send(withoutUndefined({ kind: 'failure', message: errorMessage(error), evidence, fix } as const));
  }
}
