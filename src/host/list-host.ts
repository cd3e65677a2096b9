import { resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/progress/log.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { VersionSigner } from '../trust/policy.js';
import { tryFindProblem } from './check-file.js';
import { tryStatFile } from './host-directories.js';
import { readSeen } from './keep-seen.js';
import { isWhole, listKept, tryReadCurrent, type KeptFile, type KeptVersion } from './kept-versions.js';
import { tryGetKeptRevocation } from './revoked.js';
import { tryFindPrevious } from './rollback.js';
import { isRolledBack } from './rolled-back.js';
import type { SeenState } from './seen-state.js';
import { assertVersionFile } from './version-gate.js';
import { tryVerifyKept, type KeptSignature } from './version-signatures.js';

/** A version on this host; `incomplete` where its files are still to come. */
export interface HostVersion {
  readonly version: number;
  readonly use: 'current' | 'previous' | 'none';
  readonly state: 'whole' | 'incomplete';
  readonly rolledBack: boolean;
  /** Why it must not be used, if this host has seen it revoked. */
  readonly revoked?: string;
  /** Who signed it; absent if this host has no trust policy, or if that accepts no signature of it. */
  readonly signedBy?: VersionSigner;
  /** Why the trust policy rejects it. */
  readonly rejected?: string;
  /** When it was built, ISO 8601. */
  readonly created: string;
  readonly files: readonly string[];
}

interface HostRequest {
  readonly root: string;
  readonly image: string;
}

/** The versions of an image on this host, newest first. @throws Failure where the directory of one cannot be read */
export async function listHost({ root: given, image }: HostRequest): Promise<readonly HostVersion[]> {
  const root = resolve(given);
  const kept = await getKept(root, image);
  const current = await tryReadCurrent(root, image);
  const seen = await readSeen(root, image);
  const previous = current === undefined ? undefined : await tryFindPrevious(root, kept, current, seen);
  const versions: HostVersion[] = [];
  for (const one of kept) {
    const { version, manifest, files } = one;
    versions.push({
      version,
      use: version === current ? 'current' : version === previous?.version ? 'previous' : 'none',
      state: (await isWhole(one)) ? 'whole' : 'incomplete',
      rolledBack: await isRolledBack(root, image, version),
      ...markOf(seen, one),
      ...toSignature(await tryVerifyKept(root, one)),
      created: manifest.created,
      files: files.map(({ path }) => path),
    });
  }
  return versions;
}

function markOf(seen: SeenState, kept: KeptVersion): { readonly revoked?: string } {
  const revocation = tryGetKeptRevocation(seen, kept);
  return revocation === undefined ? {} : { revoked: revocation.reason };
}

function toSignature({ signedBy, problem }: KeptSignature): Pick<HostVersion, 'signedBy' | 'rejected'> {
  return { ...(signedBy === undefined ? {} : { signedBy }), ...(problem === undefined ? {} : { rejected: problem }) };
}

/** What is wrong with one version. */
export interface VerifiedVersion {
  readonly version: number;
  /** Empty where every file is what its manifest says, and that is signed as the trust policy requires. */
  readonly problems: readonly string[];
  /** As in `HostVersion`. */
  readonly revoked?: string;
}

/** Hashes what is here of every version. A file that is still to come is a problem of the version in use alone. */
export async function verifyHost(
  request: HostRequest,
  ports: { readonly log: Log; readonly signal: AbortSignal },
): Promise<readonly VerifiedVersion[]> {
  const root = resolve(request.root);
  const kept = await getKept(root, request.image);
  const current = await tryReadCurrent(root, request.image);
  if (current !== undefined && !kept.some(({ version }) => version === current))
    throw new Failure(`${request.image}.${current} is in use and not on this host`, {
      fix: `ch-golden pull ${current}`,
    });
  const seen = await readSeen(root, request.image);
  const verified: VerifiedVersion[] = [];
  for (const one of kept) {
    const { problem: rejected } = await tryVerifyKept(root, one);
    const problems: string[] = rejected === undefined ? [] : [rejected];
    for (const file of one.files) {
      if (one.version !== current && (await tryStatFile(file.path)) === undefined) continue;
      ports.log.detail(`${file.path}: ${file.size} bytes`);
      const problem = await tryFindProblem(file, ports);
      problems.push(...(problem === undefined ? await findRejection(file, one.manifest) : [problem]));
    }
    verified.push({ version: one.version, problems, ...markOf(seen, one) });
  }
  return verified;
}

/** Why the gate does not let a file pass that has the bytes of its manifest. */
async function findRejection(file: KeptFile, manifest: Manifest): Promise<readonly string[]> {
  return assertVersionFile(file, manifest).then(
    () => [],
    (error: unknown) => {
      if (error instanceof Failure) return [`${error.message}; ${error.fix ?? ''}`];
      throw error;
    },
  );
}

async function getKept(root: string, image: string): Promise<readonly KeptVersion[]> {
  const {
    kept,
    broken: [first],
  } = await listKept(root, image);
  if (first === undefined) return kept;
  throw new Failure(`versions/${first.name} cannot be read: ${first.problem}`, {
    fix: `rm -r ${root}/versions/${first.name}, then pull it again`,
  });
}
