import { errorMessage, Failure, type FailureDetails } from '../../platform/errors.js';
import { formatDuration, sanitizeLine } from '../../platform/format.js';
import { certificateFix, isCertificateError } from '../../platform/http.js';
import type { S3Address } from './address.js';

/** The permissions of IAM that the store needs. */
export type Action =
  | 's3:PutObject'
  | 's3:GetObject'
  | 's3:DeleteObject'
  | 's3:ListBucket'
  | 's3:AbortMultipartUpload'
  | 's3:ListBucketMultipartUploads'
  | 's3:ListMultipartUploadParts';

/** What a request is for. */
export interface Operation {
  /** What a policy must allow for it. */
  readonly action: Action;
  /** Of the object; none for requests about the bucket. */
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** A request that was refused, or not answered. */
export class S3Error extends Failure {
  /** Of HTTP; undefined where there was no answer. */
  readonly status: number | undefined;
  /** As S3 names it: `NoSuchUpload`. */
  readonly code: string;

  constructor(message: string, facts: Pick<ErrorFacts, 'status' | 'code'>, details: FailureDetails) {
    super(message, details);
    this.status = facts.status;
    this.code = facts.code;
  }
}

/** What an error of the SDK says, whichever kind it is. */
export interface ErrorFacts {
  readonly code: string;
  readonly status: number | undefined;
  /** Of Node: `ECONNREFUSED`. */
  readonly systemCode: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly isClockCorrected: boolean;
}

export function toErrorFacts(error: unknown): ErrorFacts {
  const { name, code, $metadata, $response } = error as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
    readonly $response?: { readonly statusCode?: number; readonly headers?: ErrorFacts['headers'] };
  };
  const isRefusedCondition = name === 'PreconditionFailed';
  return {
    code: typeof name === 'string' ? name : '',
    // A refusal to complete can come as an error behind a 200, which the SDK makes a 503.
    status: isRefusedCondition ? 412 : ($metadata?.httpStatusCode ?? $response?.statusCode),
    systemCode: typeof code === 'string' ? code : '',
    message: errorMessage(error),
    headers: $response?.headers ?? {},
    isClockCorrected: $metadata?.clockSkewCorrected === true,
  };
}

/** What the request has found nothing of, or lost against: these callers decide themselves. */
export function isStatus(error: unknown, ...statuses: readonly number[]): error is S3Error {
  return error instanceof S3Error && error.code !== 'NoSuchBucket' && statuses.includes(error.status ?? 0);
}

/** What a request found; undefined where there is no object, or no upload. */
export async function ifFound<T>(request: Promise<T>): Promise<T | undefined> {
  return request.catch((error: unknown) => {
    if (isStatus(error, 404)) return undefined;
    throw error;
  });
}

export interface Circumstances {
  readonly operation: Operation;
  readonly address: S3Address;
  readonly tries: number;
  /** Milliseconds since the epoch, by our clock. */
  readonly now: number;
}

/** An error of the SDK as one line and what to do about it; a Failure stays as it is. */
export function s3Failure(error: unknown, circumstances: Circumstances): Failure {
  if (error instanceof Failure) return error;
  const facts = toErrorFacts(error);
  const { message, fix } = tryGetFailureText(facts, circumstances) ?? otherFailureText(facts, circumstances);
  return new S3Error(message, facts, { cause: error, ...(fix === undefined ? {} : { fix }) });
}

interface FailureText {
  readonly message: string;
  readonly fix?: string;
}

type FormatFailure = (facts: ErrorFacts, circumstances: Circumstances) => FailureText;

const failureTexts: readonly (readonly [codes: RegExp, explain: FormatFailure])[] = [
  [
    /^NoSuchBucket$/,
    (_, { address }) => ({
      message: `there is no bucket ${address.bucket} at ${formatServer(address)}`,
      fix: 'check store, endpoint and region; a bucket is not made for you',
    }),
  ],
  [
    /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|301|307)$/,
    regionFailureText,
  ],
  [
    /^CredentialsProviderError$|^TokenProviderError$/,
    ({ message }) => ({
      message: `no credentials for S3: ${sanitizeLine(message)}`,
      fix: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; in GitHub Actions run aws-actions/configure-aws-credentials before; a public bucket can be read with anonymous',
    }),
  ],
  [
    /^InvalidAccessKeyId$/,
    (_, { address }) => ({
      message: `${formatServer(address)} does not know the access key`,
      fix: 'check AWS_ACCESS_KEY_ID and endpoint: are they of the same server?',
    }),
  ],
  [
    /^SignatureDoesNotMatch$/,
    (_, { address }) => ({
      message: `${formatServer(address)} refuses the signature, since the secret key is not the one of the access key`,
      fix: 'check AWS_SECRET_ACCESS_KEY, and region',
    }),
  ],
  [
    /^(ExpiredToken(Exception)?|TokenRefreshRequired|InvalidToken)$/,
    ({ code }, { address }) => ({
      message: `${formatServer(address)} refuses the credentials, since ${code === 'InvalidToken' ? 'their session token is not valid' : 'they have expired'}`,
      fix: 'get new ones; in GitHub Actions set role-duration-seconds of aws-actions/configure-aws-credentials longer than the build takes',
    }),
  ],
  [/^RequestTimeTooSkewed$/, clockFailureText],
  [/^(AccessDenied|AllAccessDisabled|Forbidden|403)$/, deniedFailureText],
];

function tryGetFailureText(facts: ErrorFacts, circumstances: Circumstances): FailureText | undefined {
  const codes = [facts.code, String(facts.status ?? '')];
  for (const code of codes) {
    const found = failureTexts.find(([pattern]) => pattern.test(code));
    if (found !== undefined) return found[1](facts, circumstances);
  }
  return facts.message.startsWith('Region is missing')
    ? {
        message: `the region of bucket ${circumstances.address.bucket} is not known`,
        fix: 'set region, or AWS_REGION',
      }
    : undefined;
}

function regionFailureText({ headers, message }: ErrorFacts, { address }: Circumstances): FailureText {
  const right = headers['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  const asked = address.region === undefined ? 'the region that was asked' : `region ${address.region}`;
  return {
    message: `bucket ${address.bucket} is not in ${asked}${right === undefined ? '' : ` but in ${sanitizeLine(right)}`}`,
    fix: right === undefined ? 'set region to that of the bucket' : `set region to ${sanitizeLine(right)}`,
  };
}

function clockFailureText({ headers }: ErrorFacts, { address, now }: Circumstances): FailureText {
  const skew = now - Date.parse(headers['date'] ?? '');
  const difference = Number.isNaN(skew)
    ? 'differs from that of'
    : `is ${formatDuration(Math.abs(skew))} ${skew > 0 ? 'ahead of' : 'behind'}`;
  return {
    message: `the clock of this machine ${difference} ${formatServer(address)}`,
    fix: 'set the clock: timedatectl set-ntp true',
  };
}

/** S3 hides from those who may not list whether an object is there: it denies what is missing. */
function deniedFailureText(_: ErrorFacts, { operation, address }: Circumstances): FailureText {
  const isRead = operation.action === 's3:GetObject';
  const message = `${operation.action} on ${formatObject(operation, address)} is denied`;
  if (address.anonymous === true)
    return { message, fix: 'the bucket is not public for that: leave out anonymous, and give credentials' };
  return {
    message,
    fix: `allow ${operation.action} in the policy of the role${isRead ? ', and s3:ListBucket on the bucket: without it S3 denies an object that is missing, too' : ''}`,
  };
}

function otherFailureText(
  { code, status, systemCode, message }: ErrorFacts,
  { operation, address, tries }: Circumstances,
): FailureText {
  const server = formatServer(address);
  const asked = tries === 1 ? '' : ` after ${tries} tries`;
  if (status !== undefined && status >= 300) {
    return {
      message: `${server} answers ${status} ${sanitizeLine(`${code}: ${message}`)} to ${operation.action} on ${formatObject(operation, address)}${asked}`,
      fix: 'check endpoint; the log of that server may say more',
    };
  }
  if (status !== undefined)
    return {
      message: `${server} does not answer as S3 does`,
      fix: 'check endpoint: it may be that of another service, or of a console',
    };
  if (isCertificateError(systemCode)) {
    return { message: `no secure connection to ${server}: ${sanitizeLine(message)}`, fix: certificateFix };
  }
  return {
    message: `no good answer from ${server}${asked}: ${sanitizeLine(message === '' ? systemCode : message)}`,
    fix: 'check endpoint and region, and that this machine can reach them',
  };
}

function formatServer({ endpoint, region }: S3Address): string {
  return endpoint ?? (region === undefined ? 'AWS' : `AWS in ${region}`);
}

function formatObject({ key }: Operation, { bucket, prefix }: S3Address): string {
  return key === undefined ? `bucket ${bucket}` : `s3://${bucket}/${prefix}${key}`;
}
