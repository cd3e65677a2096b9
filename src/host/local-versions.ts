import { chmod, lstat, mkdtemp, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errorMessage, Failure, hasCode } from '../platform/errors.js';
import { ifPresent, syncDirectory, writeFileAtomically } from '../platform/fs/files.js';
import { manifestLimit, parseManifest, type Manifest, type ManifestFile } from '../store/documents/manifest.js';
import { parseImageName, fileKey } from '../store/names.js';
import { tryReadSmallFile, tryStatFile } from './host-files.js';
import { formatLaunchEnvironment } from './launch.js';

/** A version on this host, complete or not: `versions/<image>.N/` links to its files. */
export interface LocalVersion {
  readonly image: string;
  readonly version: number;
  readonly manifest: Manifest;
  /** The bytes of the manifest, as published. */
  readonly bytes: Buffer;
  readonly files: readonly LocalFile[];
}

export interface LocalFile extends ManifestFile {
  /** Absolute. */
  readonly path: string;
}

/** A directory in `versions/` that cannot be read as a version. */
export interface BrokenRecord {
  readonly name: string;
  readonly problem: string;
}

export function versionDirectory(root: string, image: string, version: number): string {
  return join(root, 'versions', `${image}.${version}`);
}

/** Where a file is until it is complete: in its final directory, since each directory can be a separate filesystem. */
export function partialPath(directory: string, sha256: string): string {
  return join(directory, `${partialPrefix}${sha256}`);
}

export const partialPrefix = '.partial-';

/** Lists all versions, or those of one image, newest first. */
export async function listLocalVersions(
  root: string,
  image?: string,
): Promise<{ readonly versions: readonly LocalVersion[]; readonly broken: readonly BrokenRecord[] }> {
  const versions: LocalVersion[] = [];
  const broken: BrokenRecord[] = [];
  for (const entry of (await ifPresent(readdir(join(root, 'versions'), { withFileTypes: true }))) ?? []) {
    const name = tryParseName(entry.name);
    if (!entry.isDirectory() || name === undefined || (image !== undefined && name.image !== image)) continue;
    try {
      versions.push(await readLocalVersion(root, name.image, name.version));
    } catch (error) {
      broken.push({ name: entry.name, problem: errorMessage(error) });
    }
  }
  return { versions: versions.sort((one, other) => other.version - one.version), broken };
}

/** The bytes of the manifest of a version; undefined if the version is not on this host. */
export async function tryReadManifest(root: string, image: string, version: number): Promise<Buffer | undefined> {
  const directory = versionDirectory(root, image, version);
  const stats = await ifPresent(lstat(directory));
  if (stats?.isDirectory() === false) throw new Failure(`${directory} is not a directory`, { fix: 'move it away' });
  return tryReadSmallFile({ path: join(directory, 'manifest.json'), limit: manifestLimit });
}

/** @throws Failure if the version is not on this host, or its directory is not what a pull wrote */
export async function readLocalVersion(root: string, image: string, version: number): Promise<LocalVersion> {
  const directory = versionDirectory(root, image, version);
  const bytes = await tryReadManifest(root, image, version);
  if (bytes === undefined) throw new Failure(`${directory} has no manifest.json`);
  const manifest = parseManifest(bytes, join(directory, 'manifest.json'));
  if (manifest.image !== image || manifest.version !== version)
    throw new Failure(`${directory} has the manifest of ${manifest.image}.${manifest.version}`);
  const files: LocalFile[] = [];
  for (const file of manifest.files) {
    const target = await readlink(join(directory, file.role));
    const place = listPlaces(manifest, file).find((candidate) => target === `../../${candidate}`);
    if (place === undefined)
      throw new Failure(`${join(directory, file.role)} does not point to a file of this version`);
    files.push({ ...file, path: join(root, place) });
  }
  return { image, version, manifest, bytes, files };
}

/** The possible paths of a file below the root, in order of preference. */
export function listPlaces(manifest: Manifest, file: ManifestFile): readonly string[] {
  if (file.role === 'image' || file.role === 'base') return [fileKey(file)];
  // Kernel versions have no `@`, so the second path of one version is never the first path of another.
  const name = `kernels/${bootNames[file.role]}-${manifest.kernel.version}`;
  return [name, `${name}@${manifest.image}.${manifest.version}`];
}

/** The path of a layered version's base. */
export function tryGetBase({ files }: LocalVersion): string | undefined {
  return files.find(({ role }) => role === 'base')?.path;
}

/** Prefixes of the boot files in `kernels/`. */
export const bootNames = { kernel: 'vmlinuz', initramfs: 'initrd.img' } as const;

/**
 * The modification time that a pull gives a verified file. Only images get one: other files can belong to several
 * versions.
 */
export function verifiedDateOf({ role }: ManifestFile, { created }: Manifest): Date | undefined {
  return role === 'image' ? new Date(created) : undefined;
}

/** Creates the directory of a version, completely or not at all. */
export async function createRecord(root: string, local: LocalVersion): Promise<void> {
  const directory = versionDirectory(root, local.image, local.version);
  const draft = await mkdtemp(join(root, 'versions', draftPrefix));
  try {
    await writeFileAtomically(join(draft, 'manifest.json'), local.bytes);
    await writeFileAtomically(join(draft, 'env'), formatLaunchEnvironment(local));
    for (const { role, path } of local.files) await symlink(`../../${relative(root, path)}`, join(draft, role));
    await chmod(draft, 0o755);
    await rename(draft, directory);
    await syncDirectory(join(root, 'versions'));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw hasCode(error, 'ENOTEMPTY')
      ? new Failure(`${directory} exists, but has no manifest`, { fix: `rm -r ${directory}`, cause: error })
      : error;
  }
}

export const draftPrefix = '.new-';

/** Of a raw disk that an earlier release was creating. */
export const rawDraftPrefix = '.raw-';

/** True if all files exist with their sizes. A file gets its name only once its bytes are verified. */
export async function isComplete({ files }: LocalVersion): Promise<boolean> {
  for (const { path, size } of files) if ((await tryStatFile(path))?.size !== size) return false;
  return true;
}

/** The version in use. @throws Failure if the link is not one that a pull created */
export async function tryReadCurrent(root: string, image: string): Promise<number | undefined> {
  const path = join(root, 'current', parseImageName(image));
  const target = await ifPresent(readlink(path)).catch((error: unknown) => {
    throw hasCode(error, 'EINVAL')
      ? new Failure(`${path} is not a link`, { fix: 'move it away', cause: error })
      : error;
  });
  if (target === undefined) return undefined;
  const name = target.startsWith('../versions/') ? tryParseName(target.slice('../versions/'.length)) : undefined;
  if (name?.image === image) return name.version;
  throw new Failure(`${path} does not point to a version of ${image}`, { fix: `rm ${path}, then ch-golden pull` });
}

/** Switches to a version: image, kernel, initramfs and environment change at once, for every reader. */
export async function switchCurrent(root: string, image: string, version: number): Promise<void> {
  const directory = join(root, 'current');
  const draft = await mkdtemp(join(directory, draftPrefix));
  try {
    await symlink(`../versions/${image}.${version}`, join(draft, 'link'));
    await rename(join(draft, 'link'), join(directory, image));
  } finally {
    await rm(draft, { recursive: true });
  }
  await syncDirectory(directory);
}

function tryParseName(name: string): { readonly image: string; readonly version: number } | undefined {
  const [, image = '', version = ''] = /^(.+)\.([1-9]\d{0,8})$/.exec(name) ?? [];
  try {
    return { image: parseImageName(image), version: Number(version) };
  } catch {
    return undefined;
  }
}
