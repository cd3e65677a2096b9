import type { Clock } from './clock.js';
import { errorMessage, Failure } from './errors.js';
import { formatDuration } from './format.js';
import { HttpError, isTransient } from './http.js';
import type { Log } from './progress/log.js';

/** Decides which errors are worth another attempt, and what the caller gets after the last one. */
export interface RetryPolicy {
  readonly isTransient: (error: unknown) => boolean;
  /** The error to throw in the end. */
  readonly toFinalError: (error: unknown, attempts: number) => unknown;
  /** True if the failed attempt got further than the previous one: the count starts again. */
  readonly madeProgress?: (() => boolean) | undefined;
  readonly onPause?: ((error: unknown, pauseMs: number) => void) | undefined;
  /** The shortest pause after an error, if the server named one. */
  readonly minPauseMs?: ((error: unknown) => number | undefined) | undefined;
}

export const maxAttempts = 5;
const firstPauseMs = 1000;
const pauseFactor = 3;
const maxPauseMs = 20_000;

/**
 * Runs `attempt` until it succeeds, at most five times in a row without progress. @throws the signal's reason when
 * aborted
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  { isTransient: isWorthwhile, toFinalError, madeProgress, onPause, minPauseMs }: RetryPolicy,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal | undefined },
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (madeProgress?.() === true) attempts = 1;
      if (attempts === maxAttempts || !isWorthwhile(error)) throw toFinalError(error, attempts);
      const pauseMs = Math.max(pauseAfter(attempts), jitter(minPauseMs?.(error) ?? 0));
      onPause?.(error, pauseMs);
      await clock.sleep(pauseMs, signal);
    }
  }
}

/** Half of each pause is random, so that clients that were rejected together do not retry together. */
function pauseAfter(attempts: number): number {
  return Math.round(Math.min(maxPauseMs, firstPauseMs * pauseFactor ** (attempts - 1)) * (0.5 + Math.random() / 2));
}

/** Up to a tenth longer, for the same reason. */
function jitter(pauseMs: number): number {
  return Math.round(pauseMs * (1 + Math.random() / 10));
}

export interface RetryPorts {
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Retries HTTP requests after transient failures, and logs each retry. @throws Failure with the last reason */
export async function retryTransient<T>(
  ports: RetryPorts,
  attempt: () => Promise<T>,
  madeProgress?: () => boolean,
): Promise<T> {
  return retry(
    attempt,
    {
      isTransient,
      madeProgress,
      minPauseMs: (error) => (error instanceof HttpError ? error.retryAfterMs : undefined),
      toFinalError: (error, attempts) => (isTransient(error) ? exhaustedFailure(error, attempts) : error),
      onPause: (error, pauseMs) => ports.log.warn(`${errorMessage(error)}; retrying in ${formatDuration(pauseMs)}`),
    },
    ports,
  );
}

function exhaustedFailure(cause: unknown, attempts: number): Failure {
  return new Failure(`${errorMessage(cause)}; gave up after ${attempts} attempts`, {
    fix: 'check that this machine can reach that server, then run again',
    cause,
  });
}
