import { Failure } from '../../platform/errors.js';
import { sha256Of } from '../../platform/fs/files.js';
import type { Manifest } from './manifest.js';
import { documentName, fileKey, type DocumentRole } from '../names.js';
import type { ObjectReader } from '../../objects/object-store.js';

/** Bytes that any document about a version can have. */
export const documentLimit = 48 * 1024 ** 2;

/** A document about a version, as it was published; undefined where the version has none of that kind. @throws Failure where it is another than the manifest says */
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
    throw new Failure(`${store.uri(key)} has another SHA-256 than the manifest says`);
  return content.bytes;
}
