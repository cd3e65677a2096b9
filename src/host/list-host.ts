import { resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { Manifest } from '../store/documents/manifest.js';
import type { VersionSigner } from '../trust/policy.js';
import { tryFindProblem } from './check-file.js';
import { tryStatFile } from './host-files.js';
import { readSeen } from './seen-file.js';
import { isComplete, listLocalVersions, tryReadCurrent, type LocalFile, type LocalVersion } from './local-versions.js';
import type { HostPorts } from './ports.js';
import { tryGetLocalRevocation } from './revoked.js';
import { rawCopyOf, tryFindRawProblem } from './raw-copy.js';
import { tryFindPrevious } from './rollback.js';
import { isRolledBack } from './rolled-back.js';
import { assertVersionFile } from './version-gate.js';
import { tryVerifyLocal } from './version-signatures.js';
import { listTemplates, measureTemplate, tryFindTemplateProblem } from './warm/templates.js';

/** A version on this host; `incomplete` until all its files are pulled. */
export interface HostVersion {
  readonly version: number;
  readonly use: 'current' | 'previous' | 'none';
  readonly state: 'whole' | 'incomplete';
  readonly rolledBack: boolean;
  /** Why it must not be used, if this host has seen it revoked. */
  readonly revoked?: string;
  /** Who signed it; absent if there is no trust policy, or it accepts no signature. */
  readonly signedBy?: VersionSigner;
  /** Why the trust policy rejects it. */
  readonly rejected?: string;
  /** When it was built, ISO 8601. */
  readonly created: string;
  readonly files: readonly string[];
  /** The raw copy of its image that raw disks share blocks of, if there is one. */
  readonly rawCopy?: { readonly path: string; readonly bytes: number };
  /** What VMs of this version are cloned from in a warm start; absent if there is nothing. */
  readonly templates?: readonly HostTemplate[];
}

export interface HostTemplate {
  /** The name of its directory. */
  readonly key: string;
  readonly directory: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** The release of Cloud Hypervisor that it works with. */
  readonly vmmRelease: string;
  /** ISO 8601. */
  readonly created: string;
  /** On disk. */
  readonly bytes: number;
}

interface HostRequest {
  readonly root: string;
  readonly image: string;
}

/** Lists the versions of an image on this host, newest first. @throws Failure if one cannot be read */
export async function listHost({ root: given, image }: HostRequest): Promise<readonly HostVersion[]> {
  const root = resolve(given);
  const locals = await getLocalVersions(root, image);
  const current = await tryReadCurrent(root, image);
  const seen = await readSeen(root, image);
  const previous = current === undefined ? undefined : await tryFindPrevious(root, locals, current, seen);
  const versions: HostVersion[] = [];
  for (const local of locals) {
    const { version, manifest, files } = local;
    const { signedBy, problem: rejected } = await tryVerifyLocal(root, local);
    versions.push(
      withoutUndefined({
        version,
        use: formatUse(version, current, previous?.version),
        state: (await isComplete(local)) ? ('whole' as const) : ('incomplete' as const),
        rolledBack: await isRolledBack(root, image, version),
        revoked: tryGetLocalRevocation(seen, local)?.reason,
        signedBy,
        rejected,
        created: manifest.created,
        files: files.map(({ path }) => path),
        rawCopy: await tryMeasureRawCopy(local),
        templates: await tryListTemplates(root, local),
      }),
    );
  }
  return versions;
}

/** Those with a readable document. */
async function tryListTemplates(root: string, local: LocalVersion): Promise<HostVersion['templates']> {
  const { templates } = await listTemplates(root, local);
  const listed = templates.map(async (found) => {
    const { key, inputs, vmmRelease, created } = found.template;
    const { cpus, memoryMiB } = inputs;
    const { directory } = found;
    return { key, directory, cpus, memoryMiB, vmmRelease, created, bytes: await measureTemplate(found) };
  });
  return listed.length === 0 ? undefined : Promise.all(listed);
}

/** Its size on disk. */
async function tryMeasureRawCopy(local: LocalVersion): Promise<HostVersion['rawCopy']> {
  const { path } = rawCopyOf(local);
  const stats = await tryStatFile(path);
  return stats === undefined ? undefined : { path, bytes: stats.blocks * 512 };
}

function formatUse(version: number, current: number | undefined, previous: number | undefined): HostVersion['use'] {
  if (version === current) return 'current';
  return version === previous ? 'previous' : 'none';
}

/** What is wrong with one version. */
export interface VerifiedVersion {
  readonly version: number;
  /** Empty if every file matches the manifest, and the trust policy accepts its signature. */
  readonly problems: readonly string[];
  /** As in `HostVersion`. */
  readonly revoked?: string;
}

/** Hashes the files of every version. A missing file is only a problem of the version in use. */
export async function verifyHost(
  request: HostRequest,
  ports: Pick<HostPorts, 'log' | 'signal'>,
): Promise<readonly VerifiedVersion[]> {
  const root = resolve(request.root);
  const locals = await getLocalVersions(root, request.image);
  const current = await tryReadCurrent(root, request.image);
  if (current !== undefined && !locals.some(({ version }) => version === current))
    throw new Failure(`${request.image}.${current} is in use, but is not on this host`, {
      fix: `ch-golden pull ${current}`,
    });
  const seen = await readSeen(root, request.image);
  const verified: VerifiedVersion[] = [];
  for (const local of locals) {
    const { version, files, manifest } = local;
    const { problem: rejected } = await tryVerifyLocal(root, local);
    const problems: string[] = rejected === undefined ? [] : [rejected];
    for (const file of files) {
      if (version !== current && (await tryStatFile(file.path)) === undefined) continue;
      ports.log.detail(`${file.path}: ${file.size} bytes`);
      const problem = await tryFindProblem({ ...file, verifiedDate: undefined }, ports);
      problems.push(...(problem === undefined ? await findRejection(file, manifest) : [problem]));
    }
    const rawProblem = await tryFindRawProblem(local, ports);
    if (rawProblem !== undefined) problems.push(`${rawProblem}; rm ${rawCopyOf(local).path}`);
    problems.push(...(await verifyTemplates(root, local, ports)));
    verified.push(withoutUndefined({ version, problems, revoked: tryGetLocalRevocation(seen, local)?.reason }));
  }
  return verified;
}

async function verifyTemplates(
  root: string,
  local: LocalVersion,
  ports: Pick<HostPorts, 'log' | 'signal'>,
): Promise<readonly string[]> {
  const { templates, broken } = await listTemplates(root, local);
  const problems = broken.map(({ problem }) => `${problem}; ch-golden host prune --yes`);
  for (const found of templates) {
    ports.log.detail(`${found.directory}: ${found.template.files['memory-ranges'].size} bytes of memory`);
    const problem = await tryFindTemplateProblem(found, { rehash: true }, ports);
    const fix = `delete the VMs that were started from it, then: rm -r ${found.directory}`;
    if (problem !== undefined) problems.push(`template ${found.template.key}: ${problem}; ${fix}`);
  }
  return problems;
}

/** Why a file must not be opened, although its bytes match the manifest. */
async function findRejection(file: LocalFile, manifest: Manifest): Promise<readonly string[]> {
  return assertVersionFile(file, manifest).then(
    () => [],
    (error: unknown) => {
      if (error instanceof Failure) return [`${error.message}; ${error.fix ?? ''}`];
      throw error;
    },
  );
}

async function getLocalVersions(root: string, image: string): Promise<readonly LocalVersion[]> {
  const {
    versions,
    broken: [first],
  } = await listLocalVersions(root, image);
  if (first === undefined) return versions;
  throw new Failure(`cannot read versions/${first.name}: ${first.problem}`, {
    fix: `pull it again after: rm -r ${root}/versions/${first.name}`,
  });
}
