import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, ToolError } from '../platform/errors.js';
import type { Processes } from '../platform/process/processes.js';

export interface SignatureRequest {
  /** Name of the signed file, for messages. */
  readonly label: string;
  readonly signed: Buffer;
  /** A detached OpenPGP signature, binary or armored. */
  readonly signature: Buffer;
  /** The path of a keyring in gpgv's format: binary, not armored. */
  readonly keyring: string;
  /** The only key to accept. Default: any key of the keyring. */
  readonly fingerprint?: string;
  /** An empty directory. */
  readonly directory: string;
}

export interface GpgSignature {
  /** Fingerprint of the primary key, 40 hexadecimal digits in upper case. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
}

/** Verifies a detached signature. @throws Failure unless it is a valid signature by the expected key */
export async function verifySignature(
  request: SignatureRequest,
  ports: { readonly processes: Processes },
): Promise<GpgSignature> {
  const { directory } = request;
  const [signed, signature, home] = [join(directory, 'signed'), join(directory, 'signature'), join(directory, 'home')];
  await writeFile(signed, request.signed);
  await writeFile(signature, request.signature);
  await mkdir(home, { mode: 0o700 });
  try {
    const { stdout } = await ports.processes.run({
      argv: ['gpgv', '--homedir', home, '--status-fd', '1', '--keyring', request.keyring, '--', signature, signed],
      timeoutMs: 30_000,
    });
    return parseStatus(stdout, request);
  } catch (error) {
    if (!(error instanceof ToolError) || error.exitCode === undefined) throw error;
    throw new Failure(`the signature of ${request.label} is invalid`, { evidence: error.evidence, cause: error });
  }
}

/** Secure hash algorithms of RFC 9580, 9.5: SHA-256, 384, 512. gpgv itself also accepts SHA-1. */
const strongHashes = ['8', '9', '10'];

/**
 * Parses gpgv's status lines: GnuPG, doc/DETAILS. gpgv also exits with 0 if the key has expired or was revoked, but
 * then it does not print GOODSIG.
 */
export function parseStatus(status: string, request: Pick<SignatureRequest, 'label' | 'fingerprint'>): GpgSignature {
  const { label, fingerprint: wanted } = request;
  const lines = status.split('\n').map((line) => line.replace(/^\[GNUPG:\] /, '').split(' '));
  const valid = lines.filter(([keyword]) => keyword === 'VALIDSIG');
  const good = lines.filter(([keyword]) => keyword === 'GOODSIG');
  const fields = valid[0] ?? [];
  const fingerprint = fields.at(-1) ?? '';
  if (valid.length !== 1 || good.length !== 1) {
    throw new Failure(
      `the signature of ${label} is invalid: its key has expired or was revoked, or there is more than one signature`,
    );
  }
  // GnuPG may also write a time in ISO 8601, but gpgv does not.
  if (!/^\d{1,10}$/.test(fields[3] ?? ''))
    throw new Failure(`the signature of ${label} is invalid: it has no creation time`);
  if (!strongHashes.includes(fields[8] ?? ''))
    throw new Failure(`the signature of ${label} is invalid: it uses a broken hash algorithm`);
  if (wanted !== undefined && fingerprint !== wanted) {
    throw new Failure(`the signature of ${label} is by key ${fingerprint} (expected ${wanted})`);
  }
  return { fingerprint, madeAt: Number(fields[3]) * 1000 };
}
