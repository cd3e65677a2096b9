import { UsageError } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { formatAddress } from '../store-address.js';

/** A bucket, and where in it the store is. */
export interface S3Address {
  readonly bucket: string;
  /** What all keys begin with: directory names, each followed by a slash, or nothing. */
  readonly prefix: string;
  /** Of the bucket. Default: what the AWS SDK finds. */
  readonly region?: string | undefined;
  /** Of a server other than AWS: `http://127.0.0.1:9000`. */
  readonly endpoint?: string | undefined;
  /** Requests have the bucket in their path, not in the host name. */
  readonly forcePathStyle: boolean;
  /** Requests are not signed: everyone may read the bucket. */
  readonly anonymous?: boolean | undefined;
}

/** Where a server is, beside the bucket. */
export type S3Server = Partial<Pick<S3Address, 'region' | 'endpoint' | 'forcePathStyle' | 'anonymous'>>;

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixName = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/** `s3://bucket` or `s3://bucket/pre/fix`. @throws UsageError for anything else */
export function parseS3Address(address: string, server: S3Server): S3Address {
  const [bucket = '', ...directories] = address
    .replace(/^s3:\/\//i, '')
    .replace(/\/$/, '')
    .split('/');
  if (!bucketName.test(bucket) || address.length > 500 || !directories.every((name) => prefixName.test(name))) {
    throw new UsageError(`store ${quoteText(formatAddress(address))}: invalid S3 address`, {
      fix:
        'use s3://BUCKET or s3://BUCKET/PREFIX: letters, digits, dots, - and _ between slashes, ' +
        'without user, password or query',
    });
  }
  return {
    bucket,
    prefix: directories.map((name) => `${name}/`).join(''),
    region: server.region,
    endpoint: server.endpoint === undefined ? undefined : parseEndpoint(server.endpoint),
    forcePathStyle: server.forcePathStyle ?? false,
    anonymous: server.anonymous,
  };
}

/**
 * Consoles show an endpoint with the bucket as its path; the SDK would send the bucket twice. Credentials in a URL
 * end in logs.
 */
function parseEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const isServer =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === '';
  if (!isServer) {
    throw new UsageError('endpoint is not the URL of a server', {
      fix: 'use https://HOST or http://HOST:PORT, without user, password or query',
    });
  }
  if (url.pathname === '/') return endpoint;
  throw new UsageError(`endpoint ${quoteText(endpoint)} has a path`, {
    fix: `set endpoint to ${url.origin}; the bucket belongs in store: s3://BUCKET/PREFIX`,
  });
}
