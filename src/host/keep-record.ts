import { join } from 'node:path';
import { Failure } from '../platform/errors.js';
import { sha256Of, sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import type { FoundVersion } from '../store/read-versions.js';
import { tryStatFile } from './host-directories.js';
import {
  listKept,
  placesOf,
  tryReadManifest,
  readKept,
  versionDirectory,
  writeRecord,
  type KeptFile,
  type KeptVersion,
} from './kept-versions.js';

/**
 * Notes a version and where its files will lie, before any of them comes: what a killed pull leaves is then known to
 * the next pull, and to prune. @throws Failure where the host has another version of that number
 */
export async function saveRecord(
  root: string,
  { manifest, manifestSha256, bytes }: FoundVersion,
  log: Log,
): Promise<KeptVersion> {
  const { image, version } = manifest;
  const known = await tryReadManifest(root, image, version);
  if (known !== undefined) {
    if (sha256Of(known) === manifestSha256) return readKept(root, image, version);
    throw new Failure(`${image}.${version} on this host is another than that of the store`, {
      fix: `was it pulled from another store? to pull it anew: rm -r ${versionDirectory(root, image, version)}`,
    });
  }
  const { kept: others } = await listKept(root);
  const files: KeptFile[] = [];
  for (const file of manifest.files)
    files.push({ ...file, path: await choosePlace(root, { manifest, file }, others, log) });
  const kept = { image, version, manifest, bytes, files };
  await writeRecord(root, kept);
  return kept;
}

/**
 * Two versions can have the same kernel version and different bytes: an initramfs is made anew with every update. The
 * name without a suffix is the first one's for good: a VM may be running from it.
 */
async function choosePlace(
  root: string,
  { manifest, file }: { readonly manifest: Manifest; readonly file: ManifestFile },
  others: readonly KeptVersion[],
  log: Log,
): Promise<string> {
  const [first = '', second] = placesOf(manifest, file).map((place) => join(root, place));
  const isTaken =
    others.some((other) => other.files.some(({ path, sha256 }) => path === first && sha256 !== file.sha256)) ||
    (await isOther(first, file));
  if (!isTaken) return first;
  if (second === undefined)
    throw new Failure(`${first} is there, with other bytes, and was not pulled`, { fix: 'move it away' });
  log.info(
    `${first} belongs to another version, with other bytes: that of ${manifest.image}.${manifest.version} becomes ${second}`,
  );
  return second;
}

async function isOther(path: string, file: ManifestFile): Promise<boolean> {
  const stats = await tryStatFile(path);
  return stats !== undefined && (stats.size !== file.size || (await sha256OfFile(path)) !== file.sha256);
}
