import { serveWarm } from '../app/warm/serve-warm.js';
import type { WarmOrder } from '../app/warm/warm-order.js';
import { systemClock } from '../platform/clock.js';
import { serveHelper } from '../platform/process/serve-helper.js';
import { sendMessage, tryReadOrder } from './read-order.js';

/** The program that a build starts in a private network. It starts clones of an image warm, and checks them. */
export async function runWarm(environment: Readonly<Record<string, string | undefined>>): Promise<number> {
  const work = await tryReadOrder<WarmOrder>(environment);
  if (work === undefined) {
    process.stderr.write('ch-golden: this is for builds, which start it to test warm starts\n');
    return 2;
  }
  const { order, processes, signal } = work;
  const ports = { processes, signal, clock: systemClock };
  await serveHelper(async (log) => ({ warm: await serveWarm(order, { ...ports, log }) }), sendMessage);
  return 0;
}
