import { createHash } from 'node:crypto';
import { Failure } from '../platform/errors.js';
import { HttpError, type HttpResponse } from '../platform/http.js';
import { retryTransient, type RetryPorts } from '../platform/retry.js';
import { hasBlob } from './blobs.js';
import type { Descriptor } from './documents.js';
import { digestOf, toUrl, type RegistryClient } from './registry-client.js';

/** In bytes. A part is in memory until the registry has confirmed it. */
const usualPartBytes = 16 * 1024 ** 2;
const largestPartBytes = 256 * 1024 ** 2;

/**
 * Uploads a blob unless the registry has it, in one request. A failed attempt starts again.
 * @returns whether it was sent
 */
export async function uploadBlob(client: RegistryClient, bytes: Buffer, ports: RetryPorts): Promise<boolean> {
  const digest = digestOf(bytes);
  if (await retryTransient(ports, async () => hasBlob(client, { digest }))) return false;
  try {
    await retryTransient(ports, async () => {
      const { location } = await startUpload(client);
      await finishUpload(client, location, digest, bytes);
    });
  } catch (error) {
    // A proxy in front of the registry limits the size of a request.
    if (!(error instanceof HttpError) || error.status !== 413) throw error;
    await uploadStream(client, toParts(bytes), { ...ports, partBytes: smallPartBytes });
  }
  return true;
}

const smallPartBytes = 4 * 1024 ** 2;

// eslint-disable-next-line @typescript-eslint/require-await -- a stream of one part
async function* toParts(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

export interface StreamPorts extends RetryPorts {
  /** The size of the parts that are sent, unless the registry wants larger ones. */
  readonly partBytes?: number | undefined;
  /** Called with the number of bytes that have arrived. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/**
 * Uploads a blob whose digest is not known yet, part by part. After a failure it resumes where the registry is.
 * @returns the blob
 */
export async function uploadStream(
  client: RegistryClient,
  source: AsyncIterable<Buffer>,
  ports: StreamPorts,
): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  const upload = await retryTransient(ports, async () => startUpload(client));
  const partBytes = Math.max(ports.partBytes ?? usualPartBytes, upload.minPartBytes);
  const hash = createHash('sha256');
  let { location } = upload;
  let size = 0;
  for await (const part of inParts(source, partBytes)) {
    hash.update(part);
    location = await sendPart(client, { location, part, start: size }, ports);
    size += part.length;
    ports.onProgress?.(size);
  }
  const digest = `sha256:${hash.digest('hex')}`;
  await retryTransient(ports, async () => {
    // An earlier attempt may have succeeded, with a response that got lost: then the upload is gone.
    await finishUpload(client, location, digest).catch(async (error: unknown) => {
      if (!(await hasBlob(client, { digest }))) throw error;
    });
  });
  return { digest, size };
}

/** Cuts a stream into parts of one size; the last can be shorter. */
async function* inParts(source: AsyncIterable<Buffer>, partBytes: number): AsyncGenerator<Buffer> {
  let buffer = Buffer.allocUnsafe(partBytes);
  let filled = 0;
  for await (const bytes of source) {
    for (let rest = bytes; rest.length > 0; ) {
      const taken = rest.copy(buffer, filled);
      filled += taken;
      rest = rest.subarray(taken);
      if (filled < partBytes) continue;
      yield buffer;
      buffer = Buffer.allocUnsafe(partBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield buffer.subarray(0, filled);
}

interface Upload {
  readonly location: string;
  readonly minPartBytes: number;
}

async function startUpload(client: RegistryClient): Promise<Upload> {
  const response = await client.send({ target: 'blobs/uploads/', method: 'POST' }, [202]);
  response.close();
  const wanted = Number(response.headers.get('oci-chunk-min-length') ?? 0);
  if (Number.isSafeInteger(wanted) && wanted <= largestPartBytes)
    return { location: locationOf(client, response), minPartBytes: Math.max(0, wanted) };
  throw new Failure(`registry ${client.repository.host} requires parts of ${wanted} bytes, more than is supported`);
}

/** Where the upload goes on: it changes with each request. */
function locationOf({ repository }: RegistryClient, response: HttpResponse, otherwise?: string): string {
  const location = response.headers.get('location') ?? otherwise;
  if (location === undefined) throw new Failure(`registry ${repository.host} returned no upload location`);
  return toUrl(repository, location).href;
}

async function finishUpload(client: RegistryClient, location: string, digest: string, body?: Buffer): Promise<void> {
  const url = new URL(location);
  url.searchParams.set('digest', digest);
  const headers = body === undefined ? {} : { 'content-type': 'application/octet-stream' };
  const response = await client.send({ target: url.href, method: 'PUT', headers, body }, [201, 204]);
  response.close();
}

interface Part {
  readonly location: string;
  readonly part: Buffer;
  /** Its offset in the blob. */
  readonly start: number;
}

/** @returns where the next part goes */
async function sendPart(client: RegistryClient, { location, part, start }: Part, ports: RetryPorts): Promise<string> {
  let at = location;
  let sent = 0;
  let hasFailed = false;
  await retryTransient(ports, async () => {
    if (hasFailed) {
      const state = await readUploadState(client, at);
      sent = Math.min(part.length, Math.max(0, state.received - start));
      if (state.received < start) throw lostUpload(client);
      at = state.location;
      if (sent === part.length) return;
    }
    hasFailed = true;
    const body = part.subarray(sent);
    const headers = {
      'content-type': 'application/octet-stream',
      'content-range': `${start + sent}-${start + part.length - 1}`,
    };
    // 416: the registry has more or less than we think.
    const response = await client.send({ target: at, method: 'PATCH', headers, body }, [202, 204, 416]);
    response.close();
    if (response.status === 416)
      throw new HttpError(`registry ${client.repository.host} expects a different upload offset`);
    at = locationOf(client, response, at);
  });
  return at;
}

interface UploadState {
  readonly location: string;
  /** Bytes that the registry has. */
  readonly received: number;
}

async function readUploadState(client: RegistryClient, location: string): Promise<UploadState> {
  const response = await client.send({ target: location }, [200, 204, 404]);
  response.close();
  if (response.status === 404) throw lostUpload(client);
  const [, last] = /^(?:bytes=)?0-(\d{1,15})$/.exec(response.headers.get('range') ?? '') ?? [];
  // "0-0" is one byte, and in many registries none: then the first byte is sent again, and rejected if it was there.
  const received = last === undefined || last === '0' ? 0 : Number(last) + 1;
  return { location: locationOf(client, response, location), received };
}

function lostUpload({ repository }: RegistryClient): Failure {
  return new Failure(`registry ${repository.host} lost part of the upload`, {
    fix: 'run the command again: complete layers are not sent again',
  });
}
