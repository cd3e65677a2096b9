import { join } from 'node:path';
import { Failure } from '../platform/errors.js';
import { sha256Of, sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import type { FoundVersion } from '../store/read-versions.js';
import { tryStatFile } from './host-files.js';
import {
  listLocalVersions,
  listPlaces,
  tryReadManifest,
  readLocalVersion,
  versionDirectory,
  createRecord,
  type LocalFile,
  type LocalVersion,
} from './local-versions.js';

/**
 * Records a version and the paths of its files before any of them is fetched, so that the next pull, and prune, know
 * what a killed pull left.
 * @throws Failure if the host has a different version with that number
 */
export async function saveRecord(
  root: string,
  { manifest, manifestSha256, bytes }: FoundVersion,
  log: Log,
): Promise<LocalVersion> {
  const { image, version } = manifest;
  const known = await tryReadManifest(root, image, version);
  if (known !== undefined) {
    if (sha256Of(known) === manifestSha256) return readLocalVersion(root, image, version);
    throw new Failure(`${image}.${version} on this host differs from the one in the store`, {
      fix:
        'if it came from a different store, remove it and pull again: rm -r ' + versionDirectory(root, image, version),
    });
  }
  const { versions: others } = await listLocalVersions(root);
  const files: LocalFile[] = [];
  for (const file of manifest.files)
    files.push({ ...file, path: await choosePath(root, { manifest, file }, others, log) });
  const local = { image, version, manifest, bytes, files };
  await createRecord(root, local);
  return local;
}

/**
 * Two versions can have the same kernel version and different files: every update recreates the initramfs. The first
 * version keeps the name without a suffix, since a VM may be running from it.
 */
async function choosePath(
  root: string,
  { manifest, file }: { readonly manifest: Manifest; readonly file: ManifestFile },
  others: readonly LocalVersion[],
  log: Log,
): Promise<string> {
  const [first = '', second] = listPlaces(manifest, file).map((place) => join(root, place));
  const recorded = others.flatMap((other) => other.files.filter(({ path }) => path === first));
  // The file of another version with the same digest is this one: if its content differs, it is damaged.
  const isTaken =
    recorded.length === 0 ? await hasOtherContent(first, file) : recorded.some(({ sha256 }) => sha256 !== file.sha256);
  if (!isTaken) return first;
  if (second === undefined)
    throw new Failure(`${first} exists with different content, and was not created by a pull`, { fix: 'move it away' });
  log.info(`${first} belongs to a different version: that of ${manifest.image}.${manifest.version} becomes ${second}`);
  return second;
}

async function hasOtherContent(path: string, file: ManifestFile): Promise<boolean> {
  const stats = await tryStatFile(path);
  return stats !== undefined && (stats.size !== file.size || (await sha256OfFile(path)) !== file.sha256);
}
