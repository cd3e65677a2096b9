import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../platform/clock.js';
import type { S3Address } from './address.js';
import { s3Failure, toErrorFacts, type ErrorFacts, type Operation } from './failures.js';

export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/**
 * Sends a request, and again after a pause where it failed for a reason that passes. `attempt` is all that must succeed:
 * where it reads a body, a body that breaks off is asked for again. A write may therefore happen twice.
 * @throws S3Error; the signal's reason when aborted; a Failure of `attempt` as it is
 */
export type Send = <T>(need: Operation, attempt: (client: S3Client, options: SendOptions) => Promise<T>) => Promise<T>;

const mostTries = 5;
const firstPauseMs = 1000;
const longestPauseMs = 20_000;

export function createSend(
  { client, address }: { readonly client: S3Client; readonly address: S3Address },
  ports: { readonly clock: Clock; readonly signal?: AbortSignal },
): Send {
  const { clock } = ports;
  return async (operation, attempt) => {
    const signal = either(operation.signal, ports.signal);
    const options = signal === undefined ? {} : { abortSignal: signal };
    for (let tries = 1; ; tries += 1) {
      signal?.throwIfAborted();
      try {
        return await attempt(client, options);
      } catch (error) {
        signal?.throwIfAborted();
        if (tries === mostTries || !isTransient(toErrorFacts(error)))
          throw s3Failure(error, { operation, address, tries, now: clock.now() });
        await clock.sleep(pauseAfter(tries), signal);
      }
    }
  };
}

function either(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}

/** Network errors of Node that pass; not ENOTFOUND, which is a mistyped host. */
const passingErrors = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Refusals that pass. Corrupted on the way: the name differs by server. Source: S3's list of error codes. */
const passingCodes =
  /^(TimeoutError|RequestTimeout|SlowDown|Throttling\w*|BadDigest|XAmzContentChecksumMismatch|XAmzContentSHA256Mismatch|IncompleteBody)$/;

function isTransient({ code, status, systemCode, message, isClockCorrected }: ErrorFacts): boolean {
  if (code === 'PreconditionFailed') return false;
  if (passingErrors.has(systemCode) || passingCodes.test(code) || message.startsWith('Checksum mismatch')) return true;
  // The SDK has learnt the server's time from its answer, and signs the next request with that.
  if (isClockCorrected) return true;
  // 409: another writer was at it at the same moment (OperationAborted, ConditionalRequestConflict).
  return (
    status === 408 || status === 409 || status === 429 || (status !== undefined && status >= 500 && status !== 501)
  );
}

/** Spread, so that those who were sent away together do not come back together. */
function pauseAfter(tries: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 3 ** (tries - 1)) * (0.5 + Math.random() / 2);
}
