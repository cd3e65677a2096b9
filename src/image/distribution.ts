import type { GuestFiles } from '../disk/guest-files.js';
import type { Distribution } from './golden-image.js';

/** Reads what the image says it is; undefined where it says nothing that can be used. */
export async function tryReadDistribution(files: GuestFiles): Promise<Distribution | undefined> {
  return tryParseOsRelease(
    (await files.tryReadText('/etc/os-release')) ?? (await files.tryReadText('/usr/lib/os-release')) ?? '',
  );
}

/** os-release(5): assignments of a shell, an identifier being of lower-case letters, digits, `.`, `_` and `-`. */
export function tryParseOsRelease(text: string): Distribution | undefined {
  const valueOf = (key: string): string | undefined =>
    new RegExp(`^${key}=(["']?)([a-z0-9._-]{1,64})\\1$`, 'm').exec(text)?.[2];
  const id = valueOf('ID');
  const version = valueOf('VERSION_ID');
  return id === undefined ? undefined : { id, ...(version === undefined ? {} : { version }) };
}
