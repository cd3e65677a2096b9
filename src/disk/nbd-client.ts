import { connect, type Socket } from 'node:net';
import { getSystemErrorMap } from 'node:util';
import type { ByteRange } from '../platform/byte-range.js';
import { errorMessage, Failure } from '../platform/errors.js';
import { freeWorkSpaceFix } from '../platform/fs/system-errors.js';
import type { BlockReader } from './block-reader.js';

/**
 * A disk behind an NBD server on a unix socket.
 * Protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md (fixed newstyle, simple replies).
 */
export interface NbdDisk extends BlockReader {
  /** Reads as many bytes from `offset` as `into` has room for: no memory of its own for who reads much. */
  readInto(offset: number, into: Buffer): Promise<void>;
  write(offset: number, bytes: Buffer): Promise<void>;
  /** The range reads as zeros afterwards, where the image has no backing file. */
  discard(offset: number, length: number): Promise<void>;
  flush(): Promise<void>;
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
const largestRequest = 4 * 1024 ** 2;
const largestDiscard = 1024 ** 3;
const largestOptionReply = 64 * 1024;
const mostOptionReplies = 100;
/** A flush of much data to a slow disk may take minutes. */
const answerWithinMs = 300_000;

/** What comes from the server with one read of the socket. */
const receiveSize = 256 * 1024;
const nothing = Buffer.alloc(0);

interface Pending {
  /** Where the answer's content goes: of no length for what answers without. */
  readonly into: Buffer;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also where the server is silent for `timeoutMs` while we wait.
 */
export async function connectNbd(path: string, exportName: string, timeoutMs = answerWithinMs): Promise<NbdDisk> {
  const { socket, bytes } = openSocket(path);
  socket.setTimeout(timeoutMs, () =>
    socket.destroy(new Failure(`the NBD server did not answer within ${timeoutMs / 1000} s`)),
  );
  try {
    const size = await shakeHands(socket, bytes, exportName);
    return createDisk(socket, bytes, { size, timeoutMs });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function shakeHands(socket: Socket, bytes: ByteQueue, exportName: string): Promise<number> {
  const greeting = await bytes.take(18);
  if (greeting.readBigUInt64BE(0) !== magic.server || greeting.readBigUInt64BE(8) !== magic.option) {
    throw new Failure('the NBD server does not speak the fixed newstyle protocol');
  }
  const name = Buffer.from(exportName);
  const go = Buffer.alloc(4 + 16 + 6 + name.length);
  go.writeUInt32BE(clientFlags, 0);
  go.writeBigUInt64BE(magic.option, 4);
  go.writeUInt32BE(optionGo, 12);
  go.writeUInt32BE(6 + name.length, 16);
  go.writeUInt32BE(name.length, 20);
  name.copy(go, 24);
  socket.write(go);
  let size: number | undefined;
  for (let replies = 0; replies < mostOptionReplies; replies++) {
    const head = await bytes.take(20);
    const length = head.readUInt32BE(16);
    if (head.readBigUInt64BE(0) !== magic.optionReply || length > largestOptionReply) break;
    const type = head.readUInt32BE(12);
    const payload = await bytes.take(length);
    if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport)
      size = Number(payload.readBigUInt64BE(2));
    else if (type === replyAck && size !== undefined) return size;
    else if (type > 0x8000_0000)
      throw new Failure(`the NBD server refused the export ${exportName}: ${payload.toString('utf8')}`);
  }
  throw new Failure('the NBD server broke its protocol');
}

function createDisk(
  socket: Socket,
  bytes: ByteQueue,
  options: { readonly size: number; readonly timeoutMs: number },
): NbdDisk {
  const send = createSender(socket, bytes, options.timeoutMs);
  const readInto = async (offset: number, into: Buffer): Promise<void> => {
    await Promise.all(
      pieces(offset, into.length).map(async (piece) => send(command.read, piece, { into: part(into, piece, offset) })),
    );
  };
  return {
    size: options.size,
    readInto,
    read: async (offset, length) => {
      const content = Buffer.allocUnsafe(length);
      await readInto(offset, content);
      return content;
    },
    write: async (offset, content) => {
      await Promise.all(
        pieces(offset, content.length).map(async (piece) =>
          send(command.write, piece, { payload: part(content, piece, offset) }),
        ),
      );
    },
    discard: async (offset, length) => {
      await Promise.all(pieces(offset, length, largestDiscard).map(async (piece) => send(command.trim, piece)));
    },
    flush: async () => send(command.flush, { start: 0, length: 0 }),
    close: () => {
      socket.on('error', () => undefined);
      socket.destroy();
    },
  };
}

type Send = (
  type: number,
  piece: ByteRange,
  content?: { readonly payload?: Buffer; readonly into?: Buffer },
) => Promise<void>;

/** Many requests may be under way at once; the server answers in any order. */
function createSender(socket: Socket, bytes: ByteQueue, timeoutMs: number): Send {
  const pending = new Map<bigint, Pending>();
  let lastCookie = 0n;
  const failed = readReplies(socket, bytes, pending).catch((error: unknown) => {
    for (const request of pending.values()) request.reject(error);
    pending.clear();
    socket.destroy();
    return error;
  });
  return async (type, { start, length }, { payload, into = nothing } = {}) => {
    if (socket.destroyed) throw await failed;
    const cookie = ++lastCookie;
    const request = Buffer.alloc(28);
    request.writeUInt32BE(magic.request, 0);
    request.writeUInt16BE(type, 6);
    request.writeBigUInt64BE(cookie, 8);
    request.writeBigUInt64BE(BigInt(start), 16);
    request.writeUInt32BE(length, 24);
    const answer = new Promise<void>((resolve, reject) => {
      pending.set(cookie, { into, resolve, reject });
    });
    socket.setTimeout(timeoutMs);
    socket.write(request);
    if (payload !== undefined) socket.write(payload);
    return answer;
  };
}

async function readReplies(socket: Socket, bytes: ByteQueue, pending: Map<bigint, Pending>): Promise<never> {
  for (;;) {
    // The clock runs only while somebody waits for an answer.
    if (pending.size === 0) socket.setTimeout(0);
    const head = await bytes.take(16);
    const request = pending.get(head.readBigUInt64BE(8));
    if (head.readUInt32BE(0) !== magic.reply || request === undefined)
      throw new Failure('the NBD server broke its protocol');
    const error = head.readUInt32BE(4);
    // Still pending while its content comes: the server may die in the middle of it.
    if (error === 0) {
      await bytes.fill(request.into);
      request.resolve();
    } else {
      request.reject(requestFailure(error));
    }
    pending.delete(head.readBigUInt64BE(8));
  }
}

function pieces(offset: number, length: number, largest = largestRequest): readonly ByteRange[] {
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

/** The bytes that come from a socket. One caller at a time; rejects when the other side is gone. */
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
 * All that comes goes through one buffer to where it is wanted, and the socket rests while nothing is:
 * buffers of their own for many reads stay in memory until the garbage is collected (157 MiB at most for a digest of 1 GiB; so 87).
 */
function openSocket(path: string): { readonly socket: Socket; readonly bytes: ByteQueue } {
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

function connectionFailure(error: Error): Failure {
  return error instanceof Failure
    ? error
    : new Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}

/** NBD numbers errors as Linux does. */
function requestFailure(error: number): Failure {
  const [name, message] = getSystemErrorMap().get(-error) ?? [`error ${error}`, 'unknown'];
  return new Failure(
    `the disk cannot be read or written: ${name}: ${message}`,
    name === 'ENOSPC' ? { fix: freeWorkSpaceFix } : {},
  );
}
