import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Clock } from '../../platform/clock.js';
import { parseKey } from '../keys.js';
import type { S3Address } from './address.js';
import { createSend, type Send } from './request.js';

/** What the SDK finds credentials by; its default chain where none are given. */
export type Credentials = NonNullable<S3ClientConfig['credentials']>;

export interface S3Ports {
  readonly clock: Clock;
  readonly credentials?: Credentials;
  /** How long the server may be silent. */
  readonly idleTimeoutMs?: number;
  /** Ends every request when aborted. For readers alone: a publisher decides by step what a cancel may end. */
  readonly signal?: AbortSignal;
}

/** The part of a bucket that is the store, and the way to ask for it. */
export interface Bucket {
  readonly send: Send;
  /** Where an object is, for requests. @throws Failure unless it is a key of a store */
  at(key: string): { readonly Bucket: string; readonly Key: string };
  /** Where objects are whose keys begin with this. */
  below(prefix: string): { readonly Bucket: string; readonly Prefix: string };
  /** The key of an object of the bucket, as a server lists it; undefined if it is outside the store. It may not be a key of ours. */
  tryParseKey(path: string | undefined): string | undefined;
  uri(key: string): string;
}

const connectMs = 10_000;
const usualSilenceMs = 60_000;

export function openBucket(address: S3Address, ports: S3Ports): Bucket {
  const { bucket, prefix } = address;
  const client = createClient(address, ports);
  return {
    send: createSend({ client, address }, ports),
    at: (key) => ({ Bucket: bucket, Key: prefix + parseKey(key) }),
    below: (keyPrefix) => ({ Bucket: bucket, Prefix: prefix + keyPrefix }),
    tryParseKey: (path) => (path?.startsWith(prefix) === true ? path.slice(prefix.length) : undefined),
    uri: (key) => `s3://${bucket}/${prefix}${parseKey(key)}`,
  };
}

/** The SDK looks for credentials before it signs, even where it does not sign. */
const unsigned: S3ClientConfig = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async (request) => Promise.resolve(request) },
};

function createClient(address: S3Address, ports: S3Ports): S3Client {
  const { region, endpoint, forcePathStyle, anonymous } = address;
  const client = new S3Client({
    forcePathStyle,
    ...(endpoint === undefined ? {} : { endpoint, region: region ?? findRegion() }),
    ...(region === undefined ? {} : { region }),
    ...(ports.credentials === undefined ? {} : { credentials: ports.credentials }),
    ...(anonymous === true ? unsigned : {}),
    // The SDK's own time limits are none; the one on the socket counts while a body comes, too.
    requestHandler: { connectionTimeout: connectMs, socketTimeout: ports.idleTimeoutMs ?? usualSilenceMs },
    // With it the SDK opens a connection for each part, and waits for servers that do not know it.
    expectContinueHeader: false,
    // What needs a checksum gets one of ours.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  // request.ts tries again, and knows what a retry makes ambiguous. In this place the SDK also wraps errors of another realm
  // (jest's), which loses their codes. Others name it as their neighbour, so it is replaced and not removed.
  client.middlewareStack.add((next) => next, {
    name: 'retryMiddleware',
    step: 'finalizeRequest',
    priority: 'high',
    override: true,
  });
  return client;
}

/** The region that the SDK finds. Where it finds none, servers other than AWS take this one. */
function findRegion(): () => Promise<string> {
  let found: Promise<string> | undefined;
  return async () => {
    found ??= new S3Client({}).config.region().catch(() => 'us-east-1');
    return found;
  };
}
