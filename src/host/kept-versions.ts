import { constants } from 'node:fs';
import { chmod, lstat, mkdtemp, open, readdir, readlink, rename, rm, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { errorMessage, Failure, hasCode } from '../platform/errors.js';
import { ifPresent, syncDirectory, writeFileAtomically } from '../platform/fs/files.js';
import { manifestLimit, parseManifest, type Manifest, type ManifestFile } from '../store/documents/manifest.js';
import { parseImageName, fileKey } from '../store/names.js';
import { tryStatFile } from './host-directories.js';
import { formatLaunchEnvironment } from './launch.js';

/** A version that is on this host, or on its way to it: `versions/<image>.N/` says where its files are. */
export interface KeptVersion {
  readonly image: string;
  readonly version: number;
  readonly manifest: Manifest;
  /** The manifest as it was published. */
  readonly bytes: Buffer;
  readonly files: readonly KeptFile[];
}

export interface KeptFile extends ManifestFile {
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

/** Where a file is until it is whole: beside its place, since directories can be on filesystems of their own. */
export function partialPath(directory: string, sha256: string): string {
  return join(directory, `${partialPrefix}${sha256}`);
}

export const partialPrefix = '.partial-';

/** All versions, of one image where one is given, newest first. */
export async function listKept(
  root: string,
  image?: string,
): Promise<{ readonly kept: readonly KeptVersion[]; readonly broken: readonly BrokenRecord[] }> {
  const kept: KeptVersion[] = [];
  const broken: BrokenRecord[] = [];
  for (const entry of (await ifPresent(readdir(join(root, 'versions'), { withFileTypes: true }))) ?? []) {
    const name = tryParseName(entry.name);
    if (!entry.isDirectory() || name === undefined || (image !== undefined && name.image !== image)) continue;
    try {
      kept.push(await readKept(root, name.image, name.version));
    } catch (error) {
      broken.push({ name: entry.name, problem: errorMessage(error) });
    }
  }
  return { kept: kept.sort((one, other) => other.version - one.version), broken };
}

/** The bytes of the manifest of a kept version; undefined where it is not kept. */
export async function tryReadManifest(root: string, image: string, version: number): Promise<Buffer | undefined> {
  const directory = versionDirectory(root, image, version);
  const stats = await ifPresent(lstat(directory));
  if (stats?.isDirectory() === false) throw new Failure(`${directory} is not a directory`, { fix: 'move it away' });
  const path = join(directory, 'manifest.json');
  const file = await ifPresent(open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
  try {
    if (file !== undefined && (await file.stat()).size > manifestLimit)
      throw new Failure(`${path} is larger than a manifest can be`);
    return await file?.readFile();
  } finally {
    await file?.close();
  }
}

/** @throws Failure where the version is not kept, or its directory says what no pull has written */
export async function readKept(root: string, image: string, version: number): Promise<KeptVersion> {
  const directory = versionDirectory(root, image, version);
  const bytes = await tryReadManifest(root, image, version);
  if (bytes === undefined) throw new Failure(`${directory} has no manifest.json`);
  const manifest = parseManifest(bytes, join(directory, 'manifest.json'));
  if (manifest.image !== image || manifest.version !== version)
    throw new Failure(`${directory} has the manifest of ${manifest.image}.${manifest.version}`);
  const files: KeptFile[] = [];
  for (const file of manifest.files) {
    const target = await readlink(join(directory, file.role));
    const place = placesOf(manifest, file).find((candidate) => target === `../../${candidate}`);
    if (place === undefined)
      throw new Failure(`${join(directory, file.role)} leads to where no file of this version can be`);
    files.push({ ...file, path: join(root, place) });
  }
  return { image, version, manifest, bytes, files };
}

/** Where a file of a manifest can lie below the root, the best first. */
export function placesOf(manifest: Manifest, file: ManifestFile): readonly string[] {
  if (file.role === 'image' || file.role === 'base') return [fileKey(file)];
  // No `@` in a kernel's version: the second place of one version is the first of none.
  const name = `kernels/${bootNames[file.role]}-${manifest.kernel.version}`;
  return [name, `${name}@${manifest.image}.${manifest.version}`];
}

/** What the names of boot files in `kernels/` begin with. */
export const bootNames = { kernel: 'vmlinuz', initramfs: 'initrd.img' } as const;

/** What an image's file is dated while nobody has written to it since it was proven. The other files can be those of several versions. */
export function dateOf({ role }: ManifestFile, { created }: Manifest): { readonly date?: Date } {
  return role === 'image' ? { date: new Date(created) } : {};
}

/** Writes the directory of a version, whole or not at all. */
export async function writeRecord(root: string, kept: KeptVersion): Promise<void> {
  const directory = versionDirectory(root, kept.image, kept.version);
  const draft = await mkdtemp(join(root, 'versions', draftPrefix));
  try {
    await writeFileAtomically(join(draft, 'manifest.json'), kept.bytes);
    await writeFileAtomically(join(draft, 'env'), formatLaunchEnvironment(kept));
    for (const { role, path } of kept.files) await symlink(`../../${relative(root, path)}`, join(draft, role));
    await chmod(draft, 0o755);
    await rename(draft, directory);
    await syncDirectory(join(root, 'versions'));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw hasCode(error, 'ENOTEMPTY')
      ? new Failure(`${directory} is in the way`, { fix: `rm -r ${directory}`, cause: error })
      : error;
  }
}

export const draftPrefix = '.new-';

/** True where all files are there in their sizes. A file has its name only when its bytes were verified. */
export async function isWhole(kept: KeptVersion): Promise<boolean> {
  for (const { path, size } of kept.files) if ((await tryStatFile(path))?.size !== size) return false;
  return true;
}

/** The version in use. @throws Failure where the pointer is not one of ours */
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
  throw new Failure(`${path} does not lead to a version of ${image}`, { fix: `rm ${path}, then ch-golden pull` });
}

/** Takes a version into use: image, kernel, initramfs and environment at once, for every reader. */
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
