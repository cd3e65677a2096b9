import { errorMessage, Failure, type FailureDetails } from '../../platform/errors.js';
import { formatDuration, quoteText, sanitizeLine } from '../../platform/format.js';
import { formatRoute, tryToProxyError } from '../../platform/connections/proxy-error.js';
import { certificateFix, isCertificateError } from '../../platform/http.js';
import type { S3Address } from './address.js';

/** The IAM permissions that the store needs. */
export type Action =
  | 's3:PutObject'
  | 's3:GetObject'
  | 's3:DeleteObject'
  | 's3:ListBucket'
  | 's3:AbortMultipartUpload'
  | 's3:ListBucketMultipartUploads'
  | 's3:ListMultipartUploadParts';

/** What a request does, for messages. */
export interface S3Operation {
  /** What a policy must allow for it. */
  readonly action: Action;
  /** Of the object; none for requests about the bucket. */
  readonly key?: string;
  readonly signal?: AbortSignal | undefined;
}

/** A request that was rejected, or got no response. */
export class S3Error extends Failure {
  /** Of HTTP; undefined if there was no response. */
  readonly status: number | undefined;
  /** The name that S3 gives the error: `NoSuchUpload`. */
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
  const isFailedCondition = name === 'PreconditionFailed';
  return {
    code: typeof name === 'string' ? name : '',
    // CompleteMultipartUpload can return this error behind a 200, which the SDK turns into a 503.
    status: isFailedCondition ? 412 : ($metadata?.httpStatusCode ?? $response?.statusCode),
    systemCode: typeof code === 'string' ? code : '',
    message: errorMessage(error),
    headers: $response?.headers ?? {},
    isClockCorrected: $metadata?.clockSkewCorrected === true,
  };
}

/** True for a conditional request whose condition did not hold: 304 or 412. */
export function isFailedCondition(error: unknown, status: 304 | 412): error is S3Error {
  return error instanceof S3Error && error.status === status;
}

/**
 * True if the object or the upload does not exist. Any other 404 is an error, e.g. that of a wrong endpoint, of a
 * missing bucket, or of versitygw for an unknown access key.
 */
export function isMissing(error: unknown): error is S3Error {
  return error instanceof S3Error && error.status === 404 && /^NoSuch(?:Key|Upload)$/.test(error.code);
}

/** What a request returns; undefined if the object or the upload does not exist. */
export async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  return request.catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

export interface Circumstances {
  readonly operation: S3Operation;
  readonly address: S3Address;
  readonly attempts: number;
  /** Milliseconds since the epoch, by our clock. */
  readonly now: number;
}

/** An error of the SDK as one line and what to do about it; a Failure stays as it is. */
export function s3Failure(error: unknown, circumstances: Circumstances): Failure {
  if (error instanceof Failure) return error;
  const facts = toErrorFacts(error);
  const { message, fix } =
    tryGetProxyText(facts, circumstances) ??
    tryGetFailureText(facts, circumstances) ??
    otherFailureText(facts, circumstances);
  return new S3Error(message, facts, { cause: error, fix });
}

interface FailureText {
  readonly message: string;
  readonly fix: string;
}

type FormatFailure = (facts: ErrorFacts, circumstances: Circumstances) => FailureText;

const failureTexts: readonly (readonly [codes: RegExp, format: FormatFailure])[] = [
  [
    /^NoSuchBucket$/,
    (_, { address }) => ({
      message: `bucket ${quoteText(address.bucket)} does not exist at ${formatServer(address)}`,
      fix: 'check store, endpoint and region, or create the bucket',
    }),
  ],
  [
    /^(PermanentRedirect|TemporaryRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException|301|307)$/,
    regionFailureText,
  ],
  [
    /^(InvalidAccessKeyId|XAdminUserNotFound)$/,
    (_, { address }) => ({
      message: `${formatServer(address)} does not know the access key`,
      fix: 'check that AWS_ACCESS_KEY_ID and endpoint belong to the same server',
    }),
  ],
  [
    /^SignatureDoesNotMatch$/,
    (_, { address }) => ({
      message: `${formatServer(address)} rejected the signature: the secret key does not belong to the access key`,
      fix: 'check AWS_SECRET_ACCESS_KEY and region',
    }),
  ],
  [
    /^(ExpiredToken(Exception)?|TokenRefreshRequired|InvalidToken)$/,
    ({ code }, { address }) => ({
      message:
        `${formatServer(address)} rejected the credentials: ` +
        (code === 'InvalidToken' ? 'invalid session token' : 'they have expired'),
      fix:
        'get new ones; in GitHub Actions set role-duration-seconds of aws-actions/configure-aws-credentials ' +
        'to more than the build takes',
    }),
  ],
  [/^RequestTimeTooSkewed$/, clockFailureText],
  [/^(AccessDenied|AllAccessDisabled|Forbidden|403)$/, deniedFailureText],
];

function tryGetProxyText({ status }: ErrorFacts, { address, attempts }: Circumstances): FailureText | undefined {
  const url = tryGetServerUrl(address);
  const error = status === undefined || url === undefined ? undefined : tryToProxyError(url, status);
  if (error === undefined) return undefined;
  return { message: `${error.message}${afterAttempts(attempts)}`, fix: error.fix ?? '' };
}

/** Where requests are sent; undefined for AWS. */
function tryGetServerUrl({ endpoint, bucket, forcePathStyle }: S3Address): URL | undefined {
  if (endpoint === undefined) return undefined;
  const url = new URL(endpoint);
  if (!forcePathStyle) url.hostname = `${bucket}.${url.hostname}`;
  return url;
}

function tryGetFailureText(facts: ErrorFacts, circumstances: Circumstances): FailureText | undefined {
  const codes = [facts.code, String(facts.status ?? '')];
  for (const code of codes) {
    const found = failureTexts.find(([pattern]) => pattern.test(code));
    if (found !== undefined) return found[1](facts, circumstances);
  }
  return facts.message.startsWith('Region is missing')
    ? {
        message: `bucket ${quoteText(circumstances.address.bucket)}: unknown region`,
        fix: 'set region, or AWS_REGION',
      }
    : undefined;
}

function regionFailureText({ headers, message }: ErrorFacts, { address }: Circumstances): FailureText {
  const right = headers['x-amz-bucket-region'] ?? /expecting '([a-z0-9-]+)'/.exec(message)?.[1];
  const region = address.region === undefined ? 'the requested region' : `region ${address.region}`;
  return {
    message:
      `bucket ${quoteText(address.bucket)} is not in ${region}` +
      (right === undefined ? '' : `, but in ${sanitizeLine(right)}`),
    fix: right === undefined ? 'set region to the region of the bucket' : `set region to ${sanitizeLine(right)}`,
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

/** Without permission to list, S3 denies access to a missing object too. */
function deniedFailureText(_: ErrorFacts, { operation, address }: Circumstances): FailureText {
  const isRead = operation.action === 's3:GetObject';
  const message = `${operation.action} on ${formatObject(operation, address)} is denied`;
  if (address.anonymous === true)
    return { message, fix: 'the bucket is not public: remove anonymous, and provide credentials' };
  return {
    message,
    fix:
      `allow ${operation.action} in the policy of the role` +
      (isRead ? ', and s3:ListBucket on the bucket: without it S3 denies access to a missing object too' : ''),
  };
}

function otherFailureText(facts: ErrorFacts, circumstances: Circumstances): FailureText {
  const { code, status, message } = facts;
  const { operation, address, attempts } = circumstances;
  if (status === undefined) return connectionFailureText(facts, circumstances);
  const server = formatServer(address);
  if (status >= 300) {
    return {
      message:
        `${server} returned ${status} ${sanitizeLine(`${code}: ${message}`)} for ${operation.action} ` +
        `on ${formatObject(operation, address)}${afterAttempts(attempts)}`,
      fix: 'check endpoint; the log of that server may have more',
    };
  }
  return {
    message: `${server} does not respond like an S3 server`,
    fix: 'check endpoint: it may be the address of a different service, or of a web console',
  };
}

function connectionFailureText({ systemCode, message }: ErrorFacts, { address, attempts }: Circumstances): FailureText {
  const server = formatServer(address);
  const url = tryGetServerUrl(address);
  const route = url === undefined ? '' : formatRoute(url);
  if (isCertificateError(systemCode))
    return {
      message: `no secure connection to ${server}: ${sanitizeLine(message)}`,
      fix: `${certificateFix}, or AWS_CA_BUNDLE`,
    };
  return {
    message:
      `no response from ${server}${route}${afterAttempts(attempts)}: ` +
      sanitizeLine(message === '' ? systemCode : message),
    fix: needsPathStyle(systemCode, address)
      ? 'set force-path-style: the bucket is then in the path, and only ' +
        `${quoteText(new URL(address.endpoint ?? '').hostname)} must resolve`
      : 'check endpoint and region, and that this machine can reach them',
  };
}

/** Few servers other than AWS have a DNS name for each bucket. */
function needsPathStyle(systemCode: string, { endpoint, forcePathStyle }: S3Address): boolean {
  return /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/.test(systemCode) && endpoint !== undefined && !forcePathStyle;
}

function afterAttempts(attempts: number): string {
  return attempts === 1 ? '' : ` after ${attempts} attempts`;
}

/** For messages: the endpoint, or AWS. */
export function formatServer({ endpoint, region }: S3Address): string {
  return endpoint ?? (region === undefined ? 'AWS' : `AWS in ${region}`);
}

function formatObject({ key }: S3Operation, { bucket, prefix }: S3Address): string {
  return key === undefined ? `bucket ${quoteText(bucket)}` : `s3://${bucket}/${prefix}${key}`;
}
