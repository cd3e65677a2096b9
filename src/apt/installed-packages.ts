import type { GuestFiles } from '../disk/guest-files.js';

/** An installed Debian package, as in dpkg's status file. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** The source package, if its name or version differs. */
  readonly source?: { readonly name: string; readonly version: string };
}

/** The image's installed packages, sorted by name; empty if the image has no dpkg. */
export async function readPackages(files: GuestFiles): Promise<readonly InstalledPackage[]> {
  return parseDpkgStatus((await files.tryReadText('/var/lib/dpkg/status')) ?? '');
}

/** Parses dpkg's status file: paragraphs of `Field: value`. Only installed packages are returned. */
export function parseDpkgStatus(status: string): readonly InstalledPackage[] {
  return status
    .split(/\n\n+/)
    .map(parseParagraph)
    .filter((fields) => fields.get('Status')?.endsWith(' installed') === true)
    .map(toPackage)
    .filter(({ name, version }) => name !== '' && version !== '')
    .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.architecture, b.architecture));
}

function toPackage(fields: ReadonlyMap<string, string>): InstalledPackage {
  const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map((field) =>
    fields.get(field),
  );
  // `openssl`, or `openssl (3.0.15-1)` if the version differs: deb-control(5).
  const [, sourceName, sourceVersion = version] = /^(\S+)(?: \((\S+)\))?$/.exec(fields.get('Source') ?? '') ?? [];
  return {
    name,
    version,
    architecture,
    ...(sourceName === undefined ? {} : { source: { name: sourceName, version: sourceVersion } }),
  };
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function parseParagraph(paragraph: string): ReadonlyMap<string, string> {
  return new Map(
    paragraph
      .split('\n')
      .map((line) => /^([A-Za-z-]+): (.*)$/.exec(line))
      .filter((match) => match !== null)
      .map(([, field = '', value = '']) => [field, value]),
  );
}
