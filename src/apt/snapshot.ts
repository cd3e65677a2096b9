import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { formatSources, parseSources, type AptSource, type SourcesFile } from './sources.js';

/**
 * Snapshot services, with the archives that they cover; the first group is the archive's name there. Recent versions of
 * apt know these themselves (apt-pkg/init.cc, Acquire::Snapshots::URI). Rewritten URLs work with every version.
 */
const services: readonly { readonly archive: RegExp; readonly address: string }[] = [
  {
    archive: /^https?:\/\/(?:[\w-]+\.)*debian\.org\/(?:archive\/)?(debian|debian-security)(?:\/\d{8}T\d{6}Z)?\/?$/,
    // A small image may have no CA certificates. Signatures are checked in any case.
    address: 'http://snapshot.debian.org/archive/$1/@SNAPSHOTID@/',
  },
  {
    archive: /^https?:\/\/(?:[\w-]+\.)*(?:archive|security|snapshot)\.ubuntu\.com\/(ubuntu)(?:\/\d{8}T\d{6}Z)?\/?$/,
    address: 'https://snapshot.ubuntu.com/$1/@SNAPSHOTID@/',
  },
];

export interface PinnedSources {
  /** One file in deb822 style that replaces all others. */
  readonly text: string;
  /** The URLs of the snapshots. */
  readonly pinned: readonly string[];
  /** URLs that no snapshot service covers. They are unchanged. */
  readonly unpinned: readonly string[];
}

/**
 * Redirects an image's package sources to its distribution's archives as of a date.
 * @param snapshot such as `20260501T000000Z`
 * @throws Failure if a source is malformed
 */
export function pinSources(files: readonly SourcesFile[], snapshot: string): PinnedSources {
  // No disc is inserted while an image is built. Its name may also contain spaces, which deb822 style cannot express.
  const sources = parseSources(files).flatMap((source) =>
    source.uris.filter((uri) => !uri.startsWith('cdrom:')).map((uri) => ({ ...source, uris: [uri] })),
  );
  const both = sources.map((source) => ({ source, pinned: tryPin(source, snapshot) }));
  return {
    text: formatSources(both.map(({ source, pinned }) => pinned ?? source)),
    pinned: [...new Set(both.flatMap(({ pinned }) => pinned?.uris ?? []))],
    unpinned: [...new Set(both.flatMap(({ source, pinned }) => (pinned === undefined ? source.uris : [])))],
  };
}

function tryPin({ uris: [uri = ''], options, ...rest }: AptSource, snapshot: string): AptSource | undefined {
  const service = services.find(({ archive }) => archive.test(uri));
  if (service === undefined) return undefined;
  const address = uri.replace(service.archive, service.address).replace('@SNAPSHOTID@', snapshot);
  const others = Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'Snapshot'));
  // The snapshot's Release file has expired by now.
  return { ...rest, uris: [address], options: { ...others, 'Check-Valid-Until': 'no' } };
}

/**
 * Parses `2026-05-01`, `2026-05-01T06:00:00Z` or `20260501T060000Z` to the last form, which names a snapshot.
 * @throws UsageError
 */
export function parseSnapshot(text: string): string {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z)?$/.exec(text);
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match ?? [];
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const date = new Date(`${written}Z`);
  if (match === null || Number.isNaN(date.getTime()) || !date.toISOString().startsWith(written)) {
    throw new UsageError(`invalid snapshot date ${quoteText(text)} (expected YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ)`, {
      fix: 'use a date such as 2026-05-01 or 2026-05-01T06:00:00Z',
    });
  }
  return `${written.replace(/[-:]/g, '')}Z`;
}

const indexedFields = [/^Package: (\S+)/m, /^Version: (\S+)/m, /^Architecture: (\S+)/m] as const;

/** The package versions in `Packages` files, in the form of `identifyPackage`. */
export function listIndexed(indexes: readonly string[]): ReadonlySet<string> {
  return new Set(indexes.flatMap(listVersions));
}

function listVersions(index: string): readonly string[] {
  return index.split(/\n\n+/).map((paragraph) => {
    const [name = '', version = '', architecture = ''] = indexedFields.map((field) => field.exec(paragraph)?.[1]);
    return identifyPackage({ name, version, architecture });
  });
}

interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** `curl 8.5.0-2ubuntu10.6 amd64` */
export function identifyPackage({ name, version, architecture }: PackageVersion): string {
  return `${name} ${version} ${architecture}`;
}
