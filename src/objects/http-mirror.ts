import { Readable } from 'node:stream';
import { Failure, UsageError } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { HttpError, openUrl, readBody, redactUrl, type HttpAnswer, type HttpRequest } from '../platform/http.js';
import { checkKey } from './keys.js';
import type { ByteRange } from '../platform/byte-range.js';
import type { ObjectReader } from './object-store.js';

const silenceMs = 30_000;
const localHosts = new Set(['127.0.0.1', '[::1]', 'localhost']);

/**
 * A store behind a plain web server: GET and HEAD with Range are all that it needs. The address may carry a user and
 * a password, or a query (a presigned base URL) that every request gets; neither is ever shown.
 * @throws UsageError for plain http to another machine
 */
export function createHttpMirror(address: string, ports: { readonly signal: AbortSignal }): ObjectReader {
  const base = parseAddress(address);
  const urlOf = (key: string): string => {
    const url = new URL(base);
    url.pathname = `${base.pathname.replace(/\/+$/, '')}/${checkKey(key)}`;
    return url.href;
  };
  const ask = async (key: string, request: Partial<HttpRequest> = {}): Promise<HttpAnswer | undefined> =>
    tryAsk({ ...request, url: urlOf(key), silenceMs }, ports.signal);
  return {
    uri: (key) => redactUrl(urlOf(key)),
    read: async (key, limit, known) => {
      const answer = await ask(key, known === undefined ? {} : { headers: { 'if-none-match': known.tag } });
      if (answer === undefined) return undefined;
      if (known !== undefined && answer.status === 304) {
        answer.close();
        return known;
      }
      const bytes = await readBody(answer, limit, redactUrl(urlOf(key)));
      return { bytes, tag: answer.headers.get('etag') ?? sha256Of(bytes) };
    },
    open: async (key, range) => {
      const answer = await ask(
        key,
        range === undefined ? {} : { headers: { range: `bytes=${range.start}-${range.start + range.length - 1}` } },
      );
      if (answer !== undefined && range !== undefined) checkRange(answer, range, redactUrl(urlOf(key)));
      return answer === undefined ? undefined : streamOf(answer);
    },
    head: async (key) => {
      const answer = await ask(key, { method: 'HEAD' });
      answer?.close();
      const size = answer?.headers.get('content-length') ?? '';
      if (answer !== undefined && !/^\d{1,15}$/.test(size))
        throw new Failure(`${redactUrl(urlOf(key))} does not say its size`);
      return answer === undefined ? undefined : { size: Number(size) };
    },
  };
}

function parseAddress(address: string): URL {
  // The address can have credentials in it: no message has it whole.
  if (!URL.canParse(address)) throw new UsageError('store is not a URL', { fix: 'use https://mirror.example/path' });
  const url = new URL(address);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && localHosts.has(url.hostname))) return url;
  throw new UsageError(`store ${redactUrl(address)} is refused: http is neither private nor safe from changes`, {
    fix: 'use https; http is for 127.0.0.1 and localhost',
  });
}

/** Undefined where there is nothing. @throws HttpError for any answer that is not a good one */
async function tryAsk(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer | undefined> {
  const answer = await openUrl(request, signal);
  if (answer.status === 200 || answer.status === 206) return answer;
  if (answer.status === 304 && request.headers?.['if-none-match'] !== undefined) return answer;
  answer.close();
  if (answer.status === 404) return undefined;
  throw new HttpError(`${redactUrl(request.url)} answers ${answer.status}`, answer.status);
}

/** A server that sends the whole file for each range would send it hundreds of times. */
function checkRange(answer: HttpAnswer, { start, length }: ByteRange, shown: string): void {
  const [, first, last] = /^bytes (\d+)-(\d+)\//.exec(answer.headers.get('content-range') ?? '') ?? [];
  if (answer.status === 206 && Number(first) === start && Number(last) === start + length - 1) return;
  answer.close();
  const what =
    answer.status === 200 ? 'ignores Range: it sends the whole file' : 'answers another range than the one asked for';
  throw new Failure(`${shown} ${what}`, {
    fix: 'serve the mirror by a web server that knows Range requests, such as nginx',
  });
}

function streamOf(answer: HttpAnswer): Readable {
  const stream = Readable.from(answer.chunks(), { objectMode: false });
  stream.once('close', () => answer.close());
  return stream;
}
