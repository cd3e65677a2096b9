import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { executeQmp } from '../../../src/smoke/qmp.js';

const greeting = '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}}, "capabilities": ["oob"]}}\r\n';
let directory: string;
let socketPath: string;
let server: Server | undefined;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'qmp-'));
  socketPath = join(directory, 'qmp.sock');
});
afterEach(async () => {
  server?.close();
  server = undefined;
  await rm(directory, { recursive: true });
});

/** A monitor that sends `hello` and handles each command with `answer`. Returns the commands it gets. */
async function serve(hello: string, answer: (command: string, socket: Socket) => void): Promise<readonly string[]> {
  const commands: string[] = [];
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(hello);
    socket.on('data', (data) => {
      const command = (JSON.parse(data.toString()) as { execute: string }).execute;
      commands.push(command);
      answer(command, socket);
    });
  });
  await new Promise<void>((resolve) => server?.listen(socketPath, resolve));
  return commands;
}

const execute = async (signal = AbortSignal.timeout(5_000)): Promise<void> =>
  executeQmp(socketPath, 'system_powerdown', signal);

describe('executeQmp', () => {
  test('greets, then sends the command; events in between are not answers', async () => {
    const commands = await serve(greeting, (_, socket) => {
      socket.write('{"timestamp": {"seconds": 1}, "event": "RTC_CHANGE"}\r\n{"return"');
      setTimeout(() => socket.write(': {}}\r\n'), 10);
    });
    await execute();
    expect(commands).toEqual(['qmp_capabilities', 'system_powerdown']);
  });

  test("an error is reported with QEMU's message", async () => {
    await serve(greeting, (_, socket) =>
      socket.write('{"error": {"class": "CommandNotFound", "desc": "The command is not there"}}\r\n'),
    );
    await expect(execute()).rejects.toThrow('The command is not there');
  });

  test.each([
    ['no JSON', 'login: \r\n', 'not a message'],
    ['no object', '1\r\n', 'not a message'],
    ['a message without an end', 'x'.repeat(100_000), 'unterminated message'],
  ])('a monitor that says %s', async (_, hello, message) => {
    await serve(hello, () => undefined);
    await expect(execute()).rejects.toThrow(message);
  });

  test('a monitor that closes', async () => {
    await serve(greeting, (_, socket) => socket.end());
    await expect(execute()).rejects.toThrow('closed the connection');
  });

  test('a monitor that falls silent, until we are cancelled', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    await serve(greeting, () => cancel.abort(reason));
    await expect(execute(cancel.signal)).rejects.toBe(reason);
  });

  test('nobody there', async () => expect(execute()).rejects.toThrow('ENOENT'));
});
