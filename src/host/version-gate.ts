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
import type { KeptVersion } from './kept-versions.js';

type Subject = Pick<Manifest, 'image' | 'version' | 'layout' | 'base' | 'disk'>;

/**
 * Lets a file of a version pass, or not, before any program opens it. Boot files pass: they run in the guest only.
 * @param file with the path at which it lies now
 * @returns the header of a qcow2 image
 * @throws Failure for a file that opens others than its manifest says, however right its digest is
 */
export async function assertVersionFile(
  file: Pick<ManifestFile, 'role' | 'name'> & { readonly path: string },
  manifest: Subject,
): Promise<Qcow2Header | undefined> {
  const fix = `do not use ${manifest.image}.${manifest.version}, and report it to its publisher, who can revoke it`;
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

/** Lets the files of a version that is on this host pass. @returns the header of its image @throws Failure */
export async function assertVersionFiles({ image, version, manifest, files }: KeptVersion): Promise<Qcow2Header> {
  let header: Qcow2Header | undefined;
  for (const file of files) {
    const found = await assertVersionFile(file, manifest);
    if (file.role === 'image') header = found;
  }
  if (header === undefined) throw new Failure(`${image}.${version} has no image`);
  return header;
}
