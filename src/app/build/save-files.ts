import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createDirectories } from '../../platform/fs/create-directories.js';
import type { BaseImage } from '../../base/base-image.js';
import type { GoldenImage } from '../../image/golden-image.js';
import type { ObjectReader } from '../../objects/object-store.js';
import type { Log } from '../../platform/progress/log.js';
import type { Manifest, ManifestFile } from '../../store/documents/manifest.js';
import { fetchStoredFiles } from '../fetch-version-files.js';

/** Paths of the files of an image in the output directory, by role. */
export type SavedFiles = Readonly<Record<'image' | 'kernel' | 'initramfs', string>>;

/** Laid out as on a host that follows the guide, so that a layered image finds its base. */
function toSavedFiles(directory: string, name: string, kernelVersion: string): SavedFiles {
  const root = resolve(directory);
  return {
    image: join(root, 'snapshots', `${name}.qcow2`),
    kernel: join(root, 'kernels', `vmlinuz-${kernelVersion}`),
    initramfs: join(root, 'kernels', `initrd.img-${kernelVersion}`),
  };
}

/** Copies the files of an image into a directory that outlasts the run. Each appears complete or not at all. */
export async function saveFiles(
  { golden, base, name }: { readonly golden: GoldenImage; readonly base: BaseImage; readonly name: string },
  directory: string,
): Promise<SavedFiles> {
  const saved = toSavedFiles(directory, name, golden.kernel.version);
  if (golden.backingFile !== undefined)
    await copyAtomically(base.path, join(resolve(directory), 'images', basename(golden.backingFile)));
  await copyAtomically(golden.kernel.path, saved.kernel);
  await copyAtomically(golden.initramfs.path, saved.initramfs);
  await copyAtomically(golden.image.path, saved.image);
  return saved;
}

/** As `saveFiles`, for a published version. Files that the directory already has are not fetched. */
export async function saveVersionFiles(
  manifest: Manifest,
  directory: string,
  ports: { readonly store: ObjectReader; readonly log: Log; readonly signal: AbortSignal },
): Promise<SavedFiles> {
  const saved = toSavedFiles(directory, `${manifest.image}.${manifest.version}`, manifest.kernel.version);
  const pathOf = ({ role, name }: ManifestFile): string =>
    role === 'base' ? join(resolve(directory), 'images', name) : saved[role];
  await fetchStoredFiles({ manifest, pathOf }, ports);
  return saved;
}

async function copyAtomically(from: string, to: string): Promise<void> {
  await createDirectories(dirname(to));
  const part = `${to}.part-${process.pid}`;
  try {
    await copyFile(from, part, constants.COPYFILE_FICLONE);
    await rename(part, to);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
