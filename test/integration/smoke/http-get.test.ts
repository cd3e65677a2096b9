import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { getOverHttp, type GuestResponse } from '../../../src/smoke/http-get.js';

const servers: { readonly server: Server; readonly sockets: Socket[] }[] = [];
afterEach(() =>
  servers.splice(0).forEach(({ server, sockets }) => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  }),
);

/** A server that handles each connection with `respond`. */
async function serve(respond: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => respond(socket));
  });
  servers.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const get = async (port: number, signal = new AbortController().signal): Promise<GuestResponse> =>
  getOverHttp({ host: '127.0.0.1', port, path: '/health', timeoutMs: 300 }, signal);

describe('getOverHttp', () => {
  test('gives status and body', async () => {
    const port = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
    expect(await get(port)).toEqual({ status: 200, body: 'ok' });
  });

  test('follows no redirect', async () => {
    const port = await serve((socket) =>
      socket.end('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n'),
    );
    expect(await get(port)).toEqual({ status: 302, body: '' });
  });

  test.each<[string, (socket: Socket) => void, string]>([
    ['falls silent', () => undefined, 'no complete response within 0.3 s'],
    [
      'falls silent in its headers',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n'),
      'no complete response within 0.3 s',
    ],
    [
      'drips',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n');
        const drip = setInterval(() => socket.write('x'), 20);
        socket.on('close', () => clearInterval(drip));
      },
      'no complete response within 0.3 s',
    ],
    [
      'does not end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        const pour = (): void => {
          if (socket.writable) socket.write('x'.repeat(65_536), pour);
        };
        pour();
      },
      'response larger than 64 KiB',
    ],
    ['ends too early', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort'), 'aborted'],
    ['speaks no HTTP', (socket) => socket.end('SSH-2.0-OpenSSH_9.6\r\n'), 'Parse Error'],
    ['closes', (socket) => socket.destroy(), 'socket hang up'],
    [
      'has headers without an end',
      (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const pour = (): void => {
          if (socket.writable) socket.write(`X-Fill: ${'x'.repeat(4_096)}\r\n`, pour);
        };
        pour();
      },
      'Header overflow',
    ],
  ])('a server that %s', async (_, respond, message) => {
    await expect(get(await serve(respond))).rejects.toThrow(message);
  });

  test('nobody listens', async () => expect(get(1)).rejects.toThrow('ECONNREFUSED'));

  test('a cancel is thrown as it was given', async () => {
    const cancel = new AbortController();
    const reason = new Error('cancelled');
    const port = await serve(() => cancel.abort(reason));
    await expect(get(port, cancel.signal)).rejects.toBe(reason);
  });
});
