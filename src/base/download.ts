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
  /** Where the bytes go. What a broken download left there before is continued. One run at a time: see `withLock`. */
  readonly file: string;
  readonly idleTimeoutMs: number;
  readonly maxBytes: number;
}

/**
 * Downloads a file and hashes it as it comes. A broken download is continued by Range, by this run and by later ones,
 * where the server names the version by a strong ETag or a date (RFC 9110, 13.1.5); otherwise it starts again.
 * @throws Failure; the file stays where it can be continued, and is removed where it is wrong.
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

/** Removes what a download left behind. */
export async function removePart(file: string): Promise<void> {
  await rm(file, { force: true });
  await rm(validatorFile(file), { force: true });
}

/** A download on its way: the hash is of the `size` bytes that are in the file. */
interface Part {
  readonly handle: FileHandle;
  size: number;
  hash: Hash;
  /** The ETag or the date of the version that the bytes are of. */
  validator: string | undefined;
}

const validatorFile = (file: string): string => `${file}.validator`;
const progressBytes = 1024 ** 2;

async function openPart(file: string, signal: AbortSignal): Promise<Part> {
  const validator = await readFile(validatorFile(file), 'utf8').catch(() => undefined);
  const handle = await open(file, 'a');
  // Bytes of an unknown version cannot be continued.
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
  if (part.size > 0) ports.log.info(`${label}: goes on from byte ${part.size}`);
  let reached = part.size;
  const gotFurther = (): boolean => {
    const further = part.size >= reached + progressBytes;
    reached = part.size;
    return further;
  };
  await retryTransient(
    ports,
    async () => {
      // Also after a connection that broke behind the last byte: there is nothing to go on with.
      if (digestOf(part) !== request.sha256) await fetchOnce(part, request, ports);
    },
    gotFurther,
  );
  const digest = digestOf(part);
  if (digest === request.sha256) return;
  await clearPart(part, request.file);
  throw new Failure(`${label}: its sha256 is ${digest}, not ${request.sha256}`);
}

function digestOf(part: Part): string {
  return part.hash.copy().digest('hex');
}

async function fetchOnce(part: Part, request: DownloadRequest, ports: RetryPorts): Promise<void> {
  const headers =
    part.size > 0 && part.validator !== undefined ? { range: `bytes=${part.size}-`, 'if-range': part.validator } : {};
  const answer = await openUrl({ url: request.url, headers, idleTimeoutMs: request.idleTimeoutMs }, ports.signal);
  try {
    const total = await startOrContinue(part, request, answer);
    for await (const chunk of answer.chunks()) {
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
    answer.close();
  }
}

/** Makes the part fit the answer; answers with the size of the whole file, where the server says it. */
async function startOrContinue(
  part: Part,
  request: DownloadRequest,
  answer: HttpResponse,
): Promise<number | undefined> {
  const shown = redactUrl(request.url);
  if (answer.status !== 200 && answer.status !== 206 && answer.status !== 416) {
    throw new HttpError(`${shown} answers ${answer.status}`, answer.status);
  }
  const total = answer.status === 200 ? parseSize(answer.headers.get('content-length')) : continuedTotal(part, answer);
  if (answer.status !== 200 && total === undefined) {
    await clearPart(part, request.file);
    throw new HttpError(`${shown} does not continue the bytes that are here: it starts again`);
  }
  if (total !== undefined && total > request.maxBytes) await rejectSize(part, request, total);
  if (answer.status === 200) {
    await clearPart(part, request.file);
    part.validator = readValidator(answer.headers);
    if (part.validator !== undefined) await writeFile(validatorFile(request.file), part.validator);
  }
  return total;
}

/** The whole size from `Content-Range`, where it continues exactly our bytes of exactly our version. */
function continuedTotal(part: Part, answer: HttpResponse): number | undefined {
  const [, start, end, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(answer.headers.get('content-range') ?? '') ?? [];
  const validator = readValidator(answer.headers);
  const isSameVersion = validator === undefined || validator === part.validator;
  const isRest = Number(start) === part.size && Number(end) === Number(total) - 1;
  return answer.status === 206 && isSameVersion && isRest ? Number(total) : undefined;
}

function readValidator(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag?.startsWith('"') === true) return etag;
  return headers.get('last-modified') ?? undefined;
}

function parseSize(header: string | null): number | undefined {
  return header !== null && /^\d+$/.test(header) ? Number(header) : undefined;
}

async function rejectSize(part: Part, request: DownloadRequest, size: number): Promise<never> {
  await clearPart(part, request.file);
  throw new Failure(`${redactUrl(request.url)} has ${size} bytes or more: at most ${request.maxBytes} are taken`);
}

async function clearPart(part: Part, file: string): Promise<void> {
  await part.handle.truncate(0);
  await rm(validatorFile(file), { force: true });
  part.size = 0;
  part.hash = createHash('sha256');
  part.validator = undefined;
}
