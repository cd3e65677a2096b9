import {
  assertLayeredImage,
  assertRawImage,
  assertStandaloneImage,
  type Backing,
  type GatedImage,
} from '../disk/image-gate.js';
import type { Qcow2Header } from '../disk/qcow2-header.js';
import { Failure } from '../platform/errors.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import type { LocalVersion } from './local-versions.js';

type Subject = Pick<Manifest, 'image' | 'version' | 'layout' | 'base' | 'disk'>;

/**
 * Checks a file of a version before any program opens it. Boot files always pass: they only run in the guest.
 * @param file with its current path
 * @returns the header of a qcow2 image
 * @throws Failure for an image that opens files other than its manifest names, even if its digest is right
 */
export async function assertVersionFile(
  file: Pick<ManifestFile, 'role' | 'name'> & { readonly path: string },
  manifest: Subject,
): Promise<Qcow2Header | undefined> {
  const fix = `do not use ${manifest.image}.${manifest.version}: report it to its publisher, who can revoke it`;
  const image: GatedImage = { path: file.path, name: file.name, fix };
  if (file.role === 'image') {
    const backing = findBacking(manifest);
    const sized = { ...image, virtualSize: manifest.disk.virtualSize };
    return backing === undefined ? assertStandaloneImage(sized) : assertLayeredImage(sized, backing);
  }
  if (file.role !== 'base') return undefined;
  if (manifest.base.format === 'qcow2') return assertStandaloneImage(image);
  await assertRawImage(image);
  return undefined;
}

function findBacking({ layout, base, disk }: Subject): Backing | undefined {
  return layout === 'layered' && disk.backingFile !== undefined
    ? { file: disk.backingFile, format: base.format }
    : undefined;
}

/**
 * Checks the files of a version on this host.
 * @returns the header of its image
 * @throws Failure as `assertVersionFile`
 */
export async function assertVersionFiles({ image, version, manifest, files }: LocalVersion): Promise<Qcow2Header> {
  let header: Qcow2Header | undefined;
  for (const file of files) {
    const checked = await assertVersionFile(file, manifest);
    if (file.role === 'image') header = checked;
  }
  if (header === undefined) throw new Failure(`${image}.${version} has no image`);
  return header;
}
