import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { fetchDocument, HttpError, redactUrl } from '../platform/http.js';
import { quoteText } from '../platform/format.js';
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
  /** A gpgv keyring to trust instead of Ubuntu's key. */
  readonly keyring?: string;
  readonly idleTimeoutMs: number;
}

/** An image on Ubuntu's mirror, as in its signed SHA256SUMS. */
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
 * Finds the newest image of a suite. `current/` can change during the download, and SHA256SUMS does not state its
 * serial. So only the serial is read from there, from `current/unpacked/build-info.txt` (`serial=20261101`), which
 * Canonical's build writes for programs. Everything else comes from that serial's directory.
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
    throw new Failure(`${redactUrl(request.mirror)} has no Ubuntu suite ${quoteText(request.suite)}`, {
      fix: 'set base-image to a suite such as noble or jammy, a path such as ./noble, a URL, or bootstrap:<suite>',
      cause: error,
    });
  });
  const serial = /^serial=(.*)$/m.exec(text.toString('utf8'))?.[1]?.trim() ?? '';
  if (!isSerial(serial)) throw new Failure(`${redactUrl(url)} has no serial number such as 20261101`);
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

/**
 * SHA256SUMS does not state its serial, so an old list in the directory of a new serial would have a valid signature.
 */
function assertNoReplay(signature: GpgSignature, serial: string, directory: string): void {
  if (signature.madeAt >= dayOfSerial(serial) - dayMs) return;
  const day = new Date(signature.madeAt).toISOString().slice(0, 10);
  throw new Failure(
    `${redactUrl(directory)} was signed on ${day}, before the date of its serial: the mirror serves an older image`,
  );
}

function warnOfAge(serial: string, suite: string, { log, clock }: Ports): void {
  const days = Math.floor((clock.now() - dayOfSerial(serial)) / dayMs);
  if (days > staleDays)
    log.warn(`The newest image of ${suite} is ${days} days old: the mirror is outdated, or the release unsupported`);
}

/** The checksum of one file from the output of sha256sum(1). */
export function getSum(sums: string, name: string): string {
  for (const line of sums.split('\n')) {
    const [, digest, file] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
    if (digest !== undefined && file === name) return digest;
  }
  throw new Failure(`SHA256SUMS has no checksum of ${name}`);
}
