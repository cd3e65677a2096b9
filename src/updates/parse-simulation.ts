import { Failure } from '../platform/errors.js';
import { sanitizeLine } from '../platform/format.js';

/** A package version that an upgrade would install. */
export interface PackageUpdate {
  readonly name: string;
  readonly architecture: string;
  /** Undefined where the package is not installed yet. */
  readonly from?: string;
  readonly to: string;
  /** True where the version, or one between, comes from a security archive. */
  readonly security: boolean;
  /** The archives that have the version, as apt names them: `Debian-Security:12/stable-security`. */
  readonly archive: string;
}

/** Parses what `apt-get --simulate` prints. @throws Failure where it says that it installs what cannot be understood */
export function parseSimulation(output: string): readonly PackageUpdate[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('Inst '))
    .map(parseInstall);
}

/**
 * `Inst name [old version] (new version archive, archive [architecture]) [packages that are broken for the moment]`,
 * the name with `:architecture` where that is not dpkg's own. Source: apt-pkg/algorithms.cc, pkgSimulate.
 */
function parseInstall(line: string): PackageUpdate {
  const match =
    /^Inst ([a-z0-9][a-z0-9.+-]*)(?::[a-z0-9-]+)? (?:\[([\w.+~:-]+)\] )?\(([\w.+~:-]+) (.*)\[([a-z0-9-]+)\]\)(?: \[[^\]]*\])*$/.exec(
      line.trimEnd(),
    );
  if (match === null) throw new Failure(`apt-get printed a line that is not understood: ${sanitizeLine(line, 200)}`);
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

/** `Label:Version/Suite`, more than one divided by commas. Debian has a label and a suite for security, Ubuntu a suite. */
function isSecurityArchive(archive: string): boolean {
  return archive
    .split(', ')
    .some((release) => release.endsWith('-security') || release.split(':')[0]?.includes('Security') === true);
}

/** Whether a Release file is a security archive's. */
export function isSecurityRelease(release: string): boolean {
  return /^((Suite|Codename): .*-security|Label: .*Security.*)$/m.test(release);
}
