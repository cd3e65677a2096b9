import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { Failure } from '../../platform/errors.js';
import type { ByteRange } from '../../platform/byte-range.js';
import type { Bucket } from './bucket.js';
import { ifFound, isStatus } from './failures.js';

interface Reading {
  readonly key: string;
  readonly signal: AbortSignal;
  /** What is still to come; `length` is undefined for all that there is. */
  offset: number;
  length: number | undefined;
  /** Of the object that was opened. */
  etag: string | undefined;
}

/**
 * The bytes of an object, or of a range. A connection that breaks, or that the server closes on a slow reader, is
 * continued where it ended, with the same object: it may have hundreds of megabytes.
 */
export async function openObject(
  key: string,
  range: ByteRange | undefined,
  bucket: Bucket,
): Promise<Readable | undefined> {
  const closed = new AbortController();
  const reading: Reading = {
    key,
    signal: closed.signal,
    offset: range?.start ?? 0,
    length: range?.length,
    etag: undefined,
  };
  const first = await ifFound(request(reading, bucket));
  if (first === undefined) return undefined;
  const stream = Readable.from(readOn(first, reading, bucket), { objectMode: false });
  stream.once('close', () => closed.abort());
  return stream;
}

/** An answer whose first bytes have come: the same request over and over would not get further. */
interface Answer {
  readonly first: IteratorResult<Buffer, undefined>;
  readonly rest: AsyncIterator<Buffer, undefined>;
}

async function* readOn(answer: Answer, reading: Reading, bucket: Bucket): AsyncGenerator<Buffer> {
  for (let { first: next, rest } = answer; next.done !== true; ) {
    reading.offset += next.value.length;
    if (reading.length !== undefined) reading.length -= next.value.length;
    yield next.value;
    if (reading.length === 0) return;
    try {
      next = await rest.next();
    } catch {
      // What has broken the connection, the next request meets too, and names.
      ({ first: next, rest } = await request(reading, bucket));
    }
  }
}

async function request(reading: Reading, bucket: Bucket): Promise<Answer> {
  const { key, signal, offset, length, etag } = reading;
  const isWhole = offset === 0 && length === undefined;
  try {
    return await bucket.ask({ action: 's3:GetObject', key, signal }, async (client, options) => {
      const { Body, ETag, ContentLength } = await client.send(
        new GetObjectCommand({
          ...bucket.at(key),
          ...(isWhole ? {} : { Range: `bytes=${offset}-${length === undefined ? '' : offset + length - 1}` }),
          ...(etag === undefined ? {} : { IfMatch: etag }),
        }),
        options,
      );
      reading.etag ??= ETag;
      reading.length ??= ContentLength;
      const rest = (Body as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
      return { first: await rest.next(), rest };
    });
  } catch (error) {
    throw isStatus(error, 412)
      ? new Failure(`${bucket.uri(key)} was replaced while it was read`, { cause: error })
      : error;
  }
}
