import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ByteRange } from '../platform/byte-range.js';
import { Failure } from '../platform/errors.js';
import { HttpError, readBody, type HttpResponse } from '../platform/http.js';
import type { Descriptor } from './documents.js';
import { digestOf, type RegistryClient } from './registry-client.js';

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** For messages. */
export function formatBlob({ repository }: RegistryClient, { digest }: Pick<Blob, 'digest'>): string {
  return `blob ${digest} of ${repository.host}/${repository.name}`;
}

export async function hasBlob(client: RegistryClient, { digest }: Pick<Blob, 'digest'>): Promise<boolean> {
  const response = await client.send({ target: `blobs/${digest}`, method: 'HEAD' }, [200, 404]);
  response.close();
  return response.status === 200;
}

/** A small blob as a whole, verified. @throws Failure if it is larger than `limit` or missing; HttpError if damaged */
export async function readBlob(client: RegistryClient, blob: Blob, limit: number): Promise<Buffer> {
  const shown = formatBlob(client, blob);
  if (blob.size > limit) throw new Failure(`${shown} has ${blob.size} bytes, more than the ${limit} allowed`);
  return readWhole(await openWhole(client, blob), blob, shown);
}

/** @throws HttpError unless the body is the blob */
export async function readWhole(response: HttpResponse, blob: Blob, shown: string): Promise<Buffer> {
  const bytes = await readBody(response, blob.size, shown);
  if (bytes.length === blob.size && digestOf(bytes) === blob.digest) return bytes;
  throw new HttpError(`${shown}: the registry sent different content`);
}

async function openWhole(client: RegistryClient, blob: Pick<Blob, 'digest'>): Promise<HttpResponse> {
  const response = await client.send({ target: `blobs/${blob.digest}` }, [200, 404]);
  if (response.status === 200) return response;
  response.close();
  throw new Failure(`${formatBlob(client, blob)} is missing, but a manifest names it`);
}

/** All bytes of a blob. The stream fails at its end unless they were the right ones. */
export async function openBlob(client: RegistryClient, blob: Blob): Promise<Readable> {
  const response = await openWhole(client, blob);
  return toStream(response, async function* () {
    const hash = createHash('sha256');
    for await (const part of exactly(response, blob.size, formatBlob(client, blob))) {
      hash.update(part);
      yield part;
    }
    if (`sha256:${hash.digest('hex')}` !== blob.digest)
      throw new HttpError(`${formatBlob(client, blob)}: the registry sent different content`);
  });
}

/** A range of a blob, unverified; or the whole blob's response, if the registry ignores Range. */
export async function openBlobRange(
  client: RegistryClient,
  blob: Blob,
  { start, length }: ByteRange,
): Promise<{ readonly range: Readable } | { readonly whole: HttpResponse }> {
  const headers = { range: `bytes=${start}-${start + length - 1}` };
  const response = await client.send({ target: `blobs/${blob.digest}`, headers }, [200, 206, 404]);
  if (response.status === 200) return { whole: response };
  const shown = formatBlob(client, blob);
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('content-range') ?? '') ?? [];
  const isExact = Number(first) === start && Number(last) === start + length - 1;
  if (response.status === 206 && isExact) return { range: toStream(response, () => exactly(response, length, shown)) };
  response.close();
  throw response.status === 404
    ? new Failure(`${shown} is missing, but a manifest names it`)
    : new HttpError(`${shown}: the registry sent a different range`);
}

/** @throws HttpError for a body with fewer or more bytes; of an endless one, no more is read */
async function* exactly(response: HttpResponse, size: number, shown: string): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const part of response.chunks()) {
    seen += part.length;
    if (seen > size) throw new HttpError(`${shown}: the registry sent more than ${size} bytes`);
    yield part;
  }
  if (seen < size) throw new HttpError(`${shown}: the transfer ended after ${seen} of ${size} bytes`);
}

function toStream(response: HttpResponse, parts: () => AsyncGenerator<Uint8Array>): Readable {
  const stream = Readable.from(parts(), { objectMode: false });
  stream.once('close', () => response.close());
  return stream;
}
