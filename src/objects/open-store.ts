import type { Clock } from '../platform/clock.js';
import { quoteText } from '../platform/format.js';
import { UsageError } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { createDirectoryStore } from './directory/directory-store.js';
import { createHttpMirror } from './http-mirror.js';
import type { ObjectReader, ObjectStore } from './object-store.js';
import { parseS3Address, type S3Server } from './s3/address.js';
import { createS3Store } from './s3/s3-store.js';
import { directoryOf, formatAddress, schemeOf, unsupportedAddress } from './store-address.js';

/** Where a store is: the path of a directory, its `file://` URL, or `s3://bucket/prefix`, on AWS or another server. */
export interface StorePlace extends S3Server {
  readonly address: string;
}

export interface OpenStorePorts {
  readonly processes: Processes;
  readonly clock: Clock;
  /** For requests that take their time. */
  readonly log?: Log | undefined;
}

/** @throws UsageError for an unsupported place */
export function openStore(place: StorePlace, { processes, clock, log }: OpenStorePorts): ObjectStore {
  return openPlace(place, { processes, clock, log });
}

/**
 * As `openStore`, only for reading: also from a web server, `https://mirror.example/path`. A cancel ends its
 * requests.
 */
export function openReader(place: StorePlace, ports: OpenStorePorts & { readonly signal: AbortSignal }): ObjectReader {
  return /^https?:\/\//i.test(place.address) ? createHttpMirror(place.address, ports) : openPlace(place, ports);
}

function openPlace(
  place: StorePlace,
  { processes, ...ports }: OpenStorePorts & { readonly signal?: AbortSignal },
): ObjectStore {
  const { address } = place;
  const scheme = schemeOf(address);
  if (scheme === 's3') return createS3Store(parseS3Address(address, place), ports);
  if (scheme === 'oci')
    throw unsupportedAddress(address, {
      fix: 'use the store that the registry was pushed from: a registry is only read, and written to by ch-golden push',
    });
  if (address === '' || (scheme !== undefined && scheme !== 'file')) throw unsupportedAddress(address);
  if (place.endpoint !== undefined || place.region !== undefined || place.anonymous === true) {
    throw new UsageError(
      `endpoint, region or anonymous is set, but store ${quoteText(formatAddress(address))} is a directory`,
      {
        fix: 'use s3://BUCKET/PREFIX, or unset them',
      },
    );
  }
  return createDirectoryStore(directoryOf(address), { processes });
}
