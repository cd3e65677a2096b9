import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';
import { errorMessage, Failure } from '../../platform/errors.js';
import { formatDuration, sanitizeLine } from '../../platform/format.js';

/** How the SDK gets credentials. Default: its chain of providers. */
export type Credentials = NonNullable<S3ClientConfig['credentials']>;

const fixes = {
  missing:
    'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; in GitHub Actions run ' +
    'aws-actions/configure-aws-credentials first; a public bucket can be read with anonymous',
  failing:
    'check AWS_PROFILE, AWS_WEB_IDENTITY_TOKEN_FILE and the files in ~/.aws, ' +
    'or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
};

/** What providers report that are not configured. */
const isNotConfigured = (reason: string): boolean =>
  /^(?:Unable to find environment variable|AWS_PROFILE is set, skipping|Skipping SSO)/.test(reason) ||
  reason.startsWith('Web identity configuration not') ||
  /^(?:Not found in |AWS_EC2_METADATA|EC2 Instance Metadata|Could not load credentials from any)/.test(reason) ||
  /profile: \[default\]|^Profile default /.test(reason);

/** An instance without a metadata service may drop our packets, and a provider may be a program that never exits. */
const timeoutMs = 15_000;

export interface CredentialsCheck {
  /**
   * For the SDK's client: providers report to it why they have no credentials, which the error at the end of the
   * chain leaves out.
   */
  readonly logger: NonNullable<S3ClientConfig['logger']>;
  /** @throws Failure with the cause that the provider reports; the signal's reason when aborted */
  assertCredentials(client: S3Client, signal: AbortSignal | undefined): Promise<void>;
}

/**
 * Gets the credentials before a request does, so that what fails for want of them is not taken for a failure of the
 * server.
 */
export function createCredentialsCheck(): CredentialsCheck {
  let reasons: string[] = [];
  const ignore = (): void => undefined;
  return {
    logger: {
      debug: (message: unknown) => {
        const [, reason] = /^@smithy\/property-provider (?:->|\(!\)) ([^]*)$/.exec(String(message)) ?? [];
        if (reason !== undefined) reasons.push(reason);
      },
      info: ignore,
      warn: ignore,
      error: ignore,
    },
    assertCredentials: async (client, signal) => {
      reasons = [];
      // The SDK keeps them until they expire.
      await withinTime(client.config.credentials(), signal).catch((error: unknown) => {
        signal?.throwIfAborted();
        throw credentialsFailure(error, reasons);
      });
    },
  };
}

function credentialsFailure(error: unknown, reasons: readonly string[]): Failure {
  if (error instanceof Failure) return error;
  const isEndOfChain = errorMessage(error).startsWith('Could not load credentials from any');
  const reason = isEndOfChain ? reasons.find((one) => !isNotConfigured(one)) : errorMessage(error);
  if (reason === undefined)
    return new Failure('no credentials: none in the environment, in ~/.aws or from this instance', {
      fix: fixes.missing,
      cause: error,
    });
  // Errors of a service, such as STS, have it.
  const source = '$metadata' in (error as object) ? 'the request for them failed: ' : '';
  return new Failure(`no credentials: ${source}${sanitizeLine(reason.trim())}`, { fix: fixes.failing, cause: error });
}

async function withinTime(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  let stop: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    stop = () => reject(new Error('cancelled'));
    signal?.addEventListener('abort', stop, { once: true });
    timer = setTimeout(() => {
      reject(
        new Failure(`no credentials: no provider responded within ${formatDuration(timeoutMs)}`, {
          fix: fixes.failing,
        }),
      );
    }, timeoutMs);
  });
  try {
    await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
  }
}
