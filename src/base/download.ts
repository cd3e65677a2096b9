import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createDirectories } from '../platform/fs/create-directories.js';
import { Failure } from '../platform/errors.js';
import { HttpError, openUrl, redactUrl, type HttpResponse } from '../platform/http.js';
import { withPathInErrors } from '../platform/fs/system-errors.js';
import { retryTransient, type RetryPorts } from '../platform/retry.js';

export interface DownloadRequest {
  readonly url: string;
  readonly sha256: string;
  /** The target. An interrupted download there is resumed. Only one run at a time may use it: see `withLock`. */
  readonly file: string;
  readonly idleTimeoutMs: number;
  readonly maxBytes: number;
}

/**
 * Downloads a file and hashes it on the fly. An interrupted download is resumed with Range, by this run or a later one,
 * if the server identifies the version by a strong ETag or a date (RFC 9110, 13.1.5). Otherwise it restarts.
 * @throws Failure, and keeps the file if it can be resumed, or removes it if its content is wrong
 */
export async function downloadFile(request: DownloadRequest, ports: RetryPorts): Promise<void> {
  await createDirectories(dirname(request.file));
  const part = await openPart(request.file, ports.signal);
  try {
    await fetchRest(part, request, ports);
    await part.handle.sync();
  } finally {
    await part.handle.close();
    if (part.size === 0) await removePart(request.file);
  }
  await rm(validatorFile(request.file), { force: true });
}

/** Removes the file of an interrupted download. */
export async function removePart(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(validatorFile(file), { force: true });
}

/** A download in progress. The hash covers the `size` bytes in the file. */
interface Part {
  readonly handle: FileHandle;
  size: number;
  hash: Hash;
  /** The ETag or date that identifies the version of the file. */
  validator: string | undefined;
}

const validatorFile = (file: string): string => `${file}.validator`;
/** An attempt that got this far does not count as failed. */
const progressBytes = 1024 ** 2;

async function openPart(file: string, signal: AbortSignal): Promise<Part> {
  const validator = await readFile(validatorFile(file), 'utf8').catch(() => undefined);
  const handle = await open(file, 'a');
  // A download of an unknown version cannot be resumed.
  if (validator === undefined) await handle.truncate(0);
  const part: Part = { handle, size: 0, hash: createHash('sha256'), validator };
  for await (const chunk of createReadStream(file, { highWaterMark: progressBytes, signal })) {
    part.hash.update(chunk as Buffer);
    part.size += (chunk as Buffer).length;
  }
  return part;
}

async function fetchRest(part: Part, request: DownloadRequest, ports: RetryPorts): Promise<void> {
  const label = redactUrl(request.url);
  if (part.size > 0) ports.log.info(`${label}: resuming at byte ${part.size}`);
  let reached = part.size;
  const hasProgressed = (): boolean => {
    const progressed = part.size >= reached + progressBytes;
    reached = part.size;
    return progressed;
  };
  await retryTransient(
    ports,
    async () => {
      // The connection may have broken after the last byte, with nothing left to fetch.
      if (digestOf(part) !== request.sha256) await fetchOnce(part, request, ports);
    },
    hasProgressed,
  );
  const digest = digestOf(part);
  if (digest === request.sha256) return;
  await clearPart(part, request.file);
  throw new Failure(`${label}: SHA-256 is ${digest} (expected ${request.sha256})`);
}

function digestOf(part: Part): string {
  return part.hash.copy().digest('hex');
}

async function fetchOnce(part: Part, request: DownloadRequest, ports: RetryPorts): Promise<void> {
  const headers =
    part.size > 0 && part.validator !== undefined ? { range: `bytes=${part.size}-`, 'if-range': part.validator } : {};
  const response = await openUrl({ url: request.url, headers, idleTimeoutMs: request.idleTimeoutMs }, ports.signal);
  try {
    const total = await startOrResume(part, request, response);
    for await (const chunk of response.chunks()) {
      if (part.size + chunk.length > request.maxBytes) await rejectSize(part, request, part.size + chunk.length);
      await withPathInErrors(request.file, async () => part.handle.appendFile(chunk));
      part.hash.update(chunk);
      part.size += chunk.length;
      ports.log.progress(redactUrl(request.url), part.size, total);
    }
    if (total !== undefined && part.size !== total) {
      throw new HttpError(`${redactUrl(request.url)} ended after ${part.size} of ${total} bytes`);
    }
  } finally {
    response.close();
  }
}

/** Empties the part unless the response resumes it. Returns the size of the whole file, if the server reports it. */
async function startOrResume(
  part: Part,
  request: DownloadRequest,
  response: HttpResponse,
): Promise<number | undefined> {
  const { status, headers } = response;
  const shown = redactUrl(request.url);
  if (status !== 200 && status !== 206 && status !== 416) {
    throw new HttpError(`${shown} returned ${status}`, status);
  }
  const total = status === 200 ? parseSize(headers.get('content-length')) : parseResumedTotal(part, response);
  if (status !== 200 && total === undefined) {
    await clearPart(part, request.file);
    throw new HttpError(`${shown} cannot resume the download; restarting it`);
  }
  if (total !== undefined && total > request.maxBytes) await rejectSize(part, request, total);
  if (status === 200) {
    await clearPart(part, request.file);
    part.validator = getValidator(headers);
    if (part.validator !== undefined) await writeFile(validatorFile(request.file), part.validator);
  }
  return total;
}

/** The size of the whole file from `Content-Range`, if the response is exactly the rest of the same version. */
function parseResumedTotal(part: Part, { status, headers }: HttpResponse): number | undefined {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  const validator = getValidator(headers);
  const isSameVersion = validator === undefined || validator === part.validator;
  const isRest = Number(start) === part.size && Number(end) === Number(total) - 1;
  return status === 206 && isSameVersion && isRest ? Number(total) : undefined;
}

function getValidator(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag?.startsWith('"') === true) return etag;
  return headers.get('last-modified') ?? undefined;
}

function parseSize(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}

async function rejectSize(part: Part, request: DownloadRequest, size: number): Promise<never> {
  await clearPart(part, request.file);
  throw new Failure(`${redactUrl(request.url)} is too large: ${size} bytes or more (limit: ${request.maxBytes})`);
}

async function clearPart(part: Part, file: string): Promise<void> {
  await part.handle.truncate(0);
  await rm(validatorFile(file), { force: true });
  part.size = 0;
  part.hash = createHash('sha256');
  part.validator = undefined;
}
