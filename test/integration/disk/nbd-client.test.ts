import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { Failure } from '../../../src/platform/errors.js';
import { pathExists } from '../../../src/platform/fs/files.js';
import type { Running } from '../../../src/platform/process/processes.js';
import { connectNbd, type NbdDisk } from '../../../src/disk/nbd-client.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createRandom, makeBytes } from '../../fixtures/random.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createHeldClock } from '../../fixtures/test-clock.js';

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('nbd');
});
afterAll(async () => directory.remove());

describe('a real server', () => {
  const size = 24 * mebibyte;
  let image: string;
  let server: Running;
  let disk: NbdDisk;

  /** Serves a raw image as `rw`, `ro`, `bad` (its second half is not readable) and `full` (without disk space). */
  async function serve(name: string): Promise<{ readonly server: Running; readonly socket: string }> {
    image = join(directory.path, `${name}.raw`);
    const socket = join(directory.path, `${name}.sock`);
    await writeFile(image, makeBytes(1, size));
    const file = { driver: 'file', filename: image };
    const broken = {
      driver: 'blkdebug',
      image: file,
      'inject-error': [{ event: 'none', iotype: 'read', errno: 5, sector: size / 1024 }],
    };
    const pid = join(directory.path, `${name}.pid`);
    const started = await processes.start({
      argv: [
        'qemu-storage-daemon',
        '--pidfile',
        pid,
        '--blockdev',
        JSON.stringify({ driver: 'raw', 'node-name': 'rw', file: { ...file, locking: 'off' }, discard: 'unmap' }),
        '--blockdev',
        JSON.stringify({
          driver: 'raw',
          'node-name': 'bad',
          file: { ...broken, image: { ...file, locking: 'off' } },
          'read-only': true,
        }),
        '--blockdev',
        JSON.stringify({
          driver: 'raw',
          'node-name': 'full',
          file: {
            ...broken,
            image: { ...file, locking: 'off' },
            'inject-error': [{ event: 'none', iotype: 'write', errno: 28 }],
          },
        }),
        '--nbd-server',
        `addr.type=unix,addr.path=${socket.replaceAll(',', ',,')}`,
        '--export',
        'type=nbd,id=a,node-name=rw,name=rw,writable=on',
        '--export',
        'type=nbd,id=b,node-name=rw,name=ro,writable=off',
        '--export',
        'type=nbd,id=c,node-name=bad,name=bad,writable=off',
        '--export',
        'type=nbd,id=d,node-name=full,name=full,writable=on',
      ],
    });
    while (!(await pathExists(pid)))
      await Promise.race([
        started.exited.then(() => {
          throw new Error(started.tail().join('\n'));
        }),
        new Promise((resolve) => setTimeout(resolve, 5)),
      ]);
    return { server: started, socket };
  }

  let socket: string;
  beforeAll(async () => {
    ({ server, socket } = await serve('main'));
    disk = await connectNbd(socket, 'rw');
  });
  afterAll(async () => {
    disk.close();
    await server.stop();
  });

  test('reports its size, and reads more than fits into one request', async () => {
    expect(disk.size).toBe(size);
    expect((await disk.read(0, size)).equals(await readFile(image))).toBe(true);
    expect(await disk.read(size, 0)).toHaveLength(0);
  });

  test('concurrent random writes, discards and reads match a buffer', async () => {
    const random = createRandom(5);
    const pick = (below: number): number => Math.floor(random() * below);
    const expected = await readFile(image);
    for (let round = 0; round < 60; round++) {
      const offset = pick(size / 512) * 512;
      const length = Math.min(pick(20_000) * 512, size - offset);
      if (round % 3 === 0) {
        await disk.discard(offset - (offset % 4096), length - (length % 4096));
        expected.fill(0, offset - (offset % 4096), offset - (offset % 4096) + length - (length % 4096));
      } else {
        const content = makeBytes(round, length);
        await disk.write(offset, content);
        content.copy(expected, offset);
      }
      const pieces = await Promise.all(
        Array.from({ length: 4 }, async () => {
          const start = pick(size);
          const wanted = pick(Math.min(100_000, size - start));
          return (await disk.read(start, wanted)).equals(expected.subarray(start, start + wanted));
        }),
      );
      expect(pieces).toEqual([true, true, true, true]);
    }
    await disk.flush();
    expect((await readFile(image)).equals(expected)).toBe(true);
  });

  test('a rejected request fails, but the connection continues', async () => {
    await expect(disk.read(size - 512, 1024)).rejects.toThrow(Failure);
    await expect(disk.write(size, Buffer.alloc(512))).rejects.toThrow(/disk cannot be read or written: E/);
    expect(await disk.read(0, 512)).toHaveLength(512);
  });

  test('a read-only export rejects writes', async () => {
    const readOnly = await connectNbd(socket, 'ro');
    await expect(readOnly.write(0, Buffer.alloc(512))).rejects.toThrow(/EPERM|EINVAL/);
    expect(await readOnly.read(0, 512)).toHaveLength(512);
    readOnly.close();
  });

  test('a bad sector in any piece fails the read with its error', async () => {
    const bad = await connectNbd(socket, 'bad');
    expect(await bad.read(0, 4096)).toHaveLength(4096);
    await expect(bad.read(0, size)).rejects.toThrow(/EIO: i\/o error/);
    bad.close();
  });

  test('a full disk is reported with a fix', async () => {
    const full = await connectNbd(socket, 'full');
    await expect(full.write(0, Buffer.alloc(512))).rejects.toMatchObject({
      message: expect.stringMatching(/ENOSPC: no space left/),
      fix: expect.stringMatching(/free some space/),
    });
    full.close();
  });

  test('a missing export, and a missing server', async () => {
    await expect(connectNbd(socket, 'nothing')).rejects.toThrow(/rejected the export nothing/);
    await expect(connectNbd(join(directory.path, 'no.sock'), 'rw')).rejects.toThrow(Failure);
    await expect(connectNbd(join(directory.path, 'no.sock'), 'rw')).rejects.toThrow(/ENOENT/);
  });

  test('after close, requests fail and nothing hangs', async () => {
    const closed = await connectNbd(socket, 'ro');
    const underWay = closed.read(0, size);
    closed.close();
    await expect(underWay).rejects.toThrow(Failure);
    await expect(closed.read(0, 512)).rejects.toThrow(Failure);
    await expect(closed.flush()).rejects.toThrow(Failure);
    closed.close();
  });

  test('if the server dies, pending and later requests are rejected', async () => {
    const own = await serve('dying');
    await truncate(image, size);
    const dying = await connectNbd(own.socket, 'rw');
    process.kill(own.server.pid, 'SIGSTOP');
    const underWay = [
      dying.read(0, size),
      dying.write(0, Buffer.alloc(8 * mebibyte)),
      dying.discard(0, size),
      dying.flush(),
    ];
    process.kill(own.server.pid, 'SIGKILL');
    for (const work of await Promise.allSettled(underWay))
      expect(work).toMatchObject({ status: 'rejected', reason: expect.any(Failure) });
    await expect(dying.read(0, 512)).rejects.toThrow(Failure);
    dying.close();
    await own.server.exited;
  });

  test('a server that stops responding times out', async () => {
    const own = await serve('stopped');
    const clock = createHeldClock();
    const stopped = await connectNbd(own.socket, 'rw', { timeoutMs: 300, clock });
    expect(await stopped.read(0, 512)).toHaveLength(512);
    process.kill(own.server.pid, 'SIGSTOP');
    const reading = stopped.read(0, 512);
    clock.advance(300);
    await expect(reading).rejects.toThrow(/did not respond within 0.3 s/);
    process.kill(own.server.pid, 'SIGKILL');
    await own.server.exited;
  });

  test('a connection without pending requests may stay idle longer', async () => {
    const clock = createHeldClock();
    const idle = await connectNbd(socket, 'ro', { timeoutMs: 100, clock });
    await idle.read(0, 512);
    clock.advance(300);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await idle.read(0, 512)).toHaveLength(512);
    idle.close();
  });
});

describe('a server that misbehaves', () => {
  let server: Server | undefined;
  const sockets = new Set<Socket>();
  let count = 0;

  async function serve(talk: (socket: Socket) => void): Promise<string> {
    const path = join(directory.path, `fake-${count++}.sock`);
    const made = createServer((socket) => {
      sockets.add(socket.on('error', () => undefined));
      talk(socket);
    });
    server = made;
    await new Promise<void>((resolve) => made.listen(path, resolve));
    return path;
  }

  async function stop(): Promise<void> {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server?.close(resolve));
  }

  const greeting = Buffer.concat([Buffer.from('NBDMAGICIHAVEOPT'), Buffer.from([0, 3])]);

  function optionReply(type: number, payload: Buffer, length = payload.length): Buffer {
    const head = Buffer.alloc(20);
    head.writeBigUInt64BE(0x3e889045565a9n);
    head.writeUInt32BE(7, 8);
    head.writeUInt32BE(type, 12);
    head.writeUInt32BE(length, 16);
    return Buffer.concat([head, payload]);
  }

  const info = Buffer.alloc(12);
  info.writeBigUInt64BE(1_000_000n, 2);
  const welcome = Buffer.concat([
    optionReply(3, Buffer.from([0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])),
    optionReply(3, info),
    optionReply(1, Buffer.alloc(0)),
  ]);

  function reply(
    cookie: bigint,
    payload: Buffer,
    options: { readonly magic?: number; readonly error?: number } = {},
  ): Buffer {
    const head = Buffer.alloc(16);
    head.writeUInt32BE(options.magic ?? 0x67446698);
    head.writeUInt32BE(options.error ?? 0, 4);
    head.writeBigUInt64BE(cookie, 8);
    return Buffer.concat([head, payload]);
  }

  test.each<readonly [what: string, talk: (socket: Socket) => void, message: RegExp]>([
    ['says nothing', () => undefined, /did not respond within 0.2 s/],
    ['hangs up', (socket) => socket.end(), /closed the connection/],
    [
      'hangs up in the middle of its greeting',
      (socket) => socket.end(greeting.subarray(0, 9)),
      /closed the connection/,
    ],
    ['is another one', (socket) => socket.write('SSH-2.0-OpenSSH_9.2p1 Debian\r\n'), /fixed newstyle/],
    [
      'speaks the old style',
      (socket) =>
        socket.write(Buffer.concat([Buffer.from('NBDMAGIC'), Buffer.from('00420281861253', 'hex'), Buffer.alloc(200)])),
      /fixed newstyle/,
    ],
    ['greets and says no more', (socket) => socket.write(greeting), /did not respond within/],
    [
      'answers with something else',
      (socket) => socket.write(Buffer.concat([greeting, Buffer.alloc(20)])),
      /violated its protocol/,
    ],
    [
      'announces an answer of 4 GiB',
      (socket) => socket.write(Buffer.concat([greeting, optionReply(3, Buffer.alloc(0), 0xffff_ffff)])),
      /violated its protocol/,
    ],
    [
      'gives infos without content, and then consent',
      (socket) =>
        socket.write(
          Buffer.concat([
            greeting,
            optionReply(3, Buffer.alloc(0)),
            optionReply(3, Buffer.alloc(2)),
            optionReply(1, Buffer.alloc(0)),
          ]),
        ),
      /did not respond within/,
    ],
    [
      'gives infos without end',
      (socket) => {
        socket.write(greeting);
        const more = (): void => {
          if (!socket.destroyed) socket.write(optionReply(3, Buffer.from([0, 9])), () => setImmediate(more));
        };
        more();
      },
      /violated its protocol/,
    ],
    [
      'rejects the export',
      (socket) => socket.write(Buffer.concat([greeting, optionReply(0x8000_0006, Buffer.from('not you'))])),
      /rejected the export disk: not you/,
    ],
  ])('%s: no hang, no other error', async (_, talk, message) => {
    const path = await serve(talk);
    const clock = createHeldClock();
    const connecting = connectNbd(path, 'disk', { timeoutMs: 200, clock });
    await passSilence(connecting, message, clock);
    await expect(connecting).rejects.toThrow(Failure);
    await expect(connecting).rejects.toThrow(message);
    await stop();
  });

  /** Advances the clock past the time limit, if that is expected. */
  async function passSilence(
    work: Promise<unknown>,
    message: RegExp,
    clock: ReturnType<typeof createHeldClock>,
  ): Promise<void> {
    if (!message.source.includes('did not respond')) return;
    let isSettled = false as boolean;
    void work.then(
      () => (isSettled = true),
      () => (isSettled = true),
    );
    while (!isSettled) {
      clock.advance(200);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Sends a valid greeting, then responds to each chunk. */
  async function connectTo(
    answer: (socket: Socket, cookies: readonly bigint[]) => void,
    clock = createHeldClock(),
  ): Promise<NbdDisk> {
    const path = await serve((socket) => {
      let heard = 0;
      socket.write(greeting);
      socket.on('data', (chunk) => {
        if (heard++ === 0) socket.write(welcome);
        else
          answer(
            socket,
            Array.from({ length: Math.floor(chunk.length / 28) }, (_, index) => chunk.readBigUInt64BE(index * 28 + 8)),
          );
      });
    });
    return connectNbd(path, 'disk', { timeoutMs: 200, clock });
  }

  test.each<readonly [what: string, answer: (socket: Socket, cookies: readonly bigint[]) => void, message: RegExp]>([
    ['says nothing', () => undefined, /did not respond within/],
    [
      'answers with another magic',
      (socket, [cookie]) => socket.write(reply(cookie!, Buffer.alloc(512), { magic: 1 })),
      /violated its protocol/,
    ],
    [
      'answers to something nobody asked',
      (socket) => socket.write(reply(999n, Buffer.alloc(512))),
      /violated its protocol/,
    ],
    [
      'dies in the middle of the content',
      (socket, [cookie]) => socket.end(reply(cookie!, Buffer.alloc(100))),
      /closed the connection/,
    ],
    [
      'stalls in the middle of the content',
      (socket, [cookie]) => socket.write(reply(cookie!, Buffer.alloc(100))),
      /did not respond within/,
    ],
    [
      'answers twice',
      (socket, [cookie]) =>
        socket.write(
          Buffer.concat([reply(cookie!, Buffer.alloc(0), { error: 5 }), reply(cookie!, Buffer.alloc(0), { error: 5 })]),
        ),
      /EIO/,
    ],
  ])('%s to a read: it is rejected, and so is the next', async (_, answer, message) => {
    const clock = createHeldClock();
    const disk = await connectTo(answer, clock);
    const reading = disk.read(0, 512);
    await passSilence(reading, message, clock);
    await expect(reading).rejects.toThrow(message);
    await expect(disk.read(0, 512)).rejects.toThrow(Failure);
    disk.close();
    await stop();
  });

  test('that closes with unread bytes resets the connection: the write is rejected', async () => {
    const disk = await connectTo((socket) => {
      socket.pause();
      socket.destroy();
    });
    await expect(disk.write(0, Buffer.alloc(16 * mebibyte))).rejects.toThrow(Failure);
    await expect(disk.flush()).rejects.toThrow(Failure);
    await stop();
  });

  test('whose responses come out of order and byte by byte works', async () => {
    const waiting: bigint[] = [];
    const disk = await connectTo((socket, cookies) => {
      waiting.push(...cookies);
      if (waiting.length < 3) return;
      const bytes = Buffer.concat(
        waiting
          .splice(0)
          .reverse()
          .map((cookie) => reply(cookie, Buffer.alloc(10, Number(cookie)))),
      );
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    });
    const contents = await Promise.all([disk.read(0, 10), disk.read(10, 10), disk.read(20, 10)]);
    expect(contents.map((content) => content[0])).toEqual([1, 2, 3]);
    expect(contents.every((content) => content.length === 10 && content.every((byte) => byte === content[0]))).toBe(
      true,
    );
    disk.close();
    await stop();
  });
});
