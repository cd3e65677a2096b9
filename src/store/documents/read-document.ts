import { Failure } from '../../platform/errors.js';
import { sha256Of } from '../../platform/fs/files.js';
import type { Manifest } from './manifest.js';
import { documentName, fileKey, type DocumentRole } from '../names.js';
import type { ObjectReader } from '../../objects/object-store.js';

/** Largest size in bytes of any document about a version. */
export const documentLimit = 48 * 1024 ** 2;

/**
 * A document about a version, as published; undefined if the version has none of that kind.
 * @throws Failure if it is not the one in the manifest
 */
export async function tryReadDocument(
  { manifest, role, limit }: { readonly manifest: Manifest; readonly role: DocumentRole; readonly limit: number },
  store: ObjectReader,
): Promise<Buffer | undefined> {
  const document = manifest.documents?.[role];
  if (document === undefined) return undefined;
  const key = fileKey({ role, name: documentName(manifest.image, manifest.version, role) });
  const content = await store.read(key, limit);
  if (content === undefined) throw new Failure(`${store.uri(key)} is missing`);
  if (sha256Of(content.bytes) !== document.sha256)
    throw new Failure(`${store.uri(key)}: SHA-256 differs from the one in the manifest`);
  return content.bytes;
}
