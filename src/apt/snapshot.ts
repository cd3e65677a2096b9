import { UsageError } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { formatSources, parseSources, type AptSource, type SourcesFile } from './sources.js';

/**
 * Who keeps what a distribution's archive had at any moment: the addresses of the archive, whose first group is its name there.
 * apt itself knows these (apt-pkg/init.cc, Acquire::Snapshots::URI): by address it works with every version of apt.
 */
const services: readonly { readonly archive: RegExp; readonly address: string }[] = [
  {
    archive: /^https?:\/\/(?:[\w-]+\.)*debian\.org\/(?:archive\/)?(debian|debian-security)(?:\/\d{8}T\d{6}Z)?\/?$/,
    // A small image has no certificates of authorities; the signatures are checked in any case.
    address: 'http://snapshot.debian.org/archive/$1/@SNAPSHOTID@/',
  },
  {
    archive: /^https?:\/\/(?:[\w-]+\.)*(?:archive|security|snapshot)\.ubuntu\.com\/(ubuntu)(?:\/\d{8}T\d{6}Z)?\/?$/,
    address: 'https://snapshot.ubuntu.com/$1/@SNAPSHOTID@/',
  },
];

export interface PinnedSources {
  /** One file of deb822 style, in the place of all others. */
  readonly text: string;
  /** Addresses of snapshots. */
  readonly pinned: readonly string[];
  /** Addresses that nobody keeps snapshots of: they stay as they are. */
  readonly unpinned: readonly string[];
}

/** The sources of an image, as its distribution's archives were at a moment: `20260501T000000Z`. @throws Failure where one cannot be read */
export function pinSources(files: readonly SourcesFile[], snapshot: string): PinnedSources {
  // A disc is in no drive when an image is built; and its name can have blanks, which no address in deb822 style can.
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
  // What was valid then is not valid now.
  return { ...rest, uris: [address], options: { ...others, 'Check-Valid-Until': 'no' } };
}

/** `2026-05-01`, `2026-05-01T06:00:00Z` or `20260501T060000Z` as the name of a snapshot: the last. @throws UsageError */
export function parseSnapshot(text: string): string {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d):?(\d\d)Z)?$/.exec(text);
  const [, year = '', month = '', day = '', hour = '00', minute = '00', second = '00'] = match ?? [];
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const moment = new Date(`${written}Z`);
  if (match === null || Number.isNaN(moment.getTime()) || !moment.toISOString().startsWith(written)) {
    throw new UsageError(`snapshot is ${quoteText(text)}, which is no moment`, {
      fix: 'write 2026-05-01, or 2026-05-01T06:00:00Z',
    });
  }
  return `${written.replace(/[-:]/g, '')}Z`;
}

const indexedFields = [/^Package: (\S+)/m, /^Version: (\S+)/m, /^Architecture: (\S+)/m] as const;

/** The package versions of `Packages` files, as `identifyPackage` has them. */
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
