import { Failure, type ToolError } from '../platform/errors.js';

/** A program and its arguments. */
export type Argv = readonly [program: string, ...args: string[]];

/** What every apt-get that changes an image is run with. */
export const aptOptions = [
  'Acquire::Retries=3',
  'Acquire::http::Timeout=30',
  'Acquire::https::Timeout=30',
  'DPkg::Lock::Timeout=120',
  'Dpkg::Use-Pty=0',
  // Nobody is there to ask: configuration that was changed stays.
  'Dpkg::Options::=--force-confdef',
  'Dpkg::Options::=--force-confold',
  // After a crash the image is thrown away: dpkg need not wait for the disk.
  'Dpkg::Options::=--force-unsafe-io',
  'APT::Install-Recommends=false',
  // A name is a name: else one that is unknown is taken for a regular expression.
  'APT::Cmd::Pattern-Only=true',
].flatMap((option) => ['-o', option]);

/** A repository that fails is an error, not a warning beside an old list. */
export const updateCommand: Argv = ['apt-get', '-q', ...aptOptions, '-o', 'APT::Update::Error-Mode=any', 'update'];

/** Prints the address of the archive, and the file, of each list of packages. */
export const listIndexesCommand: Argv = ['apt-get', 'indextargets', '--format', '$(REPO_URI)|$(FILENAME)', 'Created-By: Packages'];

/** Prints suite, codename and label of each list of packages. */
export const listSourcesCommand: Argv = ['apt-get', 'indextargets', '--format', '$(SUITE)|$(CODENAME)|$(LABEL)', 'Created-By: Packages'];

export function refuseWithoutSecurityArchive(): Failure {
  return new Failure('the image\'s package sources have no security archive', { mend: 'use upgrade: all, or add one to the base\'s /etc/apt/sources.list.d' });
}

/** A line of `listSourcesCommand` that is of a security archive; grep -E reads it too. */
export const securityArchivePattern = /^[^|]*-security\||^[^|]*\|[^|]*-security\||Security[^|]*$/m;

export function hasSecurityArchive(sources: string): boolean {
  return securityArchivePattern.test(sources);
}

/** The same command, saying what it would do: it names what it would get, and ends. */
export function withoutDoing([program, ...rest]: Argv): Argv {
  return [program, '--print-uris', ...rest];
}

const units: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes that apt says it needs, for the archives that it gets and for what is in them. */
export function parseNeeded(output: string): number {
  const download = /Need to get ([\d,.]+) (\w+)/.exec(output);
  const installed = /After this operation, ([\d,.]+) (\w+) of additional disk space will be used/.exec(output);
  return [download, installed].reduce((sum, match) => sum + (Number((match?.[1] ?? '0').replaceAll(',', '')) || 0) * (units[match?.[2] ?? ''] ?? 0), 0);
}

export const fullDiskMessage = 'the image\'s disk is full: the packages do not fit';

/** apt's and dpkg's words that show a cause, and what it is. Gaps are bounded: a package may print a line to stall a pattern. */
const causes: readonly { readonly pattern: RegExp; readonly message: (match: RegExpExecArray) => string; readonly mend?: string }[] = [
  {
    pattern: /No space left on device|You don't have enough free space/,
    // What helps depends on the disk: see `explainFullDisk`.
    message: () => fullDiskMessage,
  },
  {
    pattern: /Input\/output error|Read-only file system/,
    message: () => 'the image\'s disk could not be written', mend: 'look whether the work folder\'s filesystem is full',
  },
  { pattern: /Unable to locate package (\S+)/, message: ([, name]) => `the image's repositories have no package ${name ?? ''}` },
  { pattern: /Package '?([^'\s]+)'? has no installation candidate/, message: ([, name]) => `the image's repositories have no package ${name ?? ''}` },
  { pattern: /Version '([^'\n]{1,500})' for '([^'\n]{1,500})' was not found/, message: ([, version, name]) => `the image's repositories have no version ${version ?? ''} of ${name ?? ''}` },
  {
    pattern: /NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|signatures? (couldn't be verified|were invalid)|is not signed|unauthenticated packages/,
    message: () => 'a package repository of the image has no valid signature', mend: 'put its key into the base, with signed-by in its source',
  },
  { pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/, message: () => 'a package repository of the image is out of date', mend: 'look at this machine\'s clock, or ask who keeps the repository' },
  { pattern: /Hash Sum mismatch|File has unexpected size/, message: () => 'a package repository of the image is damaged: a file is not the one that was signed', mend: 'try again: it may be in the middle of an update' },
  {
    pattern: /Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection|Temporary failure|Connection (failed|timed out)|does not have a Release file/,
    message: () => 'a package repository of the image cannot be reached', mend: 'look at the network, a proxy, and the sources in the base\'s /etc/apt',
  },
  {
    pattern: /installed (\S+) package (pre|post)-(\w+) script subprocess returned error|new (\S+) package pre-\w+ script subprocess returned error/,
    message: ([, installed, , , fresh]) => `a maintainer script of the package ${installed ?? fresh ?? ''} failed`,
  },
  { pattern: /unmet dependencies|held broken packages/, message: () => 'the packages do not fit together: dependencies are not met' },
];

/** A Failure in the user's words for a run of apt-get. */
export function explainApt(error: ToolError, what: string): Failure {
  const text = error.evidence.join('\n');
  for (const { pattern, message, mend } of causes) {
    const match = pattern.exec(text);
    if (match === null) continue;
    return new Failure(message(match), { evidence: pickEvidence(error.evidence, pattern), cause: error, ...(mend === undefined ? {} : { mend }) });
  }
  return new Failure(`apt-get could not ${what}`, { evidence: error.evidence.slice(-20), cause: error });
}

/** From a little before the first line that shows the cause. */
function pickEvidence(lines: readonly string[], pattern: RegExp): readonly string[] {
  const first = lines.findIndex((line) => pattern.test(line));
  return lines.slice(Math.max(0, first - 10)).slice(0, 20);
}
