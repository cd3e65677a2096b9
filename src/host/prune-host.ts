import { readdir, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { Failure } from '../platform/errors.js';
import { syncDirectory } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import { versionFileName } from '../store/names.js';
import { withHostLock } from './host-directories.js';
import { tryStatFile } from './host-files.js';
import { readSeen } from './seen-file.js';
import {
  draftPrefix,
  listLocalVersions,
  partialPrefix,
  rawDraftPrefix,
  tryReadCurrent,
  versionDirectory,
  type LocalVersion,
} from './local-versions.js';
import { findBackedFiles, identityOf, type BackedFiles, type UnclearDisk } from './overlays.js';
import type { HostPorts } from './ports.js';
import { rawCopyOf } from './raw-copy.js';
import { tryFindPrevious } from './rollback.js';
import { listRecordedDisks, nextName, previousName } from './vm/disk-switch.js';
import { listDeadDrafts } from './vm/vm-draft.js';
import { removeDirectoryTree } from './vm/vm-files.js';
import { readVmRecord, vmFiles, type VmRecord } from './vm/vm-record.js';
import { listTemplateDrafts, removeTemplateDraft } from './warm/clear-drafts.js';
import { planTemplates, type PlannedTemplate } from './warm/plan-prune.js';
import { listTemplates, measureTemplate } from './warm/templates.js';

export interface PruneRequest {
  readonly root: string;
  readonly image: string;
  /** Remove, instead of only listing what would be removed. */
  readonly apply: boolean;
}

export interface PrunePlan {
  readonly keep: readonly { readonly version: number; readonly reason: string }[];
  readonly remove: readonly number[];
  /** Absolute paths: files that only the removed versions need, and leftovers of interrupted pulls. */
  readonly files: readonly string[];
  /** Templates of the versions that are kept. */
  readonly templates: readonly PlannedTemplate[];
  /** Size on disk of everything that is removed. */
  readonly bytes: number;
}

type Ports = Pick<HostPorts, 'processes' | 'log' | 'clock' | 'signal' | 'machine'>;

/**
 * Removes unneeded versions of an image. Needed are the one in use, the previous one, all that disks of VMs are backed
 * by, and those that VMs with raw disks were created from.
 * @throws Failure if what is needed is unknown
 */
export async function pruneHost(request: PruneRequest, ports: Ports): Promise<PrunePlan> {
  const root = resolve(request.root);
  return withLocks(root, ports, async () => {
    const plan = await planPrune(root, request.image, ports);
    if (!request.apply) return plan;
    // Files first: a version without some of its files is known as incomplete, but files without a version are
    // unknown.
    for (const draft of await listTemplateDrafts(root)) await removeTemplateDraft(draft, ports);
    for (const file of plan.files) await removeDirectoryTree(file, ports);
    for (const { directory, action } of plan.templates)
      if (action === 'remove') await removeDirectoryTree(directory, ports);
    for (const version of plan.remove) await rm(versionDirectory(root, request.image, version), { recursive: true });
    for (const directory of [...partialDirectories, 'versions']) await syncDirectory(join(root, directory));
    return plan;
  });
}

/** Nothing adds files, copies images or makes templates meanwhile, and no VM appears. */
async function withLocks<T>(root: string, ports: Ports, work: () => Promise<T>): Promise<T> {
  return withHostLock(root, 'pull', ports, async () =>
    withHostLock(root, 'raw', ports, async () =>
      withHostLock(root, 'warm', ports, async () => withHostLock(root, 'switch', ports, work)),
    ),
  );
}

const partialDirectories = ['snapshots', 'kernels', 'images'];

async function planPrune(root: string, image: string, ports: Ports): Promise<PrunePlan> {
  const {
    versions,
    broken: [first],
  } = await listLocalVersions(root);
  if (first !== undefined)
    throw new Failure(`cannot read versions/${first.name} to find the files it needs: ${first.problem}`, {
      fix: `rm -r ${root}/versions/${first.name}`,
    });
  const raw = await listRawVms(root);
  const ignored = new Set([...versions.flatMap(listFiles), ...raw.flatMap(({ paths }) => paths)]);
  const { backed, unclear } = await findBackedFiles([join(root, 'sandboxes'), join(root, 'snapshots')], ignored);
  const unclearNeeds = await findUnclearNeeds(root, { versions, unclear }, ports.log);
  const current = await tryReadCurrent(root, image);
  const ofImage = versions.filter((one) => one.image === image);
  const previous =
    current === undefined ? undefined : await tryFindPrevious(root, ofImage, current, await readSeen(root, image));
  const keep: { version: number; reason: string }[] = [];
  const remove: LocalVersion[] = [];
  for (const one of ofImage) {
    const reason =
      formatUse(one.version, current, previous?.version) ??
      (await tryFindUser(root, one, backed)) ??
      tryFindRawUser(one, raw) ??
      unclearNeeds.get(one);
    if (reason === undefined) remove.push(one);
    else keep.push({ version: one.version, reason });
  }
  const kept = ofImage.filter((one) => !remove.includes(one));
  const templates = await planTemplates(kept, { root, backed, unclear: unclearNeeds }, ports);
  const needed = new Set(versions.filter((one) => !remove.includes(one)).flatMap(listFiles));
  const candidates = new Set(remove.flatMap(listFiles).filter((path) => !needed.has(path)));
  const { files, bytes } = await measure([
    ...(await dropBacked(candidates, backed)),
    ...(await listLeftovers(root, ports)),
  ]);
  const removed = templates.filter(({ action }) => action === 'remove').reduce((sum, one) => sum + one.bytes, 0);
  return {
    keep,
    remove: remove.map(({ version }) => version),
    templates,
    files,
    bytes: bytes + removed + (await measureTemplates(root, remove)),
  };
}

/**
 * The versions that an unclear disk may need: the one its VM was created from, and any whose image its header
 * mentions.
 */
async function findUnclearNeeds(
  root: string,
  { versions, unclear }: { readonly versions: readonly LocalVersion[]; readonly unclear: readonly UnclearDisk[] },
  log: Log,
): Promise<ReadonlyMap<LocalVersion, string>> {
  const reasons = new Map<LocalVersion, string>();
  for (const { path, problem, named = '' } of unclear) {
    const disk = relative(root, path);
    const [directory, name = ''] = disk.split('/');
    const vm = directory === 'sandboxes' ? await readVmRecord(root, name).catch(() => undefined) : undefined;
    const needed = versions.filter(
      ({ image, version }) =>
        (vm?.image === image && vm.version === version) || named.includes(versionFileName(image, version, 'image')),
    );
    for (const one of needed) reasons.set(one, `may back ${disk}`);
    log.warn(
      `${path} is skipped: ` +
        `${problem}${needed.map((one) => `; ${one.image}.${one.version} is kept because of it`).join('')}`,
    );
  }
  return reasons;
}

/** The paths of a version's files, and of the raw copy that it may have. */
function listFiles(local: LocalVersion): readonly string[] {
  return [...local.files.map(({ path }) => path), rawCopyOf(local).path];
}

/** A VM with a raw disk, or one to switch to: they need the boot files of a version, and nothing in them says so. */
interface RawVm {
  readonly disks: readonly { readonly vm: VmRecord; readonly disk: string }[];
  /** What can be a raw disk, also in the middle of a switch. */
  readonly paths: readonly string[];
}

async function listRawVms(root: string): Promise<readonly RawVm[]> {
  const sandboxes = join(root, 'sandboxes');
  const found: RawVm[] = [];
  for (const name of await readdir(sandboxes)) {
    const disks = (await listRecordedDisks(root, name)).filter(({ vm }) => vm.disk === 'raw');
    const { rawDisk } = vmFiles;
    const paths = [rawDisk, nextName(rawDisk), previousName(rawDisk)].map((file) => join(sandboxes, name, file));
    if (disks.length > 0) found.push({ disks, paths });
  }
  return found;
}

function tryFindRawUser({ image, version }: LocalVersion, raw: readonly RawVm[]): string | undefined {
  const user = raw.flatMap(({ disks }) => disks).find(({ vm }) => vm.image === image && vm.version === version);
  return user === undefined ? undefined : `boots sandboxes/${user.vm.name}/${user.disk}`;
}

/** Before any version is in use, the first pull was interrupted, and will be resumed. */
function formatUse(version: number, current: number | undefined, previous: number | undefined): string | undefined {
  if (current === undefined) return 'no version is in use yet';
  if (version === current) return 'in use';
  return version === previous ? 'previous version' : undefined;
}

/** Why a disk of a VM needs a version; undefined if none does. */
async function tryFindUser(root: string, { files }: LocalVersion, backed: BackedFiles): Promise<string | undefined> {
  const image = files.find(({ role }) => role === 'image');
  const stats = image === undefined ? undefined : await tryStatFile(image.path);
  const user = stats === undefined ? undefined : backed.get(identityOf(stats));
  return user === undefined ? undefined : `backs ${relative(root, user)}`;
}

/** Bytes on disk of the templates that go with their versions. */
async function measureTemplates(root: string, versions: readonly LocalVersion[]): Promise<number> {
  let bytes = 0;
  for (const local of versions)
    for (const one of (await listTemplates(root, local)).templates) bytes += await measureTemplate(one);
  return bytes;
}

/** Drops the files that disks need directly: a base can be used without the versions it came with. */
async function dropBacked(paths: ReadonlySet<string>, backed: BackedFiles): Promise<readonly string[]> {
  const dropped: string[] = [];
  for (const path of paths) {
    const stats = await tryStatFile(path);
    if (stats !== undefined && !backed.has(identityOf(stats))) dropped.push(path);
  }
  return dropped;
}

/** Lists leftovers of interrupted commands. No pull runs, and no template is made: the caller holds their locks. */
async function listLeftovers(root: string, ports: Ports): Promise<readonly string[]> {
  const find = async (directory: string, prefix: string): Promise<readonly string[]> =>
    (await readdir(join(root, directory)))
      .filter((name) => name.startsWith(prefix))
      .map((name) => join(root, directory, name));
  const partials = await Promise.all(partialDirectories.map(async (directory) => find(directory, partialPrefix)));
  return [
    ...partials.flat(),
    ...(await find('versions', draftPrefix)),
    ...(await listDeadDrafts(join(root, 'sandboxes'), ports)),
    ...(await listTemplateDrafts(root)),
    ...(await find('current', draftPrefix)),
  ];
}

async function measure(files: readonly string[]): Promise<Pick<PrunePlan, 'files' | 'bytes'>> {
  let bytes = 0;
  for (const file of files)
    if (![draftPrefix, rawDraftPrefix].some((prefix) => file.includes(`/${prefix}`)))
      bytes += ((await tryStatFile(file))?.blocks ?? 0) * 512;
  return { files, bytes };
}
