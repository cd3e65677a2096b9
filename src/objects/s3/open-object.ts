import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';
import { Failure } from '../../platform/errors.js';
import type { ByteRange } from '../../platform/byte-range.js';
import type { Bucket } from './bucket.js';
import { isFailedCondition, unlessMissing } from './failures.js';

interface Reading {
  readonly key: string;
  readonly signal: AbortSignal;
  /** What has not arrived yet; `length` is undefined for all of the object. */
  offset: number;
  length: number | undefined;
  /** Of the object that was opened. */
  etag: string | undefined;
}

/**
 * The bytes of an object, or of a range. A connection that breaks, or that the server closes on a slow reader, is resumed where it
 * ended, with the same object: it may have hundreds of megabytes.
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
  const first = await unlessMissing(request(reading, bucket));
  if (first === undefined) return undefined;
  const stream = Readable.from(readOn(first, reading, bucket), { objectMode: false });
  stream.once('close', () => closed.abort());
  return stream;
}

/** A response whose first bytes have arrived: a server that never sends any is not asked forever. */
interface Started {
  readonly first: IteratorResult<Buffer, undefined>;
  readonly rest: AsyncIterator<Buffer, undefined>;
}

async function* readOn(started: Started, reading: Reading, bucket: Bucket): AsyncGenerator<Buffer> {
  for (let { first: next, rest } = started; next.done !== true; ) {
    reading.offset += next.value.length;
    if (reading.length !== undefined) reading.length -= next.value.length;
    yield next.value;
    if (reading.length === 0) return;
    try {
      next = await rest.next();
    } catch {
      // If the cause stays, the next request fails of it, with a message.
      ({ first: next, rest } = await request(reading, bucket));
    }
  }
}

async function request(reading: Reading, bucket: Bucket): Promise<Started> {
  const { key, signal, offset, length, etag } = reading;
  const isWhole = offset === 0 && length === undefined;
  try {
    return await bucket.send({ action: 's3:GetObject', key, signal }, async (client, options) => {
      const { Body, ETag, ContentLength } = await client.send(
        new GetObjectCommand({
          ...bucket.at(key),
          Range: isWhole ? undefined : `bytes=${offset}-${length === undefined ? '' : offset + length - 1}`,
          IfMatch: etag,
        }),
        options,
      );
      reading.etag ??= ETag;
      reading.length ??= ContentLength;
      const rest = (Body as Readable)[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
      return { first: await rest.next(), rest };
    });
  } catch (error) {
    throw isFailedCondition(error, 412)
      ? new Failure(`${bucket.uri(key)} was replaced while it was read`, { cause: error })
      : error;
  }
}
