import { errorMessage } from '../platform/errors.js';
import type { GuestResponse } from './http-get.js';
import { toPlainText } from '../platform/plain-text.js';

/** The positive answer: the route that gave it, and what `/version` said where it is JSON. */
export interface Healthy {
  readonly kind: 'healthy';
  readonly path: string;
  readonly daemonVersion?: string;
}

/** What one look at the daemon found. */
export type HealthAttempt =
  | Healthy
  /** No whole answer: nobody listens, or not yet. */
  | { readonly kind: 'silent'; readonly reason: string }
  /** An answer that is not the positive one. */
  | { readonly kind: 'wrong'; readonly answer: string; readonly body: string };

/** How to look. */
export interface HealthCheck {
  /** `auto`: 200 on /health, or 404 there and 200 on /version (Daytona's daemon has no /health). */
  readonly path: string;
  readonly get: (path: string, signal: AbortSignal) => Promise<GuestResponse>;
}

/** Looks once. @throws the signal's reason, and nothing else. */
export async function checkHealth(check: HealthCheck, signal: AbortSignal): Promise<HealthAttempt> {
  const auto = check.path === 'auto';
  const path = auto ? '/health' : check.path;
  try {
    const answer = await check.get(path, signal);
    if (answer.status !== 200 && !(auto && answer.status === 404)) return wrong(path, answer);
    const version = await check.get('/version', signal);
    if (answer.status === 200) return healthy(path, version);
    return version.status === 200 ? healthy('/version', version) : wrong(path, answer);
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'silent', reason: errorMessage(error) };
  }
}

function wrong(path: string, { status, body }: GuestResponse): HealthAttempt {
  return { kind: 'wrong', answer: `GET ${path} answered ${status}`, body: toPlainText(body, 500) };
}

function healthy(path: string, version: GuestResponse): Healthy {
  const daemonVersion = version.status === 200 ? tryReadVersion(version.body) : undefined;
  return { kind: 'healthy', path, ...(daemonVersion === undefined ? {} : { daemonVersion }) };
}

/** `{"version":"…"}` */
function tryReadVersion(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== 'object' || answer === null || !('version' in answer)) return undefined;
    return typeof answer.version === 'string' ? toPlainText(answer.version, 200) : undefined;
  } catch {
    return undefined;
  }
}

/** What all looks together found. Times are the clock's. */
export interface HealthHistory {
  /** The first positive answer. */
  readonly first?: { readonly at: number; readonly answer: Healthy };
  readonly latest?: { readonly startedAt: number; readonly at: number; readonly attempt: HealthAttempt };
  /** Since when every answer has been a wrong one. */
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
      return { first: { at, answer: attempt }, ...rest, latest };
    case 'wrong':
      return { ...rest, latest, wrongSince: wrongSince ?? at };
    case 'silent':
      return { ...rest, latest };
  }
}
