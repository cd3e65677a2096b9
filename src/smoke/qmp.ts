import { connect, type Socket } from 'node:net';
import { addAbortSignal } from 'node:stream';
import { toPlainText } from '../platform/plain-text.js';
import { tryParseJson } from '../platform/json.js';

/** Characters. The longest message we receive is the greeting, with a few hundred. */
const longestMessage = 64 * 1024;

/**
 * Sends one command to QEMU's monitor and waits for the response.
 * @throws Error with QEMU's message if it fails, or if nothing speaks QMP at that socket
 */
export async function executeQmp(socketPath: string, command: string, signal: AbortSignal): Promise<void> {
  // The monitor accepts commands only after qmp_capabilities: docs/interop/qmp-spec.
  const commands = ['qmp_capabilities', command];
  const socket = addAbortSignal(signal, connect(socketPath));
  try {
    for await (const message of readMessages(socket)) {
      if (message.error !== undefined) throw new Error(`QMP ${command}: ${JSON.stringify(message.error)}`);
      if (message.QMP === undefined && message.return === undefined) continue; // an event
      const next = commands.shift();
      if (next === undefined) return;
      socket.write(`${JSON.stringify({ execute: next })}\n`);
    }
    throw new Error(`QMP ${command}: the monitor closed the connection`);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    socket.destroy();
  }
}

interface QmpMessage {
  readonly QMP?: unknown;
  readonly return?: unknown;
  readonly error?: unknown;
}

async function* readMessages(socket: Socket): AsyncGenerator<QmpMessage> {
  let rest = '';
  for await (const text of socket.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestMessage) throw new Error('QMP: unterminated message');
    yield* lines.map(parseMessage);
  }
}

function parseMessage(line: string): QmpMessage {
  const message = tryParseJson(line);
  if (typeof message !== 'object' || message === null) throw new Error(`QMP: not a message: ${toPlainText(line, 200)}`);
  return message;
}
