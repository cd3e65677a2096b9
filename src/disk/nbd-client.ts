import { connect, type Socket } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import type { ByteRange } from '../platform/byte-range.js';
import { errorMessage, Failure } from '../platform/errors.js';
import { systemClock, type Clock } from '../platform/clock.js';
import { freeWorkSpaceFix } from '../platform/fs/system-errors.js';
import type { BlockReader } from './block-reader.js';

/**
 * A disk behind an NBD server on a unix socket.
 * Protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md (fixed newstyle, simple replies).
 */
export interface NbdDisk extends BlockReader {
  /** Fills `into` from `offset`, so that callers who read much can reuse one buffer. */
  readInto(offset: number, into: Buffer): Promise<void>;
  write(offset: number, bytes: Buffer): Promise<void>;
  /** If the image has no backing file, the range reads as zeros afterwards. */
  discard(offset: number, length: number): Promise<void>;
  flush(): Promise<void>;
  assertOpen(): void;
  close(): void;
}

const magic = {
  server: 0x4e42444d41474943n,
  option: 0x49484156454f5054n,
  optionReply: 0x0003e889045565a9n,
  request: 0x25609513,
  reply: 0x67446698,
};
const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 } as const;
const optionGo = 7;
const replyAck = 1;
const replyInfo = 3;
const infoExport = 0;
const clientFlags = 0b11; // fixed newstyle, no zeroes

/** NBD servers accept requests of 32 MiB; smaller ones keep memory low and several in flight. */
const maxRequestBytes = 4 * 1024 ** 2;
const maxDiscardBytes = 1024 ** 3;
const maxOptionReplyBytes = 64 * 1024;
const maxOptionReplies = 100;
/** A flush of much data to a slow disk may take minutes. */
const responseWithinMs = 300_000;

/** What comes from the server with one read of the socket. */
const receiveSize = 256 * 1024;
const nothing = Buffer.alloc(0);

interface Pending {
  /** Where the response's content goes; empty for responses without content. */
  readonly into: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export interface NbdOptions {
  /** How long the server may stay silent while a response is due. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also if the server stays silent for `timeoutMs`.
 */
export async function connectNbd(path: string, exportName: string, options: NbdOptions = {}): Promise<NbdDisk> {
  const connection = new NbdConnection(path, options);
  try {
    return createDisk(connection, await connection.negotiate(exportName));
  } catch (error) {
    connection.close();
    throw error;
  }
}

function createDisk(connection: NbdConnection, size: number): NbdDisk {
  const readInto = async (offset: number, into: Buffer): Promise<void> => {
    const read = async (piece: ByteRange): Promise<void> =>
      connection.request(command.read, piece, { into: part(into, piece, offset) });
    await Promise.all(pieces(offset, into.length).map(read));
  };
  return {
    size,
    readInto,
    read: async (offset, length) => {
      const content = Buffer.allocUnsafe(length);
      await readInto(offset, content);
      return content;
    },
    write: async (offset, content) => {
      const write = async (piece: ByteRange): Promise<void> =>
        connection.request(command.write, piece, { payload: part(content, piece, offset) });
      await Promise.all(pieces(offset, content.length).map(write));
    },
    discard: async (offset, length) => {
      const trim = async (piece: ByteRange): Promise<void> => connection.request(command.trim, piece);
      await Promise.all(pieces(offset, length, maxDiscardBytes).map(trim));
    },
    flush: async () => connection.request(command.flush, { start: 0, length: 0 }),
    assertOpen: () => connection.assertOpen(),
    close: () => connection.close(),
  };
}

/** A connection to a server. Many requests may be under way at once; the server responds in any order. */
class NbdConnection {
  readonly #socket: Socket;
  readonly #bytes: ByteQueue;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #closed = new AbortController();
  readonly #pending = new Map<bigint, Pending>();
  #lastCookie = 0n;
  #broken: Error | undefined;
  /** How many callers wait for the server. */
  #waiting = 0;
  #lastActivity = 0;
  #isWatched = false;

  constructor(path: string, { timeoutMs = responseWithinMs, clock = systemClock }: NbdOptions) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    const { socket, bytes } = openSocket(path, () => this.#recordActivity());
    this.#socket = socket;
    this.#bytes = bytes;
    socket.on('close', () => this.#closed.abort());
  }

  /** Opens an export, and returns its size in bytes. */
  async negotiate(exportName: string): Promise<number> {
    const size = await this.#waitFor(this.#shakeHands(exportName));
    void this.#readReplies().catch((error: unknown) => {
      this.#broken = connectionFailure(error);
      for (const request of this.#pending.values()) request.reject(error);
      this.#pending.clear();
      this.#socket.destroy();
    });
    return size;
  }

  async request(
    type: number,
    { start, length }: ByteRange,
    { payload, into = nothing }: { readonly payload?: Buffer; readonly into?: Buffer } = {},
  ): Promise<void> {
    this.assertOpen();
    const cookie = ++this.#lastCookie;
    const request = Buffer.alloc(28);
    request.writeUInt32BE(magic.request, 0);
    request.writeUInt16BE(type, 6);
    request.writeBigUInt64BE(cookie, 8);
    request.writeBigUInt64BE(BigInt(start), 16);
    request.writeUInt32BE(length, 24);
    const response = new Promise<void>((resolve, reject) => {
      this.#pending.set(cookie, { into, resolve, reject });
    });
    this.#socket.write(request);
    if (payload !== undefined) this.#socket.write(payload, () => this.#recordActivity());
    await this.#waitFor(response);
  }

  assertOpen(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#socket.destroyed) throw new Failure('the connection to the NBD server is closed');
  }

  close(): void {
    this.#socket.on('error', () => undefined);
    this.#socket.destroy();
  }

  async #shakeHands(exportName: string): Promise<number> {
    const greeting = await this.#bytes.take(18);
    if (greeting.readBigUInt64BE(0) !== magic.server || greeting.readBigUInt64BE(8) !== magic.option) {
      throw new Failure('the NBD server does not use the fixed newstyle protocol');
    }
    this.#socket.write(formatGo(exportName));
    let size: number | undefined;
    for (let replies = 0; replies < maxOptionReplies; replies++) {
      const head = await this.#bytes.take(20);
      const length = head.readUInt32BE(16);
      if (head.readBigUInt64BE(0) !== magic.optionReply || length > maxOptionReplyBytes) break;
      const type = head.readUInt32BE(12);
      const payload = await this.#bytes.take(length);
      if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport)
        size = Number(payload.readBigUInt64BE(2));
      else if (type === replyAck && size !== undefined) return size;
      else if (type > 0x8000_0000)
        throw new Failure(`the NBD server rejected the export ${exportName}: ${payload.toString('utf8')}`);
    }
    throw protocolFailure();
  }

  async #readReplies(): Promise<never> {
    for (;;) {
      const head = await this.#bytes.take(16);
      const cookie = head.readBigUInt64BE(8);
      const request = this.#pending.get(cookie);
      if (head.readUInt32BE(0) !== magic.reply || request === undefined) throw protocolFailure();
      const error = head.readUInt32BE(4);
      // Still pending while its content comes: the server may die in the middle of it.
      if (error === 0) {
        await this.#bytes.fill(request.into);
        request.resolve();
      } else {
        request.reject(requestFailure(error));
      }
      this.#pending.delete(cookie);
    }
  }

  #recordActivity(): void {
    this.#lastActivity = this.#clock.now();
  }

  /** The clock runs only while somebody waits. */
  async #waitFor<T>(response: Promise<T>): Promise<T> {
    this.#waiting++;
    this.#recordActivity();
    if (!this.#isWatched) void this.#watch();
    try {
      return await response;
    } finally {
      this.#waiting--;
    }
  }

  async #watch(): Promise<void> {
    this.#isWatched = true;
    while (this.#waiting > 0 && !this.#socket.destroyed) {
      const leftMs = this.#lastActivity + this.#timeoutMs - this.#clock.now();
      if (leftMs <= 0)
        this.#socket.destroy(new Failure(`the NBD server did not respond within ${this.#timeoutMs / 1000} s`));
      else await this.#clock.sleep(leftMs, this.#closed.signal).catch(() => undefined);
    }
    this.#isWatched = false;
  }
}

function formatGo(exportName: string): Buffer {
  const name = Buffer.from(exportName);
  const go = Buffer.alloc(4 + 16 + 6 + name.length);
  go.writeUInt32BE(clientFlags, 0);
  go.writeBigUInt64BE(magic.option, 4);
  go.writeUInt32BE(optionGo, 12);
  go.writeUInt32BE(6 + name.length, 16);
  go.writeUInt32BE(name.length, 20);
  name.copy(go, 24);
  return go;
}

function pieces(offset: number, length: number, largest = maxRequestBytes): readonly ByteRange[] {
  const count = Math.ceil(length / largest);
  return Array.from({ length: count }, (_, index) => ({
    start: offset + index * largest,
    length: Math.min(largest, length - index * largest),
  }));
}

/** The piece's part of a buffer that begins at `offset` of the disk. */
function part(buffer: Buffer, { start, length }: ByteRange, offset: number): Buffer {
  return buffer.subarray(start - offset, start - offset + length);
}

/** The bytes that come from a socket. One caller at a time; rejects if the other side has closed it. */
interface ByteQueue {
  take(length: number): Promise<Buffer>;
  /** Fills all of `into`. */
  fill(into: Buffer): Promise<void>;
}

interface Waiting {
  readonly into: Buffer;
  filled: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Receives into one buffer, and pauses the socket while nobody reads. A buffer for each read would stay in memory until
 * it is collected: at most 157 MiB for a digest of 1 GiB, instead of 87.
 */
function openSocket(path: string, onActivity: () => void): { readonly socket: Socket; readonly bytes: ByteQueue } {
  let received: Buffer = nothing;
  let waiting: Waiting | undefined;
  let broken: Failure | undefined;
  const hand = (): void => {
    if (waiting === undefined) return;
    const copied = received.copy(waiting.into, waiting.filled);
    waiting.filled += copied;
    received = received.subarray(copied);
    if (waiting.filled < waiting.into.length) return;
    waiting.resolve();
    waiting = undefined;
  };
  const onReceived = (length: number, buffer: Uint8Array): boolean => {
    onActivity();
    received = Buffer.from(buffer.buffer, buffer.byteOffset, length);
    hand();
    return received.length === 0;
  };
  const socket = connect({ path, onread: { buffer: Buffer.alloc(receiveSize), callback: onReceived } });
  socket.on('error', (error) => {
    broken = connectionFailure(error);
  });
  socket.on('close', () => {
    broken ??= new Failure('the NBD server closed the connection');
    waiting?.reject(broken);
  });
  const fill = async (into: Buffer): Promise<void> => {
    if (into.length === 0) return;
    if (broken !== undefined) throw broken;
    const filled = new Promise<void>((resolve, reject) => {
      waiting = { into, filled: 0, resolve, reject };
    });
    hand();
    if (received.length === 0) socket.resume();
    return filled;
  };
  const take = async (length: number): Promise<Buffer> => {
    const content = Buffer.allocUnsafe(length);
    await fill(content);
    return content;
  };
  return { socket, bytes: { take, fill } };
}

function protocolFailure(): Failure {
  return new Failure('the NBD server violated its protocol');
}

function connectionFailure(error: unknown): Failure {
  return error instanceof Failure
    ? error
    : new Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}

/** NBD uses Linux's error numbers. */
function requestFailure(error: number): Failure {
  const [name, message] = getSystemErrorMap().get(-error) ?? [`error ${error}`, 'unknown'];
  return new Failure(
    `the disk cannot be read or written: ${name}: ${message}`,
    name === 'ENOSPC' ? { fix: freeWorkSpaceFix } : {},
  );
}
