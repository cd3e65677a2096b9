import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Qcow2Header } from '../disk/qcow2-header.js';
import { assertVersionFile } from '../host/version-gate.js';
import type { ObjectReader } from '../objects/object-store.js';
import { Failure } from '../platform/errors.js';
import { createDirectories } from '../platform/fs/create-directories.js';
import { ifPresent, sha256OfFile } from '../platform/fs/files.js';
import type { Log } from '../platform/progress/log.js';
import type { Manifest, ManifestFile } from '../store/documents/manifest.js';
import { fileKey } from '../store/names.js';

export interface StoredFilesRequest {
  readonly manifest: Manifest;
  /** Where a file goes. */
  readonly pathOf: (file: ManifestFile) => string;
}

interface Ports {
  readonly store: ObjectReader;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/**
 * Fetches the missing files of a version. None appears under its path before all of them match the manifest and refer
 * to no other files, because diagnostics of a failed run let QEMU open the images that they find.
 * @returns the headers of its qcow2 images
 */
export async function fetchStoredFiles(
  { manifest, pathOf }: StoredFilesRequest,
  ports: Ports,
): Promise<readonly Qcow2Header[]> {
  const headers: Qcow2Header[] = [];
  const fetched: (readonly [part: string, path: string])[] = [];
  try {
    for (const file of manifest.files) {
      const path = pathOf(file);
      const isThere = await isIntact(path, file, ports.signal);
      const part = isThere ? path : `${path}.part-${process.pid}`;
      if (!isThere) {
        fetched.push([part, path]);
        await fetchFile(file, part, ports);
      }
      const header = await assertVersionFile({ ...file, path: part }, manifest);
      if (header !== undefined) headers.push(header);
    }
    for (const [part, path] of fetched) await rename(part, path);
  } catch (error) {
    for (const [part] of fetched) await rm(part, { force: true });
    throw error;
  }
  return headers;
}

async function isIntact(path: string, { size, sha256 }: ManifestFile, signal: AbortSignal): Promise<boolean> {
  const stats = await ifPresent(stat(path));
  return stats?.isFile() === true && stats.size === size && (await sha256OfFile(path, signal)) === sha256;
}

async function fetchFile(file: ManifestFile, path: string, { store, log, signal }: Ports): Promise<void> {
  const key = fileKey(file);
  await createDirectories(dirname(path));
  const source = await store.open(key);
  if (source === undefined)
    throw new Failure(`${store.uri(key)} is missing`, {
      fix: 'publish a new version: set if-unchanged to build (a directory from ch-golden export has no images)',
    });
  const hash = createHash('sha256');
  let done = 0;
  const meter = new Transform({
    transform: (chunk: Buffer, _encoding, forward) => {
      hash.update(chunk);
      log.progress(file.name, (done += chunk.length), file.size);
      forward(null, chunk);
    },
  });
  await pipeline(source, meter, createWriteStream(path, { flags: 'wx' }), { signal });
  if (hash.digest('hex') !== file.sha256)
    throw new Failure(`${store.uri(key)} does not match the manifest: its SHA-256 differs`);
}
