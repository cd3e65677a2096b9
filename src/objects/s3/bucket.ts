import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Clock } from '../../platform/clock.js';
import { createAgents } from '../../platform/connections/agents.js';
import type { Log } from '../../platform/progress/log.js';
import { withoutUndefined } from '../../platform/without-undefined.js';
import { parseKey } from '../keys.js';
import type { S3Address } from './address.js';
import { createCredentialsCheck, type Credentials, type CredentialsCheck } from './credentials.js';
import { createSend, type Send } from './request.js';

export interface S3Ports {
  readonly clock: Clock;
  /** For requests that take their time. */
  readonly log?: Log | undefined;
  readonly credentials?: Credentials | undefined;
  /** The longest time without a byte from the server. */
  readonly idleTimeoutMs?: number | undefined;
  /** Ends every request when aborted. Only for readers: a publisher decides by step what a cancel may end. */
  readonly signal?: AbortSignal | undefined;
}

/** The part of a bucket that is the store, and the way to send it requests. */
export interface Bucket {
  readonly send: Send;
  /** Where an object is, for requests. @throws Failure unless it is a key of a store */
  at(key: string): { readonly Bucket: string; readonly Key: string };
  /** Where the objects are whose keys begin with this. */
  below(prefix: string): { readonly Bucket: string; readonly Prefix: string };
  /**
   * The key of an object of the bucket, as a server lists it; undefined if it is outside the store. It may not be a
   * key of ours.
   */
  tryParseKey(path: string | undefined): string | undefined;
  uri(key: string): string;
}

const connectMs = 10_000;
const defaultIdleTimeoutMs = 60_000;
const maxConnections = 50;

export function openBucket(address: S3Address, ports: S3Ports): Bucket {
  const { bucket, prefix } = address;
  const check = createCredentialsCheck();
  const client = createClient(address, check, ports);
  return {
    send: createSend({ client, address, check }, ports),
    at: (key) => ({ Bucket: bucket, Key: prefix + parseKey(key) }),
    below: (keyPrefix) => ({ Bucket: bucket, Prefix: prefix + keyPrefix }),
    tryParseKey: (path) => (path?.startsWith(prefix) === true ? path.slice(prefix.length) : undefined),
    uri: (key) => `s3://${bucket}/${prefix}${parseKey(key)}`,
  };
}

/** The SDK asks for credentials before it calls the signer, even this one. */
const unsigned: S3ClientConfig = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: async (request) => Promise.resolve(request) },
};

function createClient(address: S3Address, { logger }: CredentialsCheck, ports: S3Ports): S3Client {
  const { region, endpoint, forcePathStyle, anonymous } = address;
  const agents = createAgents({ maxSockets: maxConnections, certificatesVariable: 'AWS_CA_BUNDLE' });
  const client = new S3Client({
    forcePathStyle,
    ...withoutUndefined({
      endpoint,
      region: region ?? (endpoint === undefined ? undefined : findRegion()),
      credentials: ports.credentials,
    }),
    ...(anonymous === true ? unsigned : {}),
    logger,
    requestHandler: {
      ...agents,
      // The SDK has no time limits of its own. The one on the socket also counts while a body comes.
      connectionTimeout: connectMs,
      socketTimeout: ports.idleTimeoutMs ?? defaultIdleTimeoutMs,
    },
    // With it the SDK opens a connection for each part, and waits for servers that do not support it.
    expectContinueHeader: false,
    // Requests that need a checksum get one here.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  // request.ts retries, and knows what a retry makes ambiguous. The SDK's middleware also wraps errors of another
  // realm (jest's), which loses their codes. Others refer to it by name, so it is replaced and not removed.
  client.middlewareStack.add((next) => next, {
    name: 'retryMiddleware',
    step: 'finalizeRequest',
    priority: 'high',
    override: true,
  });
  return client;
}

/** The region that the SDK finds. If it finds none, servers other than AWS accept this one. */
function findRegion(): () => Promise<string> {
  let found: Promise<string> | undefined;
  return async () => {
    found ??= new S3Client({}).config.region().catch(() => 'us-east-1');
    return found;
  };
}
