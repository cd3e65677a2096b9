import { errorMessage } from '../platform/errors.js';
import type { GuestResponse } from './http-get.js';
import { toPlainText } from '../platform/plain-text.js';

/** A healthy daemon: the path that returned 200, and the version in the JSON of `/version`, if any. */
export interface Healthy {
  readonly kind: 'healthy';
  readonly path: string;
  readonly daemonVersion?: string | undefined;
}

/** The result of one health check. */
export type HealthAttempt =
  | Healthy
  /** No complete response: nothing listens, or not yet. */
  | { readonly kind: 'silent'; readonly reason: string }
  /** A response other than the healthy one. */
  | { readonly kind: 'wrong'; readonly response: string; readonly body: string };

export interface HealthCheck {
  /** `auto`: 200 on /health, or 404 there and 200 on /version (Daytona's daemon has no /health). */
  readonly path: string;
  readonly get: (path: string, signal: AbortSignal) => Promise<GuestResponse>;
}

/** Checks once. @throws the signal's reason, and nothing else */
export async function checkHealth(check: HealthCheck, signal: AbortSignal): Promise<HealthAttempt> {
  const auto = check.path === 'auto';
  const path = auto ? '/health' : check.path;
  try {
    const response = await check.get(path, signal);
    if (response.status !== 200 && !(auto && response.status === 404)) return wrong(path, response);
    const version = await check.get('/version', signal);
    if (response.status === 200) return healthy(path, version);
    return version.status === 200 ? healthy('/version', version) : wrong(path, response);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'silent', reason: errorMessage(error) };
  }
}

function wrong(path: string, { status, body }: GuestResponse): HealthAttempt {
  return { kind: 'wrong', response: `GET ${path} returned ${status}`, body: toPlainText(body, 500) };
}

function healthy(path: string, version: GuestResponse): Healthy {
  const daemonVersion = version.status === 200 ? tryReadVersion(version.body) : undefined;
  return { kind: 'healthy', path, daemonVersion };
}

/** `{"version":"…"}` */
function tryReadVersion(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || !('version' in parsed)) return undefined;
    return typeof parsed.version === 'string' ? toPlainText(parsed.version, 200) : undefined;
  } catch {
    return undefined;
  }
}

/** The results of all checks so far. Times are the clock's. */
export interface HealthHistory {
  /** The first healthy response. */
  readonly first?: { readonly at: number; readonly result: Healthy };
  readonly latest?: { readonly startedAt: number; readonly at: number; readonly attempt: HealthAttempt };
  /** Since when every response has been wrong. */
  readonly wrongSince?: number;
}

export function recordAttempt(
  history: HealthHistory,
  attempt: HealthAttempt,
  startedAt: number,
  at: number,
): HealthHistory {
  const { wrongSince, ...rest } = history;
  const latest = { startedAt, at, attempt };
  switch (attempt.kind) {
    case 'healthy':
      return { first: { at, result: attempt }, ...rest, latest };
    case 'wrong':
      return { ...rest, latest, wrongSince: wrongSince ?? at };
    case 'silent':
      return { ...rest, latest };
  }
}
