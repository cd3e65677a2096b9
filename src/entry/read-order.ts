import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { CancelledError } from '../platform/errors.js';
import { childEnvironment } from '../platform/process/environment.js';
import { createProcesses, type Processes } from '../platform/process/processes.js';
import { silentLog } from '../platform/progress/log.js';

/** What a helper was started for, and how it works on that. */
export interface HelperWork<Order> {
  readonly order: Order;
  readonly processes: Processes;
  /** Aborted when the build has exited. */
  readonly signal: AbortSignal;
}

/**
 * Reads the order of a helper from standard input: one line of JSON. When the input closes, the build has exited and
 * the helper stops: the build may not be allowed to signal it. Undefined without an order.
 */
export async function tryReadOrder<Order extends { readonly environment: Readonly<Record<string, string>> }>(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<HelperWork<Order> | undefined> {
  const lines = createInterface({ input: process.stdin });
  const controller = new AbortController();
  const closed = once(lines, 'close').then(() => controller.abort(new CancelledError('the build has exited')));
  const first = await Promise.race([once(lines, 'line'), closed]);
  if (first === undefined) return undefined;
  // If the build was killed, nobody reads the output.
  process.stdout.on('error', () => undefined);
  const order = JSON.parse(String(first[0])) as Order;
  const own = { ...environment, ...order.environment };
  // sudo may pass on a plain user's PATH, which lacks the sbin directories.
  const PATH = `/usr/local/sbin:/usr/sbin:/sbin:${own['PATH'] ?? ''}`;
  const { signal } = controller;
  const processes = createProcesses({ environment: childEnvironment({ ...own, PATH }), signal, log: silentLog });
  return { order, processes, signal };
}

/** Sends a message of a helper to the build. */
export function sendMessage(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
