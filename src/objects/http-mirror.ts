import { Readable } from 'node:stream';
import { systemClock, type Clock } from '../platform/clock.js';
import { Failure, UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { sha256Of } from '../platform/fs/files.js';
import { HttpError, openUrl, readBody, redactUrl, type HttpResponse, type HttpRequest } from '../platform/http.js';
import { silentLog, type Log } from '../platform/progress/log.js';
import { createSlowNotice } from '../platform/progress/slow-notice.js';
import { parseKey } from './keys.js';
import type { ByteRange } from '../platform/byte-range.js';
import type { ObjectReader } from './object-store.js';

export interface MirrorPorts {
  readonly signal: AbortSignal;
  readonly clock?: Clock | undefined;
  /** For requests that take their time. */
  readonly log?: Log | undefined;
}

const idleTimeoutMs = 30_000;
const localHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * A store behind a plain web server, which needs GET and HEAD with Range. The address may carry a user and a
 * password, or a query (a presigned base URL) that every request gets; neither is ever shown. @throws UsageError for
 * plain http to another machine
 */
export function createHttpMirror(address: string, ports: MirrorPorts): ObjectReader {
  const base = parseAddress(address);
  const { signal, clock = systemClock, log = silentLog } = ports;
  const withNotice = createSlowNotice(`Waiting for a response from ${base.origin}`, { clock, log });
  const urlOf = (key: string): string => {
    const url = new URL(base);
    url.pathname = `${base.pathname.replace(/\/+$/, '')}/${parseKey(key)}`;
    return url.href;
  };
  const get = async (key: string, request: Partial<HttpRequest> = {}): Promise<HttpResponse | undefined> =>
    withNotice(tryRequest({ ...request, url: urlOf(key), idleTimeoutMs }, signal));
  return {
    uri: (key) => redactUrl(urlOf(key)),
    read: async (key, limit, known) => {
      const response = await get(key, known === undefined ? {} : { headers: { 'if-none-match': known.tag } });
      if (response === undefined) return undefined;
      if (known !== undefined && response.status === 304) {
        response.close();
        return known;
      }
      const bytes = await readBody(response, limit, redactUrl(urlOf(key)));
      return { bytes, tag: response.headers.get('etag') ?? sha256Of(bytes) };
    },
    open: async (key, range) => {
      const response = await get(
        key,
        range === undefined ? {} : { headers: { range: `bytes=${range.start}-${range.start + range.length - 1}` } },
      );
      if (response !== undefined && range !== undefined) assertRange(response, range, redactUrl(urlOf(key)));
      return response === undefined ? undefined : streamOf(response);
    },
    head: async (key) => {
      const response = await get(key, { method: 'HEAD' });
      response?.close();
      const size = response?.headers.get('content-length') ?? '';
      if (response !== undefined && !/^\d{1,15}$/.test(size))
        throw new Failure(`${redactUrl(urlOf(key))}: the response has no Content-Length`);
      return response === undefined ? undefined : { size: Number(size) };
    },
  };
}

function parseAddress(address: string): URL {
  // The address can have credentials in it: no message has all of it.
  if (!URL.canParse(address)) throw new UsageError('store: invalid URL', { fix: 'use https://mirror.example/path' });
  const url = new URL(address);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && localHosts.has(url.hostname))) return url;
  throw new UsageError(`store ${quoteText(redactUrl(address))}: http is not secure`, {
    fix: 'use https; http is accepted for 127.0.0.1 and localhost only',
  });
}

/** Undefined for 404. @throws HttpError for any other status that is not a success */
async function tryRequest(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse | undefined> {
  const response = await openUrl(request, signal);
  if (response.status === 200 || response.status === 206) return response;
  if (response.status === 304 && request.headers?.['if-none-match'] !== undefined) return response;
  response.close();
  if (response.status === 404) return undefined;
  throw new HttpError(`${redactUrl(request.url)} returned ${response.status}`, response.status);
}

/** A server that ignores Range would send the whole file hundreds of times. */
function assertRange(response: HttpResponse, { start, length }: ByteRange, shown: string): void {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(response.headers.get('content-range') ?? '') ?? [];
  if (response.status === 206 && Number(first) === start && Number(last) === start + length - 1) return;
  response.close();
  const what =
    response.status === 200 ? 'the server ignores Range and sends the whole file' : 'the server sent a different range';
  throw new Failure(`${shown}: ${what}`, {
    fix: 'use a web server that supports Range requests, such as nginx',
  });
}

function streamOf(response: HttpResponse): Readable {
  const stream = Readable.from(response.chunks(), { objectMode: false });
  stream.once('close', () => response.close());
  return stream;
}
