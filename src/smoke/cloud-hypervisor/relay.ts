import { Failure } from '../../platform/errors.js';
import type { Running } from '../../platform/process/processes.js';
import type { Session } from '../../platform/session.js';
import { inNetworkOf, type Enclosure } from './namespace.js';
import { readyLine } from './serve-relay.js';

export interface RelayRequest {
  /** A process in the guest's network. */
  readonly enclosure: Enclosure;
  /** File name of the socket, in that process's directory. */
  readonly socket: string;
  readonly host: string;
  readonly port: number;
}

type Ports = Pick<Session, 'processes' | 'clock' | 'signal' | 'helpers'>;

const readyLimitMs = 30_000;

/**
 * Starts a process in the guest's network that forwards connections from a Unix socket, which is visible from every
 * network namespace, to the guest's port. So this process makes the health requests, with its limits. One program per
 * request would add its start to each response time, and socat would be one more dependency.
 */
export async function startRelay(request: RelayRequest, ports: Ports): Promise<Running> {
  const { enclosure, socket, host, port } = request;
  let ready = false as boolean;
  const relay = await ports.processes.start({
    ...(await inNetworkOf(enclosure, [...ports.helpers.relay, socket, host, String(port)], ports)),
    cwd: enclosure.directory,
    onLine: (line) => {
      ready ||= line === readyLine;
    },
  });
  const deadline = ports.clock.now() + readyLimitMs;
  try {
    while (!ready) {
      const exit = await Promise.race([relay.exited, ports.clock.sleep(10, ports.signal).then(() => undefined)]);
      if (exit !== undefined || ports.clock.now() > deadline) {
        throw new Failure("the relay into the guest's network failed to start", { evidence: relay.tail() });
      }
    }
    return relay;
  } catch (error) {
    await relay.stop();
    throw error;
  }
}
