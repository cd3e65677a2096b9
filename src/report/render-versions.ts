import { formatAge, formatBytes } from '../platform/format.js';
import type { Builder, Manifest } from '../store/documents/manifest.js';
import type { Column } from './render-table.js';

/** A version in a store. One of `manifest` and `problem` is set. */
export interface ListedVersion {
  readonly version: number;
  readonly channels: readonly string[];
  /** Why it was revoked, if it was. */
  readonly revoked: string | undefined;
  readonly manifest?: Manifest | undefined;
  /** Why its manifest cannot be read. */
  readonly problem?: string | undefined;
}

type Listed = Column<ListedVersion>;

/** In the order of their importance: if the terminal is narrow, the last ones are left out. */
export function versionColumns(image: string, now: number): readonly Listed[] {
  const of =
    (value: (manifest: Manifest) => string | undefined): Listed['of'] =>
    ({ manifest }) =>
      manifest === undefined ? undefined : value(manifest);
  return [
    { title: 'VERSION', of: ({ version }) => `${image}.${version}` },
    { title: 'CHANNELS', of: formatChannels },
    { title: 'CREATED', of: of(({ created }) => created.slice(0, 'YYYY-MM-DD'.length)) },
    { title: 'AGE', of: of(({ created }) => formatAge(now - Date.parse(created))), alignsRight: true },
    { title: 'SIZE', of: of((manifest) => formatBytes(imageBytes(manifest))), alignsRight: true },
    { title: 'DAEMON', of: of(({ daemon }) => daemon.version) },
    { title: 'KERNEL', of: of(({ kernel }) => kernel.version) },
    { title: 'BASE', of: of(({ base }) => base.serial) },
    { title: 'FIXES', of: of(formatFixes), alignsRight: true },
    { title: 'COMMIT', of: of(({ builder }) => builder.commit?.slice(0, 7)) },
    { title: 'RUN', of: of(({ builder }) => builder.run) },
  ];
}

/** What needs attention, one line each. */
export function noteVersions(versions: readonly ListedVersion[], image: string): readonly string[] {
  return versions.flatMap(({ version, revoked, problem }) => [
    ...(revoked === undefined ? [] : [`${image}.${version} is revoked: ${revoked}`]),
    ...(problem === undefined ? [] : [`${image}.${version} is damaged: ${problem}`]),
  ]);
}

/** `a1b2c3d of github.com/acme/images, https://…`; undefined if it was not built in a repository. */
export function formatBuiltBy({ repository, commit, run }: Builder): string | undefined {
  const source = [commit?.slice(0, 12), repository].filter((part) => part !== undefined).join(' of ');
  const parts = [source, run].filter((part) => part !== undefined && part !== '');
  return parts.length === 0 ? undefined : parts.join(', ');
}

/** How many packages got security updates since the previous version. A manifest lists only the first changes. */
export function formatFixes({ changes }: Pick<Manifest, 'changes'>): string | undefined {
  if (changes === undefined) return undefined;
  const { first, added, removed, changed } = changes.packages;
  const fixes = first.filter(({ security }) => security === true).length;
  return fixes === first.length && added + removed + changed > fixes ? `${fixes}+` : String(fixes);
}

function formatChannels({ channels, revoked }: ListedVersion): string | undefined {
  const words = [...channels, ...(revoked === undefined ? [] : ['REVOKED'])];
  return words.length === 0 ? undefined : words.join(', ');
}

function imageBytes({ files }: Manifest): number {
  return files.find(({ role }) => role === 'image')?.size ?? 0;
}
