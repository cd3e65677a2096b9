import { documentKey, fileKey, versionFileName, type OwnRole } from './names.js';
import type { ObjectReader } from '../objects/object-store.js';

/** Addresses of a version's files and manifest. */
export type VersionUris = Readonly<Record<OwnRole | 'manifest', string>>;

export function toVersionUris(
  { image, version }: { readonly image: string; readonly version: number },
  store: Pick<ObjectReader, 'uri'>,
): VersionUris {
  const uriOf = (role: OwnRole): string => store.uri(fileKey({ role, name: versionFileName(image, version, role) }));
  return {
    image: uriOf('image'),
    kernel: uriOf('kernel'),
    initramfs: uriOf('initramfs'),
    manifest: store.uri(documentKey(image, version, 'manifest.json')),
  };
}
