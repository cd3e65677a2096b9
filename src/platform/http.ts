import { errorMessage, Failure } from './errors.js';
import { sanitizeLine } from './format.js';

/** A request that got no good answer. `status` is undefined where there was no answer, or one that broke off. */
export class HttpError extends Failure {
  readonly status: number | undefined;

  constructor(message: string, status?: number, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

export interface HttpRequest {
  /** May carry a user and a password: they are sent to that origin alone, and never shown. */
  readonly url: string;
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the server may be silent, from the connect to the last byte. */
  readonly idleTimeoutMs: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body. @throws HttpError where it breaks off or the server falls silent. */
  chunks(): AsyncGenerator<Uint8Array, void>;
  /** Ends the connection. */
  close(): void;
}

const mostRedirects = 5;
const giveTarget = 'give the address at which the file itself is';
const redirects = new Set([301, 302, 303, 307, 308]);

/** True where the same request can succeed a moment later. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof HttpError &&
    (error.status === undefined || error.status === 408 || error.status === 429 || error.status >= 500)
  );
}

/** A URL as it may be shown: without user, password and query, which carry credentials. */
export function redactUrl(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Opens a URL and follows redirects, never from https to http. @throws HttpError; Failure for a redirect that is refused. */
export async function openUrl(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  let next = separateCredentials(new URL(request.url));
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const answer = await send(next, request, signal);
    const location = answer.headers.get('location');
    if (!redirects.has(answer.status) || location === null) return answer;
    answer.close();
    next = followRedirect(next, location);
  }
  throw new Failure(`${redactUrl(request.url)} redirects more than ${mostRedirects} times`, { fix: giveTarget });
}

/** A small document whole. @throws HttpError unless the answer is 200; Failure where it is larger than `mostBytes`. */
export async function fetchDocument(request: HttpRequest, mostBytes: number, signal: AbortSignal): Promise<Buffer> {
  const answer = await openUrl(request, signal);
  if (answer.status === 200) return readBody(answer, mostBytes, redactUrl(request.url));
  answer.close();
  throw new HttpError(`${redactUrl(request.url)} answers ${answer.status}`, answer.status);
}

/** The whole body of an answer, which is closed then. @throws Failure where it is larger than `mostBytes`. */
export async function readBody(answer: HttpResponse, mostBytes: number, shown: string): Promise<Buffer> {
  try {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.chunks()) {
      size += chunk.length;
      if (size > mostBytes) throw new Failure(`${shown} is larger than ${mostBytes} bytes`);
      parts.push(chunk);
    }
    return Buffer.concat(parts);
  } finally {
    answer.close();
  }
}

interface Target {
  readonly url: URL;
  readonly authorization?: string;
}

/** fetch refuses URLs with credentials in them: they go into a header. */
function separateCredentials(url: URL): Target {
  const { username, password } = url;
  if (username === '' && password === '') return { url };
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  const pair = `${decode(username)}:${decode(password)}`;
  return { url: bare, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** What is no encoding is meant as it is: a server can redirect to any text. */
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
    throw new Failure(`${shown} redirects to what is no URL`, { fix: giveTarget });
  const to = separateCredentials(new URL(location, from.url));
  if (to.url.protocol !== 'https:' && to.url.protocol !== from.url.protocol) {
    throw new Failure(`${shown} redirects from ${from.url.protocol}// to ${to.url.protocol}//, which is refused`, {
      fix: giveTarget,
    });
  }
  const keeps = to.authorization === undefined && from.authorization !== undefined && to.url.origin === from.url.origin;
  return keeps ? { ...to, authorization: from.authorization } : to;
}

async function send(target: Target, request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
  const shown = redactUrl(target.url.href);
  const controller = new AbortController();
  const ends = AbortSignal.any([signal, controller.signal]);
  const guard = async <T>(work: Promise<T>): Promise<T> => withinSilence(work, { shown, request, controller, signal });
  const response = await guard(
    fetch(target.url, {
      method: request.method ?? 'GET',
      redirect: 'manual',
      signal: ends,
      // Bytes are counted and asked for by range: they must come as they are stored.
      headers: {
        'accept-encoding': 'identity',
        ...request.headers,
        ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
      },
    }),
  );
  return {
    status: response.status,
    headers: response.headers,
    chunks: async function* () {
      const reader = response.body?.getReader();
      for (;;) {
        const part = await guard(reader?.read() ?? Promise.resolve({ done: true as const, value: undefined }));
        if (part.done) return;
        yield part.value;
      }
    },
    close: () => controller.abort(),
  };
}

interface SilenceGuard {
  readonly shown: string;
  readonly request: HttpRequest;
  readonly controller: AbortController;
  readonly signal: AbortSignal;
}

async function withinSilence<T>(work: Promise<T>, { shown, request, controller, signal }: SilenceGuard): Promise<T> {
  const timer = setTimeout(() => {
    controller.abort(new HttpError(`${shown} has been silent for ${request.idleTimeoutMs / 1000} s`));
  }, request.idleTimeoutMs);
  try {
    return await work;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Failure) throw error;
    const { code, text } = readCause(error);
    if (isCertificateError(code))
      throw new Failure(`no secure connection to ${shown}: ${sanitizeLine(text)}`, {
        fix: certificateFix,
        cause: error,
      });
    throw new HttpError(`${shown} cannot be read: ${code === '' ? text : code}`, undefined, error);
  } finally {
    clearTimeout(timer);
  }
}

/** fetch says "fetch failed" and keeps why in the cause, which has no message where several addresses were tried. */
function readCause(error: unknown): { readonly code: string; readonly text: string } {
  const cause = (error as { readonly cause?: unknown }).cause ?? error;
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    text: typeof message === 'string' && message !== '' ? message : errorMessage(cause),
  };
}

const certificateError = /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL|EPROTO/;

/** True for what Node says of a server's certificate, or of one that speaks no TLS: by the code of the error. */
export function isCertificateError(code: string): boolean {
  return certificateError.test(code);
}

export const certificateFix =
  'check the address, http or https, and the clock (date); a certificate of your own goes into NODE_EXTRA_CA_CERTS';
