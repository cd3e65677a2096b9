import type { GuestFiles } from '../disk/guest-files.js';
import { withoutUndefined } from '../platform/without-undefined.js';
import type { Distribution } from './golden-image.js';

/** Undefined if the image has no usable os-release file. */
export async function tryReadDistribution(files: GuestFiles): Promise<Distribution | undefined> {
  return tryParseOsRelease(
    (await files.tryReadText('/etc/os-release')) ?? (await files.tryReadText('/usr/lib/os-release')) ?? '',
  );
}

/** os-release(5): shell assignments. Identifiers consist of lower-case letters, digits, `.`, `_` and `-`. */
export function tryParseOsRelease(text: string): Distribution | undefined {
  const valueOf = (key: string): string | undefined =>
    new RegExp(`^${key}=(["']?)([a-z0-9._-]{1,64})\\1$`, 'm').exec(text)?.[2];
  const id = valueOf('ID');
  const version = valueOf('VERSION_ID');
  return id === undefined ? undefined : withoutUndefined({ id, version });
}
