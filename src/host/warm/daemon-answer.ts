import { request } from 'node:http';
import { errorMessage, Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import type { HostPorts } from '../ports.js';

const requestMs = 5_000;
const pollMs = 50;

export interface DaemonTarget {
  readonly host: string;
  readonly port: number;
  readonly withinMs: number;
}

/** Waits until the daemon in a guest answers `GET /version`. @throws Failure */
export async function waitForDaemon(
  { host, port, withinMs }: DaemonTarget,
  { clock, signal }: Pick<HostPorts, 'clock' | 'signal'>,
): Promise<void> {
  const deadline = clock.now() + withinMs;
  for (;;) {
    const answer = await getStatus(host, port, signal).catch(errorMessage);
    signal.throwIfAborted();
    if (answer === 200) return;
    if (clock.now() >= deadline) {
      const last = typeof answer === 'number' ? `HTTP status ${answer}` : answer;
      throw new Failure(
        `the daemon at http://${host}:${port} did not respond within ${formatDuration(withinMs)}: ${last}`,
      );
    }
    await clock.sleep(pollMs, signal);
  }
}

/** Only the status of the response is read: the rest is the guest's. */
async function getStatus(host: string, port: number, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(requestMs)]);
  return new Promise((resolve, reject) => {
    const sent = request({ host, port, path: '/version', agent: false, signal: limit }, (response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    sent.on('error', reject);
    sent.end();
  });
}
