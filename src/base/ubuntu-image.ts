import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { fetchDocument, HttpError, redactUrl } from '../platform/http.js';
import { withScratch } from './image-cache.js';
import { retryTransient } from '../platform/retry.js';
import { dayOfSerial, isSerial } from './serial.js';
import { verifySignature, type GpgSignature, type SignatureRequest } from './signature.js';
import { ubuntuKeyFingerprint, ubuntuKeyring } from './ubuntu-key.js';

export interface UbuntuRequest {
  /** `noble` */
  readonly suite: string;
  readonly mirror: string;
  readonly cacheDirectory: string;
  /** A gpgv keyring that is trusted in place of Ubuntu's key. */
  readonly keyring?: string;
  readonly idleTimeoutMs: number;
}

/** An image on Ubuntu's host, as its signed list of checksums names it. */
export interface UbuntuImage {
  readonly url: string;
  readonly sha256: string;
  readonly serial: string;
  readonly signingKey: string;
}

interface Ports {
  readonly processes: Processes;
  readonly log: Log;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const maxDocumentBytes = 1024 ** 2;
const dayMs = 24 * 3600 * 1000;
const staleDays = 90;

/**
 * Finds the newest image of a suite. `current/` changes while one reads from it, and the list of checksums does not say which
 * serial it is of; so the serial is read first, from `current/unpacked/build-info.txt` (`serial=20261101`: what Canonical's
 * build writes for programs, where the directory's listing is made for people), and all else from that serial's own directory.
 */
export async function resolveUbuntuImage(request: UbuntuRequest, ports: Ports): Promise<UbuntuImage> {
  const root = `${request.mirror.replace(/\/+$/, '')}/${request.suite}`;
  const serial = await readSerial(root, request, ports);
  const directory = `${root}/${serial}`;
  const sums = await fetchText(`${directory}/SHA256SUMS`, request, ports);
  const detached = await fetchText(`${directory}/SHA256SUMS.gpg`, request, ports);
  const signature = await verifySums(
    { label: `${redactUrl(directory)}/SHA256SUMS`, signed: sums, signature: detached },
    request,
    ports,
  );
  assertNoReplay(signature, serial, directory);
  warnOfAge(serial, request.suite, ports);
  const name = `${request.suite}-server-cloudimg-amd64.img`;
  return {
    url: `${directory}/${name}`,
    sha256: getSum(sums.toString('utf8'), name),
    serial,
    signingKey: signature.fingerprint,
  };
}

async function readSerial(root: string, request: UbuntuRequest, ports: Ports): Promise<string> {
  const url = `${root}/current/unpacked/build-info.txt`;
  const text = await fetchText(url, request, ports).catch((error: unknown) => {
    if (!(error instanceof HttpError) || error.status !== 404) throw error;
    throw new Failure(`there is no Ubuntu suite '${request.suite}' at ${redactUrl(request.mirror)}`, {
      fix: 'base-image: noble | jammy | another suite of Ubuntu | a path such as ./noble | a URL | bootstrap:<suite>',
      cause: error,
    });
  });
  const serial = /^serial=(.*)$/m.exec(text.toString('utf8'))?.[1]?.trim() ?? '';
  if (!isSerial(serial)) throw new Failure(`${redactUrl(url)} names no serial such as 20261101`);
  return serial;
}

async function fetchText(url: string, request: UbuntuRequest, ports: Ports): Promise<Buffer> {
  return retryTransient(ports, async () =>
    fetchDocument({ url, idleTimeoutMs: request.idleTimeoutMs }, maxDocumentBytes, ports.signal),
  );
}

async function verifySums(
  files: Pick<SignatureRequest, 'label' | 'signed' | 'signature'>,
  request: UbuntuRequest,
  ports: Ports,
): Promise<GpgSignature> {
  return withScratch(request.cacheDirectory, `verify-${request.suite}`, ports, async (directory) => {
    const ownKeyring = join(directory, 'keyring.gpg');
    if (request.keyring === undefined) await writeFile(ownKeyring, ubuntuKeyring);
    return verifySignature(
      {
        ...files,
        directory,
        ...(request.keyring === undefined
          ? { keyring: ownKeyring, fingerprint: ubuntuKeyFingerprint }
          : { keyring: request.keyring }),
      },
      ports,
    );
  });
}

/** The list does not say its serial: an old one, under the name of a new serial, would pass with its good signature. */
function assertNoReplay(signature: GpgSignature, serial: string, directory: string): void {
  if (signature.madeAt >= dayOfSerial(serial) - dayMs) return;
  const day = new Date(signature.madeAt).toISOString().slice(0, 10);
  throw new Failure(
    `${redactUrl(directory)} was signed on ${day}, before the day of its serial: an older image under a newer name`,
  );
}

function warnOfAge(serial: string, suite: string, { log, clock }: Ports): void {
  const days = Math.floor((clock.now() - dayOfSerial(serial)) / dayMs);
  if (days > staleDays)
    log.warn(`the newest image of ${suite} is ${days} days old: a stuck mirror, or a release without support`);
}

/** The checksum of one file in the format of sha256sum(1). */
export function getSum(sums: string, name: string): string {
  for (const line of sums.split('\n')) {
    const [, digest, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest !== undefined && file === name) return digest;
  }
  throw new Failure(`SHA256SUMS does not name ${name}`);
}
