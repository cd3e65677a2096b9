import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostDirectories } from '../../host/host-directories.js';
import { createRecord, listPlaces, type LocalVersion } from '../../host/local-versions.js';
import { formatDocument } from '../../platform/document.js';
import { hasCode } from '../../platform/errors.js';
import { fileChunkSize, hashWholeFile } from '../../platform/fs/file-chunks.js';
import { parseManifest, type Manifest, type ManifestFile } from '../../store/documents/manifest.js';
import type { VersionFacts } from '../../store/documents/version-facts.js';
import { versionFileName } from '../../store/names.js';

/** The files of a version, by their roles. A flattened version has no base. */
export type VersionPaths = Readonly<Record<Exclude<ManifestFile['role'], 'base'>, string>> & {
  readonly base?: string | undefined;
};

/** Any number: nobody else sees the version. */
const draftVersion = 1;

/** The manifest that an image would be published with, but for its documents. */
export async function draftManifest(
  image: string,
  facts: VersionFacts,
  paths: VersionPaths,
  signal: AbortSignal,
): Promise<Manifest> {
  const files: ManifestFile[] = [];
  for (const role of ['image', 'kernel', 'initramfs'] as const)
    files.push(await toFile(role, versionFileName(image, draftVersion, role), paths[role], signal));
  if (facts.disk.backingFile !== undefined && paths.base !== undefined)
    files.push(await toFile('base', facts.disk.backingFile.split('/').at(-1) ?? '', paths.base, signal));
  const draft = { ...facts, schema: 1, image, version: draftVersion, files };
  return parseManifest(formatDocument(draft), `the manifest of ${image}`);
}

async function toFile(
  role: ManifestFile['role'],
  name: string,
  path: string,
  signal: AbortSignal,
): Promise<ManifestFile> {
  return { role, name, chunkSize: fileChunkSize, ...(await hashWholeFile(path, signal)) };
}

/** Creates a host that has one version. Its files become links to the given ones, and nothing writes to them. */
export async function createLocalVersion(root: string, manifest: Manifest, paths: VersionPaths): Promise<LocalVersion> {
  await createHostDirectories(root);
  const files = manifest.files.map((file) => ({ ...file, path: join(root, listPlaces(manifest, file)[0] ?? '') }));
  for (const { role, path } of files) await linkOrCopy(paths[role] ?? '', path);
  const { image, version } = manifest;
  const local = { image, version, manifest, bytes: formatDocument(manifest), files };
  await createRecord(root, local);
  return local;
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: unknown) => {
    // Another filesystem, or one without links.
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP'].some((code) => hasCode(error, code))) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  });
}
