import { Failure } from '../platform/errors.js';
import type { Argv } from '../platform/process/command.js';

/** Options of every apt-get that changes an image. */
export const aptOptions = [
  'Acquire::Retries=3',
  'Acquire::http::Timeout=30',
  'Acquire::https::Timeout=30',
  'DPkg::Lock::Timeout=120',
  'Dpkg::Use-Pty=0',
  // Nobody can answer questions: changed configuration is kept.
  'Dpkg::Options::=--force-confdef',
  'Dpkg::Options::=--force-confold',
  // After a crash the image is thrown away: dpkg need not wait for the disk.
  'Dpkg::Options::=--force-unsafe-io',
  'APT::Install-Recommends=false',
  // Otherwise apt takes an unknown name for a regular expression.
  'APT::Cmd::Pattern-Only=true',
].flatMap((option) => ['-o', option]);

/** A repository that fails is an error, not a warning beside an old list. */
export const updateCommand: Argv = ['apt-get', '-q', ...aptOptions, '-o', 'APT::Update::Error-Mode=any', 'update'];

/** Prints the address of the archive, and the file, of each list of packages. */
export const listIndexesCommand: Argv = [
  'apt-get',
  'indextargets',
  '--format',
  '$(REPO_URI)|$(FILENAME)',
  'Created-By: Packages',
];

/** Prints suite, codename and label of each list of packages. */
export const listSourcesCommand: Argv = [
  'apt-get',
  'indextargets',
  '--format',
  '$(SUITE)|$(CODENAME)|$(LABEL)',
  'Created-By: Packages',
];

export function securityArchiveFailure(): Failure {
  return new Failure("the image's package sources have no security archive", {
    fix: "use upgrade: all, or add one to the base's /etc/apt/sources.list.d",
  });
}

/** A line of `listSourcesCommand` that is of a security archive; grep -E reads it too. */
export const securityArchivePattern = /^[^|]*-security\||^[^|]*\|[^|]*-security\||Security[^|]*$/m;

export function hasSecurityArchive(sources: string): boolean {
  return securityArchivePattern.test(sources);
}

/** The same command as a dry run: it prints what it would download, and exits. */
export function asDryRun([program, ...rest]: Argv): Argv {
  return [program, '--print-uris', ...rest];
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes that apt says it needs, for the archives that it gets and for what is in them. */
export function parseNeededBytes(output: string): number {
  const download = /Need to get ([\d,.]+) (\w+)/.exec(output);
  const installed = /After this operation, ([\d,.]+) (\w+) of additional disk space will be used/.exec(output);
  return [download, installed].reduce(
    (sum, match) => sum + (Number((match?.[1] ?? '0').replaceAll(',', '')) || 0) * (units[match?.[2] ?? ''] ?? 0),
    0,
  );
}
