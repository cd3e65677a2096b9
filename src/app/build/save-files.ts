import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { createDirectories } from '../../platform/fs/create-directories.js';
import type { BaseImage } from '../../base/base-image.js';
import type { GoldenImage } from '../../image/golden-image.js';

/** Where the files of an image were kept on this machine, by role. */
export type KeptFiles = Readonly<Record<'image' | 'kernel' | 'initramfs', string>>;

/**
 * Copies the files of an image into a directory that outlasts the run, laid out as the guide's on a host,
 * so that a layered image finds its base. Each appears whole, or not at all.
 */
export async function saveFiles(
  { golden, base, name }: { readonly golden: GoldenImage; readonly base: BaseImage; readonly name: string },
  directory: string,
): Promise<KeptFiles> {
  const root = resolve(directory);
  const kept = {
    image: join(root, 'snapshots', `${name}.qcow2`),
    kernel: join(root, 'kernels', basename(golden.kernel.path)),
    initramfs: join(root, 'kernels', basename(golden.initramfs.path)),
  };
  if (golden.backingFile !== undefined) await copyWhole(base.path, join(root, 'images', basename(golden.backingFile)));
  await copyWhole(golden.kernel.path, kept.kernel);
  await copyWhole(golden.initramfs.path, kept.initramfs);
  await copyWhole(golden.image.path, kept.image);
  return kept;
}

async function copyWhole(from: string, to: string): Promise<void> {
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
