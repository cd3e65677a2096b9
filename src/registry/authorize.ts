import { z } from 'zod';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { HttpError, openUrl, readBody, redactUrl, type HttpRequest } from '../platform/http.js';
import type { Challenge } from './challenge.js';
import type { RegistryCredentials } from './credentials.js';
import { tryParseJson } from '../platform/json.js';
import { isLocalHost } from './reference.js';

/** The value of a header Authorization. Never logged. */
export interface Authorization {
  readonly header: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

export interface AuthorizeRequest {
  readonly challenge: Challenge;
  /** Of the registry: `https://ghcr.io`. */
  readonly origin: string;
  /** `repository:org/ubuntu-base:pull,push` */
  readonly scope: string;
  readonly credentials: RegistryCredentials | undefined;
}

interface Ports {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const idleTimeoutMs = 30_000;
const maxAnswerBytes = 256 * 1024;
const clientId = 'ch-golden';
/** The lifetime of a token whose server names none, from the specification of Docker's tokens. */
const defaultLifetimeSeconds = 60;

/** What a header may contain. */
const token = z.string().regex(/^[\x21-\x7e]{1,65536}$/);
const answerSchema = z.object({
  token: token.optional(),
  access_token: token.optional(),
  expires_in: z.number().nonnegative().optional(),
});

/** Answers a challenge; undefined if that takes credentials that this user does not have. @throws Failure, HttpError */
export async function authorize(request: AuthorizeRequest, ports: Ports): Promise<Authorization | undefined> {
  const { challenge, credentials } = request;
  if (challenge.scheme === 'bearer') return fetchToken({ ...request, challenge }, ports);
  return credentials?.kind === 'password' ? { header: toBasic(credentials), expires: Infinity } : undefined;
}

function toBasic({ user, password }: Extract<RegistryCredentials, { readonly kind: 'password' }>): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

type BearerRequest = AuthorizeRequest & { readonly challenge: Extract<Challenge, { readonly scheme: 'bearer' }> };

/** Gets a token of a token server: anonymously, with a password, or for an identity token. */
async function fetchToken(request: BearerRequest, { clock, signal }: Ports): Promise<Authorization> {
  const started = clock.now();
  const outgoing = toTokenRequest(request);
  const shown = redactUrl(outgoing.url);
  const response = await openUrl(outgoing, signal);
  if (response.status !== 200) {
    response.close();
    if (response.status === 401 || response.status === 403) throw rejectedFailure(shown, response.status, request);
    throw new HttpError(`${shown} returned ${response.status}`, response.status);
  }
  const { data } = answerSchema.safeParse(tryParseJson((await readBody(response, maxAnswerBytes, shown)).toString()));
  const found = data?.token ?? data?.access_token;
  // The answer is a secret: no message quotes it.
  if (found === undefined) throw new Failure(`unexpected response from token server ${shown}`);
  const lifetimeMs = Math.max(defaultLifetimeSeconds, data?.expires_in ?? 0) * 1000;
  // Replaced a little early, because the clocks differ.
  return { header: `Bearer ${found}`, expires: started + lifetimeMs - 10_000 };
}

function toTokenRequest({ challenge, origin, scope, credentials }: BearerRequest): HttpRequest {
  const url = parseRealm(challenge.realm, origin);
  const { service } = challenge;
  if (credentials?.kind === 'identity') {
    const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, scope });
    if (service !== undefined) form.set('service', service);
    form.set('refresh_token', credentials.token);
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { url: url.href, method: 'POST', headers, body: Buffer.from(form.toString()), idleTimeoutMs };
  }
  if (service !== undefined) url.searchParams.set('service', service);
  url.searchParams.append('scope', scope);
  const authorization = credentials === undefined ? undefined : toBasic(credentials);
  return { url: url.href, idleTimeoutMs, authorization };
}

/** Only for a registry on this machine. */
function isLocal({ protocol, hostname }: URL, origin: string): boolean {
  return origin.startsWith('http:') && protocol === 'http:' && isLocalHost(hostname);
}

/** The address of the token server, which gets the credentials. @throws Failure for one without a secure connection */
function parseRealm(realm: string, origin: string): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  if (url?.username === '' && (url.protocol === 'https:' || isLocal(url, origin))) return url;
  throw new Failure(`registry ${origin} names an unusable token server ${quoteText(realm, 200)}`, {
    fix: 'check the address of the registry: a token server must use https',
  });
}

function rejectedFailure(shown: string, status: number, { origin, credentials }: BearerRequest): Failure {
  const host = new URL(origin).host;
  const what = credentials === undefined ? 'no credentials are saved for it' : 'it rejects the saved credentials';
  return new Failure(`registry ${host} rejects access: token server ${shown} returned ${status}, and ${what}`, {
    fix: `sign in: docker login ${host}`,
  });
}
