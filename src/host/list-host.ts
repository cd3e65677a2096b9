import { resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import type { Log } from '../platform/log.js';
import { tryFindProblem } from './check-file.js';
import { tryStatFile } from './host-folders.js';
import { readSeen } from './keep-seen.js';
import { isWhole, listKept, tryReadCurrent, type KeptVersion } from './kept-versions.js';
import { tryGetKeptRevocation } from './revoked.js';
import { tryFindPrevious } from './roll-back.js';
import { isRolledBack } from './rolled-back.js';
import type { SeenState } from './seen-state.js';

/** A version on this host; `incomplete` where its files are still to come. */
export interface HostVersion {
  readonly version: number;
  readonly use: 'current' | 'previous' | 'none';
  readonly state: 'whole' | 'incomplete';
  readonly rolledBack: boolean;
  /** Why it must not be used, if this host has seen it revoked. */
  readonly revoked?: string;
  /** When it was built, ISO 8601. */
  readonly created: string;
  readonly files: readonly string[];
}

interface HostRequest {
  readonly root: string;
  readonly image: string;
}

/** The versions of an image on this host, newest first. @throws Failure where the folder of one cannot be read */
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
      state: await isWhole(one) ? 'whole' : 'incomplete',
      rolledBack: await isRolledBack(root, image, version),
      ...markOf(seen, one),
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

/** What is wrong with one version. */
export interface VerifiedVersion {
  readonly version: number;
  /** Empty where every file is what its manifest says. */
  readonly problems: readonly string[];
  /** As in `HostVersion`. */
  readonly revoked?: string;
}

/** Hashes what is here of every version. A file that is still to come is a problem of the version in use alone. */
export async function verifyHost(request: HostRequest, ports: { readonly log: Log; readonly signal: AbortSignal }): Promise<readonly VerifiedVersion[]> {
  const root = resolve(request.root);
  const kept = await getKept(root, request.image);
  const current = await tryReadCurrent(root, request.image);
  if (current !== undefined && !kept.some(({ version }) => version === current)) throw new Failure(`${request.image}.${current} is in use and not on this host`, { mend: `ch-golden pull ${current}` });
  const seen = await readSeen(root, request.image);
  const verified: VerifiedVersion[] = [];
  for (const one of kept) {
    const problems: string[] = [];
    for (const file of one.files) {
      if (one.version !== current && await tryStatFile(file.path) === undefined) continue;
      ports.log.detail(`${file.path}: ${file.size} bytes`);
      const problem = await tryFindProblem(file, ports);
      if (problem !== undefined) problems.push(problem);
    }
    verified.push({ version: one.version, problems, ...markOf(seen, one) });
  }
  return verified;
}

async function getKept(root: string, image: string): Promise<readonly KeptVersion[]> {
  const { kept, broken: [first] } = await listKept(root, image);
  if (first === undefined) return kept;
  throw new Failure(`versions/${first.name} cannot be read: ${first.problem}`, { mend: `rm -r ${root}/versions/${first.name}, then pull it again` });
}
