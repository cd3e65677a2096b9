import { Failure } from '../../platform/errors.js';
import type { Clock } from '../../platform/clock.js';
import type { Processes, Running } from '../../platform/process/processes.js';
import { inNetworkOf, type Enclosure } from './namespace.js';

/** A relay to start. */
export interface RelayRequest {
  /** A process in the network of the guest. */
  readonly enclosure: Enclosure;
  /** The name of the socket, in the directory of that. */
  readonly socket: string;
  readonly host: string;
  readonly port: number;
}

interface Ports {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const readyLimitMs = 30_000;
const readyLine = 'listening';

/**
 * A process in the guest's network that takes connections at a unix socket, whose path every network sees, and hands each on to
 * the guest's port. So health requests are made as for any other machine, by us, with our limits; a program per request would
 * take a process start from each answer's time, and a tool that relays (socat) would be one more to install: this one is Node, that we run on.
 */
export async function startRelay(request: RelayRequest, ports: Ports): Promise<Running> {
  const { enclosure, socket, host, port } = request;
  let ready = false as boolean;
  const relay = await ports.processes.start({
    ...(await inNetworkOf(enclosure, [process.execPath, '--eval', script, '--', socket, host, String(port)], ports)),
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
        throw new Failure('the relay into the network of the guest did not start', { evidence: relay.tail() });
      }
    }
    return relay;
  } catch (error) {
    await relay.stop();
    throw error;
  }
}

const script = `
const { connect, createServer } = require('node:net');
const { pipeline } = require('node:stream');
const [socket, host, port] = process.argv.slice(1);
createServer((near) => {
  pipeline(near, connect(Number(port), host), near, () => near.destroy());
}).listen(socket, () => console.log('${readyLine}'));
`;
