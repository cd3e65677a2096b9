import { Failure } from '../platform/errors.js';
import type { Argv } from '../platform/process/command.js';

/** Options for every apt-get run that changes an image. */
export const aptOptions = [
  'Acquire::Retries=3',
  'Acquire::http::Timeout=30',
  'Acquire::https::Timeout=30',
  'DPkg::Lock::Timeout=120',
  'Dpkg::Use-Pty=0',
  // Nobody can answer prompts: keep changed configuration files.
  'Dpkg::Options::=--force-confdef',
  'Dpkg::Options::=--force-confold',
  // The image is discarded after a crash, so dpkg need not sync to disk.
  'Dpkg::Options::=--force-unsafe-io',
  'APT::Install-Recommends=false',
  // Without this, apt treats an unknown name as a regular expression.
  'APT::Cmd::Pattern-Only=true',
].flatMap((option) => ['-o', option]);

/** A repository that fails is an error, not a warning that leaves an old list in use. */
export const updateCommand: Argv = ['apt-get', '-q', ...aptOptions, '-o', 'APT::Update::Error-Mode=any', 'update'];

/** Prints the archive's URL and the file of each package list. */
export const listIndexesCommand: Argv = [
  'apt-get',
  'indextargets',
  '--format',
  '$(REPO_URI)|$(FILENAME)',
  'Created-By: Packages',
];

/** Prints suite, codename and label of each package list. */
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

/** Matches the lines that `listSourcesCommand` prints for security archives. Also valid for grep -E. */
export const securityArchivePattern = /^[^|]*-security\||^[^|]*\|[^|]*-security\||Security[^|]*$/m;

export function hasSecurityArchive(sources: string): boolean {
  return securityArchivePattern.test(sources);
}

/** The command as a dry run: prints what it would download and exits. */
export function asDryRun([program, ...rest]: Argv): Argv {
  return [program, '--print-uris', ...rest];
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** The disk space that apt needs by its own account: for the downloads and for the installed files. */
export function parseNeededBytes(output: string): number {
  const download = /Need to get ([\d,.]+) (\w+)/.exec(output);
  const installed = /After this operation, ([\d,.]+) (\w+) of additional disk space will be used/.exec(output);
  return [download, installed].reduce(
    (sum, match) => sum + (Number((match?.[1] ?? '0').replaceAll(',', '')) || 0) * (units[match?.[2] ?? ''] ?? 0),
    0,
  );
}
