import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { sha256Of } from '../platform/fs/files.js';
import { quoteText, sanitizeLine } from '../platform/format.js';
import { HttpError, openUrl, readBody, redactUrl, type HttpRequest, type HttpResponse } from '../platform/http.js';
import type { Processes } from '../platform/process/processes.js';
import { silentLog, type Log } from '../platform/progress/log.js';
import { createSlowNotice } from '../platform/progress/slow-notice.js';
import { authorize, type Authorization } from './authorize.js';
import { parseChallenge } from './challenge.js';
import { findRegistryCredentials, type RegistryCredentials } from './credentials.js';
import type { Repository } from './reference.js';

export interface RegistryPorts {
  readonly processes: Processes;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** For requests that take their time. */
  readonly log?: Log | undefined;
}

export interface RegistryOptions {
  /** What tokens are requested for. */
  readonly access: 'pull' | 'push';
  /** Docker's `config.json`. Default: that of this user. */
  readonly configPath?: string | undefined;
}

export interface RegistryRequest {
  /** A path of the repository, such as `blobs/sha256:…`, or a URL that the registry returned. */
  readonly target: string;
  readonly method?: HttpRequest['method'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

/** One repository of a registry. Signs in when the registry requires it. */
export interface RegistryClient {
  readonly repository: Repository;
  /** Sends a request, and returns a response whose status is one of `accepted`. @throws HttpError, Failure */
  send(request: RegistryRequest, accepted: readonly number[]): Promise<HttpResponse>;
}

const idleTimeoutMs = 60_000;
const maxErrorBytes = 16 * 1024;
/** Longer pauses are a quota that is used up, not a limit on the rate. */
const maxRetryAfterMs = 120_000;

export function createRegistryClient(
  repository: Repository,
  options: RegistryOptions,
  ports: RegistryPorts,
): RegistryClient {
  const { clock, log = silentLog } = ports;
  const withNotice = createSlowNotice(`Waiting for a response from ${repository.origin}`, { clock, log });
  const session = createAuthSession(repository, options, ports);
  const attempt = async (request: RegistryRequest, url: URL): Promise<HttpResponse> => {
    // A registry may name a different server for an upload: that gets no credentials.
    const authorization = url.origin === repository.origin ? session.current() : undefined;
    const { method = 'GET', headers = {}, body } = request;
    return withNotice(openUrl({ url: url.href, method, headers, body, authorization, idleTimeoutMs }, ports.signal));
  };
  return {
    repository,
    send: async (request, accepted) => {
      const url = toUrl(repository, request.target);
      let response = await attempt(request, url);
      if (response.status === 401 && !response.isRedirected && url.origin === repository.origin) {
        response.close();
        await session.answer(response.headers.get('www-authenticate'));
        response = await attempt(request, url);
      }
      if (accepted.includes(response.status)) return response;
      throw await toError(response, { url, repository, isPush: options.access === 'push', now: clock.now() });
    },
  };
}

/** @throws Failure for a URL that is neither https nor on this machine, as the registry is */
export function toUrl({ origin, name }: Repository, target: string): URL {
  const base = `${origin}/v2/${name}/`;
  if (!URL.canParse(target, base)) throw new Failure(`registry ${origin} returned an invalid URL`);
  const url = new URL(target, base);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && url.origin === origin);
  if (isSafe && url.username === '' && url.password === '') return url;
  throw new Failure(`registry ${origin} returned an unusable URL ${quoteText(redactUrl(url.href), 200)}`);
}

interface AuthSession {
  /** The value of the header Authorization, if one is known. */
  current(): string | undefined;
  /** Signs in as the header WWW-Authenticate requires. */
  answer(header: string | null): Promise<void>;
}

function createAuthSession(
  repository: Repository,
  { access, configPath }: RegistryOptions,
  ports: RegistryPorts,
): AuthSession {
  const { host, origin, name } = repository;
  const scope = `repository:${name}:${access === 'push' ? 'pull,push' : 'pull'}`;
  let known: Authorization | undefined;
  let credentials: Promise<RegistryCredentials | undefined> | undefined;
  let pending: Promise<Authorization | undefined> | undefined;
  const signIn = async (header: string | null): Promise<Authorization | undefined> => {
    const challenge = parseChallenge(header);
    if (challenge === undefined) throw new Failure(`registry ${host}: unsupported authentication method`);
    credentials ??= findRegistryCredentials({ host, configPath }, ports.processes);
    return authorize({ challenge, origin, scope, credentials: await credentials }, ports);
  };
  return {
    current: () => (known !== undefined && known.expires > ports.clock.now() ? known.header : undefined),
    answer: async (header) => {
      // Concurrent requests share one token.
      pending ??= signIn(header).finally(() => (pending = undefined));
      known = await pending;
      if (known !== undefined) return;
      throw new Failure(`registry ${host} requires credentials, and none are saved for it`, {
        fix: `sign in: docker login ${host}`,
      });
    },
  };
}

interface ErrorContext {
  readonly url: URL;
  readonly repository: Repository;
  readonly isPush: boolean;
  readonly now: number;
}

async function toError(response: HttpResponse, context: ErrorContext): Promise<Failure> {
  const { status, headers } = response;
  const { url, repository, isPush, now } = context;
  const reason = await readReason(response);
  const message = `${redactUrl(url.href)} returned ${status}${reason}`;
  if (status === 401 || status === 403) {
    const right = isPush ? 'push to' : 'pull from';
    return new Failure(message, {
      fix: `check that the saved credentials may ${right} ${repository.name}: docker login ${repository.host}`,
    });
  }
  if (status === 404)
    return new Failure(message, {
      fix: `check the address; some registries, such as ECR, need ${repository.name} to be created first`,
    });
  const pauseMs = parseRetryAfter(headers.get('retry-after'), now);
  if (status === 429 && pauseMs !== undefined && pauseMs > maxRetryAfterMs)
    return new Failure(`${message}; it wants no request for ${Math.ceil(pauseMs / 60_000)} minutes`, {
      fix: `sign in, which raises most limits (docker login ${repository.host}), or try again later`,
    });
  return new HttpError(
    message,
    status,
    undefined,
    pauseMs === undefined ? undefined : Math.min(pauseMs, maxRetryAfterMs),
  );
}

/** What a registry says about an error, ` (DENIED: not allowed)`, if it says it in the specified form. */
async function readReason(response: HttpResponse): Promise<string> {
  try {
    const bytes = await readBody(response, maxErrorBytes, '');
    const { errors } = JSON.parse(bytes.toString('utf8')) as { readonly errors?: unknown };
    const [first] = Array.isArray(errors) ? (errors as unknown[]) : [];
    const { code, message } = (first ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    const words = [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ');
    return words === '' ? '' : ` (${sanitizeLine(words, 200)})`;
  } catch {
    return '';
  }
}

/** A number of seconds, or a date. */
export function parseRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** `sha256:…` */
export function digestOf(bytes: Buffer): string {
  return `sha256:${sha256Of(bytes)}`;
}
