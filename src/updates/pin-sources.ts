import { UsageError } from '../platform/errors.js';
import { formatSources, parseSources, type AptSource, type SourcesFile } from './apt-sources.js';

/** Who keeps what a distribution's archive had at any moment. */
export interface SnapshotService {
  /** The addresses of the archive; the first group is its name there. */
  readonly archive: RegExp;
  /** With `$1` for the archive, and `@SNAPSHOTID@` for the moment. */
  readonly address: string;
}

/** What apt itself knows (apt-pkg/init.cc, Acquire::Snapshots::URI): by address it works with every version of apt. */
export const snapshotServices: readonly SnapshotService[] = [
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
  /** Addresses that nobody keeps snapshots of: they stay as they are. */
  readonly unpinned: readonly string[];
}

/** The sources of an image, as its distribution's archives were at a moment: `20260501T000000Z`. @throws Failure where one cannot be read */
export function pinSources(files: readonly SourcesFile[], snapshot: string, services: readonly SnapshotService[] = snapshotServices): PinnedSources {
  const sources = parseSources(files).flatMap((source) => source.uris.map((uri) => ({ ...source, uris: [uri] })));
  const pinned = sources.map((source) => ({ source, pinned: tryPin(source, snapshot, services) }));
  return {
    text: formatSources(pinned.map((one) => one.pinned ?? one.source)),
    unpinned: [...new Set(pinned.flatMap((one) => (one.pinned === undefined ? one.source.uris : [])))],
  };
}

function tryPin({ uris: [uri = ''], options, ...rest }: AptSource, snapshot: string, services: readonly SnapshotService[]): AptSource | undefined {
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
    throw new UsageError(`no moment of a snapshot: ${text}`, { mend: 'write 2026-05-01, or 2026-05-01T06:00:00Z' });
  }
  return `${written.replace(/[-:]/g, '')}Z`;
}

interface PackageVersion {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
}

/** The installed packages whose version is in none of the `Packages` files. */
export function findUnpinned<T extends PackageVersion>(installed: readonly T[], indexes: readonly string[]): readonly T[] {
  const known = new Set(indexes.flatMap(listVersions));
  return installed.filter((one) => !known.has(identify(one)));
}

function listVersions(index: string): readonly string[] {
  return index.split(/\n\n+/).map((paragraph) => {
    const valueOf = (field: string): string => new RegExp(`^${field}: (\\S+)`, 'm').exec(paragraph)?.[1] ?? '';
    return identify({ name: valueOf('Package'), version: valueOf('Version'), architecture: valueOf('Architecture') });
  });
}

function identify({ name, version, architecture }: PackageVersion): string {
  return `${name} ${version} ${architecture}`;
}
