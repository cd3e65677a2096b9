import { fileURLToPath } from 'node:url';
import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { parseUserPath, type UserPathOptions } from '../platform/fs/user-path.js';
import { redactUrl } from '../platform/http.js';

const anyScheme = /^([a-z][a-z0-9+.-]*):\/+/i;
/**
 * Filesystems of the kernel: parts of them can be written to, but they store nothing. `/dev/shm` does, until the next
 * boot.
 */
const kernelDirectory = /^\/(?:proc|sys|dev(?!\/shm(?:\/|$)))(?:\/|$)/;

/** The scheme of an address, in lower case: `s3`, `https`; undefined for a path. */
export function schemeOf(address: string): string | undefined {
  return /^([a-z][a-z0-9+.-]*):\/\//i.exec(address)?.[1]?.toLowerCase();
}

/**
 * The address of a store as it may be shown: without a user, a password or a query, none of which a directory's path
 * has.
 */
export function formatAddress(address: string): string {
  const [prefix] = anyScheme.exec(address) ?? [];
  if (prefix === undefined || !/[@?#]/.test(address)) return address;
  return prefix.endsWith('://') && URL.canParse(address) ? redactUrl(address) : `${prefix}…`;
}

/**
 * Makes the address of a store independent of the current directory and of `~`: a path becomes absolute, a URL stays
 * as it is.
 * @throws UsageError for what is neither
 */
export function resolveStoreAddress(address: string, options: Omit<UserPathOptions, 'name'> = {}): string {
  const scheme = schemeOf(address);
  if (scheme === 'file') assertStorable(parseFileUrl(address), address);
  if (scheme !== undefined) return address;
  const [, rest] = /^s3:\/?([^/].*)$/i.exec(address) ?? [];
  if (rest !== undefined) throw unsupportedAddress(address, { fix: `use ${formatAddress(`s3://${rest}`)}` });
  if (address === '' || anyScheme.test(address)) throw unsupportedAddress(address);
  const path = parseUserPath(address, { ...options, name: 'store' });
  assertStorable(path, address);
  return path;
}

/** The directory of a store whose address is a path or a `file://` URL. @throws UsageError for any other */
export function directoryOf(address: string): string {
  return schemeOf(address) === undefined ? resolveStoreAddress(address) : parseFileUrl(resolveStoreAddress(address));
}

export function unsupportedAddress(
  address: string,
  { fix, cause }: { readonly fix?: string; readonly cause?: unknown } = {},
): UsageError {
  return new UsageError(`store ${quoteText(formatAddress(address))}: unsupported address`, {
    fix: fix ?? 'use s3://BUCKET/PREFIX, the path of a directory, or file:///path/of/a/directory',
    cause,
  });
}

function parseFileUrl(address: string): string {
  try {
    return fileURLToPath(address);
  } catch (cause) {
    throw unsupportedAddress(address, { cause });
  }
}

function assertStorable(path: string, address: string): void {
  if (!kernelDirectory.test(path)) return;
  throw new UsageError(`store ${quoteText(formatAddress(address))} is on a virtual filesystem`, {
    fix: 'use a directory on a disk, e.g. /srv/golden',
  });
}
