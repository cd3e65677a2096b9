import { connect, type Socket } from 'node:net';
import { errorMessage, Failure } from '../platform/errors.js';
import type { BlockReader } from './block-reader.js';

/**
 * A disk behind an NBD server on a unix socket.
 * Protocol: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md (fixed newstyle, simple replies).
 */
export interface NbdDisk extends BlockReader {
  write(offset: number, bytes: Buffer): Promise<void>;
  /** The range reads as zeros afterwards, where the image has no backing file. */
  discard(offset: number, length: number): Promise<void>;
  flush(): Promise<void>;
  close(): void;
}

const magic = { server: 0x4e42444d41474943n, option: 0x49484156454f5054n, optionReply: 0x0003e889045565a9n, request: 0x25609513, reply: 0x67446698 };
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

interface Pending {
  readonly length: number;
  readonly resolve: (payload: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Connects to `exportName` on the socket at `path` (shorter than 108 bytes).
 * Here and in all that the disk does: @throws Failure, also where the server is silent for `timeoutMs` while we wait.
 */
export async function connectNbd(path: string, exportName: string, timeoutMs = answerWithinMs): Promise<NbdDisk> {
  const socket = connect(path).setTimeout(timeoutMs);
  socket.on('timeout', () => socket.destroy(new Failure(`the NBD server did not answer within ${timeoutMs / 1000} s`)));
  const bytes = createByteQueue(socket);
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
    if (type === replyInfo && length >= 10 && payload.readUInt16BE(0) === infoExport) size = Number(payload.readBigUInt64BE(2));
    else if (type === replyAck && size !== undefined) return size;
    else if (type > 0x8000_0000) throw new Failure(`the NBD server refused the export ${exportName}: ${payload.toString('utf8')}`);
  }
  throw new Failure('the NBD server broke its protocol');
}

function createDisk(socket: Socket, bytes: ByteQueue, options: { readonly size: number; readonly timeoutMs: number }): NbdDisk {
  const send = createSender(socket, bytes, options.timeoutMs);
  return {
    size: options.size,
    read: async (offset, length) => Buffer.concat(await Promise.all(
      pieces(offset, length).map(async (piece) => send(command.read, piece.offset, piece.length)),
    )),
    write: async (offset, content) => {
      await Promise.all(pieces(offset, content.length).map(async (piece) =>
        send(command.write, piece.offset, piece.length, content.subarray(piece.offset - offset, piece.offset - offset + piece.length))));
    },
    discard: async (offset, length) => {
      await Promise.all(pieces(offset, length, largestDiscard).map(async (piece) => send(command.trim, piece.offset, piece.length)));
    },
    flush: async () => {
      await send(command.flush, 0, 0);
    },
    close: () => {
      socket.on('error', () => undefined);
      socket.destroy();
    },
  };
}

type Send = (type: number, offset: number, length: number, payload?: Buffer) => Promise<Buffer>;

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
  return async (type, offset, length, payload) => {
    if (socket.destroyed) throw await failed;
    const cookie = ++lastCookie;
    const request = Buffer.alloc(28);
    request.writeUInt32BE(magic.request, 0);
    request.writeUInt16BE(type, 6);
    request.writeBigUInt64BE(cookie, 8);
    request.writeBigUInt64BE(BigInt(offset), 16);
    request.writeUInt32BE(length, 24);
    const answer = new Promise<Buffer>((resolve, reject) => {
      pending.set(cookie, { length: type === command.read ? length : 0, resolve, reject });
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
    if (head.readUInt32BE(0) !== magic.reply || request === undefined) throw new Failure('the NBD server broke its protocol');
    const error = head.readUInt32BE(4);
    // Still pending while its content comes: the server may die in the middle of it.
    if (error === 0) request.resolve(await bytes.take(request.length));
    else request.reject(new Failure(`the disk answered with error ${error} (errno(3))`));
    pending.delete(head.readBigUInt64BE(8));
  }
}

function pieces(offset: number, length: number, largest = largestRequest): readonly { readonly offset: number; readonly length: number }[] {
  const count = Math.ceil(length / largest);
  return Array.from({ length: count }, (_, index) => ({
    offset: offset + index * largest,
    length: Math.min(largest, length - index * largest),
  }));
}

interface ByteQueue {
  /** Resolves with exactly this many bytes; rejects when the other side is gone. One caller at a time. */
  take(length: number): Promise<Buffer>;
}

function createByteQueue(socket: Socket): ByteQueue {
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let rest: Buffer = Buffer.alloc(0);
  return {
    take: async (length) => {
      const parts = [rest];
      let available = rest.length;
      while (available < length) {
        const next = await chunks.next().catch(explainBreak);
        if (next.done === true) throw new Failure('the NBD server closed the connection');
        parts.push(next.value);
        available += next.value.length;
      }
      const all = parts.length === 1 ? rest : Buffer.concat(parts);
      rest = all.subarray(length);
      return all.subarray(0, length);
    },
  };
}

function explainBreak(error: unknown): never {
  throw error instanceof Failure ? error : new Failure(`the connection to the NBD server broke: ${errorMessage(error)}`, { cause: error });
}
