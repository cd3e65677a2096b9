import { posix } from 'node:path';
import type { Attributes } from '../image/plan.js';
import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { parseUserPath } from '../platform/fs/user-path.js';
import { splitLines } from './parse.js';

/** A file of this machine to copy into the image. */
export interface FileRequest {
  /** Absolute. */
  readonly source: string;
  /** The destination in the image. */
  readonly path: string;
  readonly attributes: Attributes;
}

/**
 * Debian Policy 5.6.1, with an architecture, and a version as apt-get takes it. A name that ends in `-` would be
 * removed.
 */
const packageName = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]+)?(=[A-Za-z0-9][A-Za-z0-9.+~:-]*)?$/;

/** Package names separated by spaces, line ends or commas. */
export function parsePackages(name: string, value: string): readonly string[] {
  const packages = value.split(/[\s,]+/).filter((text) => text !== '');
  const wrong = packages.find((text) => !packageName.test(text) || text.length > 300);
  if (wrong !== undefined) {
    throw new UsageError(`${name}: invalid package name ${quoteText(wrong, 60)}`, {
      fix: 'use names such as curl, libc6:amd64 or curl=8.5.0-2',
    });
  }
  return [...new Set(packages)];
}

const largestId = 2 ** 32 - 2;

/**
 * Lines `SOURCE:DESTINATION[:MODE[:UID[:GID]]]`. The mode defaults to 0644, the owner to root, the group to the owner's
 * number.
 */
export function parseFiles(name: string, value: string): readonly FileRequest[] {
  const files = splitLines(value).map((line) => parseFile(name, line));
  const seen = new Set<string>();
  for (const { path } of files) {
    if (seen.has(path))
      throw new UsageError(`${name} has the destination ${path} twice`, { fix: 'list each destination once' });
    seen.add(path);
  }
  return files;
}

function parseFile(name: string, line: string): FileRequest {
  const [source = '', destination = '', mode = '0644', owner = '0', group = owner, ...rest] = line.split(':');
  const [uid, gid] = [parseId(owner), parseId(group)];
  const why =
    findFault(line, destination, mode) ??
    (Number.isNaN(uid + gid) ? 'has an owner that is neither root nor a number' : undefined);
  if (source === '' || rest.length > 0 || why !== undefined) {
    throw new UsageError(
      `${name}: ${quoteText(line)} ${why ?? 'does not have the form SOURCE:DESTINATION:MODE:UID:GID'}`,
      {
        fix: 'use lines such as motd:/etc/motd or tool:/usr/local/bin/tool:0755:0:0. MODE, UID and GID are optional',
      },
    );
  }
  return {
    source: parseUserPath(source, { name }),
    path: posix.normalize(destination),
    attributes: { mode: Number.parseInt(mode, 8), uid, gid },
  };
}

function findFault(line: string, destination: string, mode: string): string | undefined {
  if (/[\p{Cc}"]/u.test(line)) return 'has quotes or control characters';
  if (!/^\/.*[^/]$/.test(destination) || destination.split('/').includes('..'))
    return 'has a destination that is not the absolute path of a file';
  return /^[0-7]{3,4}$/.test(mode) ? undefined : 'has a mode that is not three or four octal digits';
}

function parseId(text: string): number {
  if (text === 'root') return 0;
  return /^\d{1,10}$/.test(text) && Number(text) <= largestId ? Number(text) : Number.NaN;
}
