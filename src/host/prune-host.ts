import { readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import { syncDirectory } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Processes } from '../platform/process/processes.js';
import { versionFileName } from '../store/names.js';
import { tryStatFile, withHostLock } from './host-directories.js';
import { readSeen } from './keep-seen.js';
import {
  draftPrefix,
  listKept,
  partialPrefix,
  tryReadCurrent,
  versionDirectory,
  type KeptVersion,
} from './kept-versions.js';
import { findBackedFiles, identityOf, type BackedFiles, type UnclearDisk } from './overlays.js';
import { tryFindPrevious } from './rollback.js';
import { removeDirectoryTree } from './vm/vm-files.js';
import { readVmRecord } from './vm/vm-record.js';

export interface PruneRequest {
  readonly root: string;
  readonly image: string;
  /** Remove, instead of saying what would be removed. */
  readonly apply: boolean;
}

export interface PrunePlan {
  readonly keep: readonly { readonly version: number; readonly reason: string }[];
  readonly remove: readonly number[];
  /** Absolute paths: what only the removed versions need, and what broken pulls have left. */
  readonly files: readonly string[];
  /** Of the files. */
  readonly bytes: number;
}

/**
 * Removes the versions of an image that nothing needs: not the one in use, nor the one before it, nor any that a disk
 * of a VM is backed by. @throws Failure where that cannot be told
 */
export async function pruneHost(
  request: PruneRequest,
  ports: { readonly processes: Processes; readonly log: Log },
): Promise<PrunePlan> {
  const root = resolve(request.root);
  return withHostLock(root, 'pull', ports, async () =>
    withHostLock(root, 'switch', ports, async () => {
      const plan = await planPrune(root, request.image, ports.log);
      if (!request.apply) return plan;
      // The files first: a version whose files are gone in part is known to be incomplete, files without a version are not known at all.
      for (const file of plan.files) await removeDirectoryTree(file, ports);
      for (const version of plan.remove) await rm(versionDirectory(root, request.image, version), { recursive: true });
      for (const directory of [...partialDirectories, 'versions']) await syncDirectory(join(root, directory));
      return plan;
    }),
  );
}

const partialDirectories = ['snapshots', 'kernels', 'images'];

async function planPrune(root: string, image: string, log: Log): Promise<PrunePlan> {
  const {
    kept,
    broken: [first],
  } = await listKept(root);
  if (first !== undefined)
    throw new Failure(`versions/${first.name} cannot be read, so what it needs cannot be told: ${first.problem}`, {
      fix: `rm -r ${root}/versions/${first.name}`,
    });
  const own = new Set(kept.flatMap(({ files }) => files.map(({ path }) => path)));
  const { backed, unclear } = await findBackedFiles([join(root, 'sandboxes'), join(root, 'snapshots')], own);
  const claimed = await findClaims(root, { kept, unclear }, log);
  const current = await tryReadCurrent(root, image);
  const ofImage = kept.filter((one) => one.image === image);
  const previous =
    current === undefined ? undefined : await tryFindPrevious(root, ofImage, current, await readSeen(root, image));
  const keep: { version: number; reason: string }[] = [];
  const remove: KeptVersion[] = [];
  for (const one of ofImage) {
    const reason =
      nameUse(one.version, current, previous?.version) ?? (await tryFindUser(root, one, backed)) ?? claimed.get(one);
    if (reason === undefined) remove.push(one);
    else keep.push({ version: one.version, reason });
  }
  const needed = new Set(
    kept.filter((one) => !remove.includes(one)).flatMap(({ files }) => files.map(({ path }) => path)),
  );
  const candidates = new Set(
    remove.flatMap(({ files }) => files.map(({ path }) => path)).filter((path) => !needed.has(path)),
  );
  return {
    keep,
    remove: remove.map(({ version }) => version),
    ...(await measure([...(await dropBacked(candidates, backed)), ...(await listLeftovers(root))])),
  };
}

/** The versions that a disk may need though it is unclear: the one that its VM was created from, and one whose image it names somehow. */
async function findClaims(
  root: string,
  { kept, unclear }: { readonly kept: readonly KeptVersion[]; readonly unclear: readonly UnclearDisk[] },
  log: Log,
): Promise<ReadonlyMap<KeptVersion, string>> {
  const claims = new Map<KeptVersion, string>();
  for (const { path, problem, named = '' } of unclear) {
    const disk = relative(root, path);
    const [directory, name = ''] = disk.split('/');
    const vm = directory === 'sandboxes' ? await readVmRecord(root, name).catch(() => undefined) : undefined;
    const needed = kept.filter(
      ({ image, version }) =>
        (vm?.image === image && vm.version === version) || named.includes(versionFileName(image, version, 'image')),
    );
    for (const one of needed) claims.set(one, `may back ${disk}`);
    log.warn(
      `${path} is passed over: ${problem}${needed.map((one) => `; ${one.image}.${one.version} is kept for it`).join('')}`,
    );
  }
  return claims;
}

/** Before the first version is in use, the first pull is still to be gone on with. */
function nameUse(version: number, current: number | undefined, previous: number | undefined): string | undefined {
  if (current === undefined) return 'none is in use yet';
  if (version === current) return 'in use';
  return version === previous ? 'the one before' : undefined;
}

/** The disk of a VM that needs the image of a version; undefined where none does. */
async function tryFindUser(root: string, { files }: KeptVersion, backed: BackedFiles): Promise<string | undefined> {
  const image = files.find(({ role }) => role === 'image');
  const stats = image === undefined ? undefined : await tryStatFile(image.path);
  const user = stats === undefined ? undefined : backed.get(identityOf(stats));
  return user === undefined ? undefined : `backs ${relative(root, user)}`;
}

/** A base can have other users than the versions that brought it. */
async function dropBacked(paths: ReadonlySet<string>, backed: BackedFiles): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const path of paths) {
    const stats = await tryStatFile(path);
    if (stats !== undefined && !backed.has(identityOf(stats))) dropped.push(path);
  }
  return dropped;
}

/** What broken pulls have left; none is running, since we hold its lock. */
async function listLeftovers(root: string): Promise<readonly string[]> {
  const find = async (directory: string, prefix: string): Promise<readonly string[]> =>
    (await readdir(join(root, directory)))
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(root, directory, name));
  const partials = await Promise.all(partialDirectories.map(async (directory) => find(directory, partialPrefix)));
  return [
    ...partials.flat(),
    ...(await find('versions', draftPrefix)),
    ...(await find('sandboxes', draftPrefix)),
    ...(await find('current', draftPrefix)),
  ];
}

async function measure(files: readonly string[]): Promise<Pick<PrunePlan, 'files' | 'bytes'>> {
  let bytes = 0;
  for (const file of files)
    if (!file.includes(`/${draftPrefix}`)) bytes += ((await tryStatFile(file))?.blocks ?? 0) * 512;
  return { files, bytes };
}
