import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { systemClock, type Clock } from '../platform/clock.js';
import { Failure, UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import type { SharedCache } from '../platform/shared-cache.js';
import type { BaseImage, BaseOrigin } from './base-image.js';
import { parseReference } from './base-reference.js';
import { getBootstrapImage } from './bootstrap-image.js';
import { downloadFile, removePart } from './download.js';
import { hashBase, type BaseCache } from './hash-base.js';
import { redactUrl } from '../platform/http.js';
import { addToCache, tryGetCached, withLock } from './image-cache.js';
import { readImageFacts } from './read-image-facts.js';
import { assertNoDowngrade } from './serial.js';
import { fetchSharedImage, shareImage } from './shared-image.js';
import { resolveUbuntuImage } from './ubuntu-image.js';

export interface BaseRequest extends BaseCache {
  /** `noble` or another Ubuntu suite, a path, an http(s) or file URL, `bootstrap:<suite>`. */
  readonly reference: string;
  /** Required for an http(s) URL. Checked for any reference. */
  readonly sha256?: string | undefined;
  /** The serial of the newest version that was built from the same reference. An older one is rejected. */
  readonly newestSerial?: string;
  readonly allowDowngrade: boolean;
  /** Bytes of the golden image's disk. A base with a larger disk is rejected. */
  readonly diskSize?: number;
  /** Default: Ubuntu's own image host. */
  readonly ubuntuMirror?: string;
  /** A gpgv keyring to trust instead of the built-in key of Ubuntu. */
  readonly keyring?: string;
}

export interface BasePorts {
  readonly processes: Processes;
  readonly log: Log;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
  /** A cache for downloads that runners share. */
  readonly shared?: SharedCache;
}

type Ports = BasePorts & { readonly clock: Clock };

const ubuntuHost = 'https://cloud-images.ubuntu.com';
const idleTimeoutMs = 30_000;
const maxImageBytes = 32 * 1024 ** 3;

/**
 * Fetches, verifies and identifies the image for a reference. Cached images are verified too, but an image that was
 * hashed within the last day and has not changed since is not rehashed: see `hashBase`.
 * @throws UsageError for a bad reference
 * @throws Failure if the image cannot be fetched or must not be a base
 */
export async function resolveBase(given: BaseRequest, ports: BasePorts): Promise<BaseImage> {
  const request = { ...given, cacheDirectory: resolve(given.cacheDirectory) };
  const all = { ...ports, clock: ports.clock ?? systemClock };
  const wanted = parseSha256(request.sha256);
  const reference = parseReference(request.reference);
  switch (reference.kind) {
    case 'path':
      return usePath(resolve(reference.path), wanted, request, all);
    case 'url':
      return useUrl(reference.url, wanted, request, all);
    case 'ubuntu':
      return useUbuntu(reference.suite, wanted, request, all);
    case 'bootstrap':
      return useBootstrap(reference.suite, wanted, request, all);
  }
}

function parseSha256(sha256: string | undefined): string | undefined {
  const digest = sha256?.toLowerCase();
  if (digest === undefined || /^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new UsageError(`base-sha256 is not a SHA-256: ${quoteText(digest)}`, {
    fix: 'set base-sha256 to 64 hexadecimal digits',
  });
}

async function usePath(
  path: string,
  wanted: string | undefined,
  request: BaseRequest,
  ports: Ports,
): Promise<BaseImage> {
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile)
    throw new UsageError(`base-image ${quoteText(request.reference)} is not a file`, {
      fix: 'set base-image to the path of a qcow2 or raw image',
    });
  // Reports an unsuitable image before hashing it, which can take long.
  const found = await toBaseImage({ path, sha256: '', origin: { reference: request.reference } }, request, ports);
  const sha256 = await hashBase(path, request, ports);
  assertDigest(sha256, wanted, path);
  return { ...found, sha256 };
}

async function useUrl(url: string, sha256: string | undefined, request: BaseRequest, ports: Ports): Promise<BaseImage> {
  const shown = redactUrl(url);
  if (sha256 === undefined) {
    throw new UsageError(`base-image ${shown} is a URL, but base-sha256 is empty`, {
      fix: 'set base-sha256 to the SHA-256 that the publisher of the image states',
    });
  }
  return fetchImage(url, sha256, { reference: shown, url: shown }, request, ports);
}

async function useUbuntu(
  suite: string,
  wanted: string | undefined,
  request: BaseRequest,
  ports: Ports,
): Promise<BaseImage> {
  const { keyring, ubuntuMirror: mirror = ubuntuHost, cacheDirectory } = request;
  const image = await resolveUbuntuImage(
    { suite, mirror, cacheDirectory, idleTimeoutMs, ...(keyring === undefined ? {} : { keyring }) },
    ports,
  );
  const { sha256, serial, signingKey } = image;
  const url = redactUrl(image.url);
  ports.log.info(`Base ${suite}: serial ${serial}, signed by ${signingKey}`);
  assertNoDowngrade({ ...request, serial });
  assertDigest(sha256, wanted, url);
  return fetchImage(image.url, sha256, { reference: suite, url, serial, signingKey }, request, ports);
}

async function useBootstrap(
  suite: string,
  wanted: string | undefined,
  request: BaseRequest,
  ports: Ports,
): Promise<BaseImage> {
  const { path, sha256, serial } = await getBootstrapImage(suite, request, ports);
  assertNoDowngrade({ ...request, serial });
  assertDigest(sha256, wanted, request.reference);
  return toBaseImage({ path, sha256, origin: { reference: request.reference, serial } }, request, ports);
}

function assertDigest(actual: string, wanted: string | undefined, what: string): void {
  if (wanted !== undefined && actual !== wanted)
    throw new Failure(`${what}: SHA-256 is ${actual} (expected ${wanted})`);
}

/** Takes the image from the cache, or downloads it. Only verified images that can be a base are added to the cache. */
async function fetchImage(
  url: string,
  sha256: string,
  origin: BaseOrigin,
  request: BaseRequest,
  ports: Ports,
): Promise<BaseImage> {
  const { cacheDirectory } = request;
  const tryCached = async (): Promise<BaseImage | undefined> => {
    const path = await tryGetCached(request, sha256, ports);
    if (path === undefined) return undefined;
    ports.log.info(`Base ${origin.reference}: cached`);
    return toBaseImage({ path, sha256, origin }, request, ports);
  };
  return (
    (await tryCached()) ??
    withLock(cacheDirectory, sha256, ports, async () => {
      const { shared } = ports;
      const raced = await tryCached();
      if (raced !== undefined) return raced;
      if (shared !== undefined && (await fetchSharedImage(cacheDirectory, sha256, { ...ports, shared }))) {
        const restored = await tryCached();
        if (restored !== undefined) return restored;
      }
      const file = join(cacheDirectory, 'partial', sha256);
      await downloadFile({ url, sha256, file, idleTimeoutMs, maxBytes: maxImageBytes }, ports);
      try {
        const found = await toBaseImage({ path: file, sha256, origin }, request, ports);
        const path = await addToCache(cacheDirectory, file, sha256);
        if (shared !== undefined) await shareImage(cacheDirectory, sha256, { ...ports, shared });
        return { ...found, path };
      } catch (error) {
        if (!ports.signal.aborted) await removePart(file);
        throw error;
      }
    })
  );
}

async function toBaseImage(
  found: Pick<BaseImage, 'path' | 'sha256' | 'origin'>,
  { diskSize = Infinity }: BaseRequest,
  ports: Ports,
): Promise<BaseImage> {
  try {
    const facts = await readImageFacts(found.path, ports);
    if (facts.virtualSize <= diskSize) return { ...found, ...facts };
    throw new Failure(`its disk has ${facts.virtualSize} bytes, but disk-size is ${diskSize}`, {
      fix: 'set a larger disk-size: a disk cannot shrink',
    });
  } catch (error) {
    if (!(error instanceof Failure) || ports.signal.aborted) throw error;
    const { fix = 'fetch it again, or use another base', evidence } = error;
    throw new Failure(`base ${found.origin.reference}: ${error.message}`, { fix, evidence, cause: error });
  }
}
