import { Failure } from '../platform/errors.js';
import { quoteText, sanitizeLine } from '../platform/format.js';

/** A package version that an upgrade would install. */
export interface PackageUpdate {
  readonly name: string;
  readonly architecture: string;
  /** Undefined if the package is not installed yet. */
  readonly from?: string;
  readonly to: string;
  /** True if this version, or one between it and the installed one, comes from a security archive. */
  readonly security: boolean;
  /** The archives that have the version, as apt names them: `Debian-Security:12/stable-security`. */
  readonly archive: string;
}

/** Parses the output of `apt-get --simulate`. @throws Failure if it would install something that cannot be parsed */
export function parseSimulation(output: string): readonly PackageUpdate[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('Inst '))
    .map(parseInstall);
}

/**
 * `Inst name [old version] (new version archive, archive [architecture]) [temporarily broken packages]`.
 * The name has `:architecture` if that is not dpkg's native one. Source: apt-pkg/algorithms.cc, pkgSimulate.
 */
const installLine = new RegExp(
  [
    String.raw`^Inst ([a-z0-9][a-z0-9.+-]*)(?::[a-z0-9-]+)? (?:\[([\w.+~:-]+)\] )?`,
    String.raw`\(([\w.+~:-]+) (.*)\[([a-z0-9-]+)\]\)(?: \[[^\]]*\])*$`,
  ].join(''),
);

function parseInstall(line: string): PackageUpdate {
  const match = installLine.exec(line.trimEnd());
  if (match === null) throw new Failure(`unexpected output from apt-get --simulate: ${quoteText(line, 200)}`);
  const [, name = '', from, to = '', releases = '', architecture = ''] = match;
  const archive = sanitizeLine(releases, 200);
  return {
    name,
    architecture,
    ...(from === undefined ? {} : { from }),
    to,
    security: isSecurityArchive(archive),
    archive,
  };
}

/**
 * Archives are `Label:Version/Suite`, separated by commas. Debian marks security by label and suite, Ubuntu by suite.
 */
function isSecurityArchive(archive: string): boolean {
  return archive
    .split(', ')
    .some((release) => release.endsWith('-security') || release.split(':')[0]?.includes('Security') === true);
}

/** Whether a Release file belongs to a security archive. */
export function isSecurityRelease(release: string): boolean {
  return /^((Suite|Codename): .*-security|Label: .*Security.*)$/m.test(release);
}
