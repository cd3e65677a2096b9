import type { S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../../platform/clock.js';
import { Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import { silentLog, type Log } from '../../platform/progress/log.js';
import { createSlowNotice } from '../../platform/progress/slow-notice.js';
import { isTransient as isTransientHttp } from '../../platform/http.js';
import { retry } from '../../platform/retry.js';
import type { S3Address } from './address.js';
import type { CredentialsCheck } from './credentials.js';
import { formatServer, s3Failure, toErrorFacts, type ErrorFacts, type S3Operation } from './failures.js';

export interface SendOptions {
  readonly abortSignal?: AbortSignal;
}

/**
 * Sends a request, and again after a pause if it failed for a reason that passes. `attempt` is everything that must
 * succeed: if it reads a body, a body that breaks off is requested again. A write may therefore happen twice.
 * @throws S3Error; the signal's reason when aborted; a Failure of `attempt` as it is
 */
export type Send = <T>(
  operation: S3Operation,
  attempt: (client: S3Client, options: SendOptions) => Promise<T>,
) => Promise<T>;

interface SendSettings {
  readonly client: S3Client;
  readonly address: S3Address;
  readonly check: CredentialsCheck;
}

export function createSend(
  { client, address, check }: SendSettings,
  ports: { readonly clock: Clock; readonly log?: Log | undefined; readonly signal?: AbortSignal | undefined },
): Send {
  const { clock, log = silentLog } = ports;
  const withNotice = createSlowNotice(`Waiting for a response from ${formatServer(address)}`, { clock, log });
  return async (operation, attempt) => {
    const signal = anySignal(operation.signal, ports.signal);
    const toFailure = (error: unknown, attempts: number): Failure =>
      s3Failure(error, { operation, address, attempts, now: clock.now() });
    return withNotice(
      retry(
        async () => {
          await check.assertCredentials(client, signal);
          return attempt(client, signal === undefined ? {} : { abortSignal: signal });
        },
        {
          isTransient: (error) =>
            error instanceof Failure ? isTransientHttp(error) : isTransient(toErrorFacts(error)),
          toFinalError: toFailure,
          onPause: (error, pauseMs) =>
            log.info(`${toFailure(error, 1).message}; retrying in ${formatDuration(pauseMs)}`),
        },
        { clock, signal },
      ),
    );
  };
}

function anySignal(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one === undefined || other === undefined ? (one ?? other) : AbortSignal.any([one, other]);
}

/** Network errors of Node that pass. Not ENOTFOUND, which is a mistyped host. */
const transientSystemCodes = new Set([
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

/** Error codes of S3 that pass. Servers disagree about the name of the one for bytes that were damaged in transit. */
const transientCodes =
  /^(TimeoutError|RequestTimeout|SlowDown|Throttling\w*|BadDigest|XAmzContent\w+Mismatch|IncompleteBody)$/;

function isTransient({ code, status, systemCode, message, isClockCorrected }: ErrorFacts): boolean {
  if (code === 'PreconditionFailed') return false;
  if (transientSystemCodes.has(systemCode) || transientCodes.test(code) || message.startsWith('Checksum mismatch'))
    return true;
  // The SDK has learnt the server's time from the response, and signs the next request with that.
  if (isClockCorrected) return true;
  // 409: two writers at the same moment (OperationAborted, ConditionalRequestConflict).
  return (
    status === 408 || status === 409 || status === 429 || (status !== undefined && status >= 500 && status !== 501)
  );
}
