import type { GuestFiles } from '../disk/guest-files.js';
import type { InstalledPackage } from './golden-image.js';

/** The packages that are installed in the image, by name; empty where the image has no dpkg. */
export async function readPackages(files: GuestFiles): Promise<readonly InstalledPackage[]> {
  return parseDpkgStatus(await files.tryReadText('/var/lib/dpkg/status') ?? '');
}

/** Parses dpkg's status file: paragraphs of `Field: value`, of which only installed packages count. */
export function parseDpkgStatus(status: string): readonly InstalledPackage[] {
  return status.split(/\n\n+/)
    .map(parseParagraph)
    .filter((fields) => fields.get('Status')?.endsWith(' installed') === true)
    .map((fields) => ({
      name: fields.get('Package') ?? '',
      version: fields.get('Version') ?? '',
      architecture: fields.get('Architecture') ?? '',
    }))
    .filter(({ name, version }) => name !== '' && version !== '')
    .sort((a, b) => compareTexts(a.name, b.name) || compareTexts(a.architecture, b.architecture));
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function parseParagraph(paragraph: string): ReadonlyMap<string, string> {
  return new Map(paragraph.split('\n')
    .map((line) => /^([A-Za-z-]+): (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, field = '', value = '']) => [field, value]));
}
