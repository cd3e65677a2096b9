import { UsageError } from '../../platform/errors.js';
import { formatAddress } from '../store-address.js';

/** A bucket, and where in it the store is. */
export interface S3Address {
  readonly bucket: string;
  /** What all keys begin with: names with a slash behind each, or nothing. */
  readonly prefix: string;
  /** Of the bucket; the AWS SDK looks for it where it is not given. */
  readonly region?: string | undefined;
  /** Of a server that is not AWS: `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined;
  /** The bucket goes into the path of a request, not into the host's name. */
  readonly forcePathStyle: boolean;
  /** Requests are not signed: everyone may read the bucket. */
  readonly anonymous?: boolean | undefined;
}

/** Where a server is, beside the bucket. */
export type S3Server = Partial<Pick<S3Address, 'region' | 'endpoint' | 'forcePathStyle' | 'anonymous'>>;

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** `s3://bucket` or `s3://bucket/pre/fix`. @throws UsageError for any other */
export function parseS3Address(address: string, server: S3Server): S3Address {
  const [bucket = '', ...directories] = address
    .replace(/^s3:\/\//i, '')
    .replace(/\/$/, '')
    .split('/');
  if (!bucketName.test(bucket) || address.length > 500 || !directories.every((name) => prefixName.test(name))) {
    throw new UsageError(`store ${JSON.stringify(formatAddress(address))} is not an address in S3`, {
      fix: 'use s3://BUCKET or s3://BUCKET/PREFIX: letters, digits, dots, - and _ between slashes, without user, password or query',
    });
  }
  return {
    bucket,
    prefix: directories.map((name) => `${name}/`).join(''),
    ...(server.region === undefined ? {} : { region: server.region }),
    ...(server.endpoint === undefined ? {} : { endpoint: parseEndpoint(server.endpoint) }),
    forcePathStyle: server.forcePathStyle ?? false,
    ...(server.anonymous === true ? { anonymous: true } : {}),
  };
}

/** Credentials in a URL end in logs: the SDK has places for them. */
function parseEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isPlain =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (isPlain) return endpoint;
  throw new UsageError('endpoint is not the URL of a server', {
    fix: 'use https://HOST or http://HOST:PORT, without user, password or query',
  });
}
