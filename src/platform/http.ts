import * as http from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import * as https from 'node:https';
import { sharedAgent } from './connections/agents.js';
import { formatRoute, ProxyError, tryToProxyError } from './connections/proxy-error.js';
import { errorMessage, Failure, hasCode } from './errors.js';
import { formatDuration, sanitizeLine } from './format.js';
import { productVersion } from './version.js';
import { withoutUndefined } from './without-undefined.js';

/** A failed request. `status` is undefined if there was no response, or an interrupted one. */
export class HttpError extends Failure {
  readonly status: number | undefined;
  /** How long the server wants the client to wait before the next attempt. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, status?: number, cause?: unknown, retryAfterMs?: number) {
    super(message, { cause });
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface HttpRequest {
  /** May contain a user and a password, which are sent only to that origin and never shown. */
  readonly url: string;
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** The header of that name. Like a user and a password, it is sent only to the origin of the URL. */
  readonly authorization?: string | undefined;
  readonly body?: Buffer | undefined;
  /** The longest time without a byte from the server, from the connect to the last byte. */
  readonly idleTimeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** True if a redirect led to this response. */
  readonly isRedirected: boolean;
  /** The body. @throws HttpError if it is interrupted or stalls. */
  chunks(): AsyncGenerator<Uint8Array, void>;
  /** Closes the connection, unless the whole body was read. */
  close(): void;
}

const maxRedirects = 5;
const useTarget = 'use the URL of the file itself';
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Redirects that keep the method and the body. */
const exactRedirects = new Set([307, 308]);

/** True if the same request can succeed a moment later. */
export function isTransient(error: unknown): boolean {
  return (
    (error instanceof HttpError || error instanceof ProxyError) &&
    (error.status === undefined || error.status === 408 || error.status === 429 || error.status >= 500)
  );
}

/** A URL for messages: without user, password and query, which may contain credentials. */
export function redactUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/**
 * Opens a URL and follows redirects, never from https to http. A request that is not GET or HEAD, whose body may be a
 * secret, only follows those that keep its method, and stay with its server.
 * @throws HttpError, ProxyError; Failure for a redirect that is not followed
 */
export async function openUrl(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const { method = 'GET', authorization } = request;
  const isReading = method === 'GET' || method === 'HEAD';
  const followed = isReading ? redirectStatuses : exactRedirects;
  let next: Target = { ...separateCredentials(new URL(request.url)), ...withoutUndefined({ authorization }) };
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = { ...(await send(next, request, signal)), isRedirected: hop > 0 };
    const location = response.headers.get('location');
    if (!followed.has(response.status) || location === null) return response;
    const following = followRedirect(next, location);
    if (!isReading && following.url.origin !== next.url.origin) return response;
    response.close();
    next = following;
  }
  throw new Failure(`${redactUrl(request.url)} redirects more than ${maxRedirects} times`, { fix: useTarget });
}

/** A small document as a whole. @throws HttpError unless the status is 200; Failure if it is larger than `maxBytes` */
export async function fetchDocument(request: HttpRequest, maxBytes: number, signal: AbortSignal): Promise<Buffer> {
  const response = await openUrl(request, signal);
  if (response.status === 200) return readBody(response, maxBytes, redactUrl(request.url));
  response.close();
  throw new HttpError(`${redactUrl(request.url)} returned ${response.status}`, response.status);
}

/** The whole body; closes the response. @throws Failure if it is larger than `maxBytes` */
export async function readBody(response: HttpResponse, maxBytes: number, shown: string): Promise<Buffer> {
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.chunks()) {
      size += chunk.length;
      if (size > maxBytes) throw new Failure(`${shown} is larger than ${maxBytes} bytes`);
      parts.push(chunk);
    }
    return Buffer.concat(parts);
  } finally {
    response.close();
  }
}

interface Target {
  readonly url: URL;
  readonly authorization?: string;
}

/** Moves credentials to a header, because redirects can lead to other hosts. */
function separateCredentials(url: URL): Target {
  const { username, password } = url;
  if (username === '' && password === '') return { url };
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const pair = `${decode(username)}:${decode(password)}`;
  return { url: bare, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** Keeps invalid encodings unchanged: a server can redirect to any text. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function followRedirect(from: Target, location: string): Target {
  const shown = redactUrl(from.url.href);
  if (!URL.canParse(location, from.url.href))
    throw new Failure(`${shown} redirects to an invalid URL`, { fix: useTarget });
  const to = separateCredentials(new URL(location, from.url));
  if (to.url.protocol !== 'https:' && to.url.protocol !== from.url.protocol) {
    throw new Failure(`${shown} redirects from ${from.url.protocol}// to ${to.url.protocol}//`, {
      fix: useTarget,
    });
  }
  const keepsCredentials =
    to.authorization === undefined && from.authorization !== undefined && to.url.origin === from.url.origin;
  return keepsCredentials ? { ...to, authorization: from.authorization } : to;
}

async function send(
  target: Target,
  request: HttpRequest,
  signal: AbortSignal,
): Promise<Omit<HttpResponse, 'isRedirected'>> {
  const controller = new AbortController();
  const guard: Guard = async (work) => withinIdleTimeout(work, { url: target.url, request, controller, signal });
  const either = AbortSignal.any([signal, controller.signal]);
  const response = await guard(async (onData) => connect(target, { ...request, onData }, either));
  const status = response.statusCode ?? 0;
  const proxyError = tryToProxyError(target.url, status);
  if (proxyError !== undefined) {
    controller.abort();
    throw proxyError;
  }
  return {
    status,
    headers: toHeaders(response),
    chunks: async function* () {
      const parts = response[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
      for (;;) {
        const part = await guard(async () => parts.next());
        if (part.done === true) return;
        yield part.value;
      }
    },
    close: () => controller.abort(),
  };
}

/** Work calls `onData` when bytes have moved. */
type Work<T> = (onData: () => void) => Promise<T>;
type Guard = <T>(work: Work<T>) => Promise<T>;

interface OutgoingRequest extends HttpRequest {
  /** Called when a part of the body was sent. */
  readonly onData: () => void;
}

/** Sends the request, once more on a new connection if the server had closed the idle one that was chosen. */
async function connect(target: Target, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
  signal.throwIfAborted();
  const { url, authorization } = target;
  const { request: start } = url.protocol === 'https:' ? https : http;
  const outgoing = start(url, {
    method: request.method ?? 'GET',
    agent: sharedAgent(url.protocol),
    // Ranges and counts refer to the stored bytes, so they must not be compressed on the way.
    headers: withoutUndefined({
      'accept-encoding': 'identity',
      'user-agent': `ch-golden/${productVersion}`,
      ...request.headers,
      'content-length': lengthOf(request),
      authorization,
    }),
  });
  // Not Node's option `signal`: if all of a body has arrived and not all of it was read, an abort is an error that
  // nobody can catch.
  const destroy = (): unknown => (received ?? outgoing).destroy();
  let received: IncomingMessage | undefined;
  signal.addEventListener('abort', destroy, { once: true });
  outgoing.once('close', () => signal.removeEventListener('abort', destroy));
  try {
    return await new Promise((resolve, reject) => {
      outgoing.once('response', (response) => {
        received = response;
        resolve(response);
      });
      outgoing.on('error', reject);
      sendBody(outgoing, request);
    });
  } catch (error) {
    signal.throwIfAborted();
    if (outgoing.reusedSocket && hasCode(error, 'ECONNRESET')) return connect(target, request, signal);
    throw error;
  }
}

function lengthOf({ method = 'GET', body }: HttpRequest): string | undefined {
  return method === 'GET' || method === 'HEAD' ? undefined : String(body?.length ?? 0);
}

const partBytes = 256 * 1024;

/** Sends a body in parts, so that a slow connection is not taken for an idle one. */
function sendBody(outgoing: ClientRequest, { body, onData }: OutgoingRequest, start = 0): void {
  if (body === undefined || start >= body.length) outgoing.end();
  else
    outgoing.write(body.subarray(start, start + partBytes), (error) => {
      if (error !== undefined && error !== null) return;
      onData();
      sendBody(outgoing, { body, onData } as OutgoingRequest, start + partBytes);
    });
}

function toHeaders({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(headersDistinct)) headers.set(name, values.join(', '));
  return headers;
}

interface IdleTimeout {
  readonly url: URL;
  readonly request: HttpRequest;
  readonly controller: AbortController;
  readonly signal: AbortSignal;
}

async function withinIdleTimeout<T>(work: Work<T>, { url, request, controller, signal }: IdleTimeout): Promise<T> {
  const shown = redactUrl(url.href);
  const timer = setTimeout(() => {
    controller.abort(new HttpError(`${shown}: no data for ${formatDuration(request.idleTimeoutMs)}`));
  }, request.idleTimeoutMs);
  try {
    return await work(() => void timer.refresh());
  } catch (error) {
    signal.throwIfAborted();
    // After an abort, its reason is the cause of any error.
    const reason: unknown = controller.signal.aborted ? controller.signal.reason : error;
    if (reason instanceof Failure) throw reason;
    const { code, text } = toCause(error);
    if (isCertificateError(code))
      throw new Failure(`no secure connection to ${shown}: ${sanitizeLine(text)}`, {
        fix: certificateFix,
        cause: error,
      });
    throw new HttpError(`${shown} cannot be read${formatRoute(url)}: ${code === '' ? text : code}`, undefined, error);
  } finally {
    clearTimeout(timer);
  }
}

/** An error has a code and no message if several addresses of a host were tried. */
function toCause(error: unknown): { readonly code: string; readonly text: string } {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    text: typeof message === 'string' && message !== '' ? message : errorMessage(error),
  };
}

const certificateError = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|EPROTO/;

/** True for Node's codes of errors with a server's certificate, or with a server that does not speak TLS. */
export function isCertificateError(code: string): boolean {
  return certificateError.test(code);
}

export const certificateFix =
  'check the address, http or https, and the clock (date); for a private CA set NODE_EXTRA_CA_CERTS to its certificate';
