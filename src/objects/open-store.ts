import type { Clock } from '../platform/clock.js';
import { UsageError } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { createDirectoryStore } from './directory/directory-store.js';
import { createHttpMirror } from './http-mirror.js';
import type { ObjectReader, ObjectStore } from './object-store.js';
import { parseS3Address, type S3Server } from './s3/address.js';
import { createS3Store } from './s3/s3-store.js';
import { directoryOf, formatAddress, schemeOf, unsupportedAddress } from './store-address.js';

/** Where a store is: the path of a directory, its `file://` URL, or `s3://bucket/prefix`, which may be on a server that is not AWS. */
export interface StorePlace extends S3Server {
  readonly address: string;
}

export interface StorePorts {
  readonly processes: Processes;
  readonly clock: Clock;
  /** For requests that take their time. */
  readonly log?: Log | undefined;
}

/** The store at a place. @throws UsageError where there can be none */
export function openStore(place: StorePlace, { processes, clock, log }: StorePorts): ObjectStore {
  return openPlace(place, { processes, clock, log });
}

/** As `openStore`, for reading alone, which a cancel ends: a plain web server will do, at `https://mirror.example/path`. */
export function openReader(place: StorePlace, ports: StorePorts & { readonly signal: AbortSignal }): ObjectReader {
  return /^https?:\/\//i.test(place.address) ? createHttpMirror(place.address, ports) : openPlace(place, ports);
}

function openPlace(
  place: StorePlace,
  { processes, ...ports }: StorePorts & { readonly signal?: AbortSignal },
): ObjectStore {
  const { address } = place;
  const scheme = schemeOf(address);
  if (scheme === 's3') return createS3Store(parseS3Address(address, place), ports);
  if (address === '' || (scheme !== undefined && scheme !== 'file')) throw unsupportedAddress(address);
  if (place.endpoint !== undefined || place.region !== undefined || place.anonymous === true) {
    throw new UsageError(
      `endpoint, region or anonymous is given, but store ${JSON.stringify(formatAddress(address))} is a directory`,
      {
        fix: 'use s3://BUCKET/PREFIX, or leave them out',
      },
    );
  }
  return createDirectoryStore(directoryOf(address), { processes });
}
