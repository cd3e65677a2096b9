import { Failure, type ToolError } from '../platform/errors.js';

/** Words of apt and dpkg that show why a run failed, and what that is called. Gaps are bounded: a package may print a line to stall a pattern. */
export interface AptCause {
  readonly pattern: RegExp;
  readonly message: (match: RegExpExecArray) => string;
  readonly fix?: string;
}

const causes: readonly AptCause[] = [
  {
    pattern: /Unable to locate package (\S+)/,
    message: ([, name]) => `the image's repositories have no package ${name ?? ''}`,
  },
  {
    pattern: /Package '?([^'\s]+)'? has no installation candidate/,
    message: ([, name]) => `the image's repositories have no package ${name ?? ''}`,
  },
  {
    pattern: /(Version|Release) '([^'\n]{1,500})' for '([^'\n]{1,500})' was not found/,
    message: ([, kind, value, name]) =>
      `the image's repositories have no ${kind?.toLowerCase() ?? ''} ${value ?? ''} of ${name ?? ''}`,
  },
  {
    pattern:
      /NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|Missing key|signatures? (couldn't be verified|were invalid)|is not signed|unauthenticated packages/,
    message: () => 'a package repository of the image has no valid signature',
    fix: 'put its key into the base, with signed-by in its source',
  },
  {
    pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/,
    message: () => 'a package repository of the image is out of date',
    fix: "look at this machine's clock, or ask who keeps the repository",
  },
  {
    pattern: /Hash Sum mismatch|File has unexpected size/,
    message: () => 'a package repository of the image is damaged: a file is not the one that was signed',
    fix: 'try again: it may be in the middle of an update',
  },
  {
    pattern:
      /Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection|Temporary failure|Connection (failed|timed out)|does not have a Release file/,
    message: () => 'a package repository of the image cannot be reached',
    fix: "look at the network, a proxy (http_proxy), and the sources in the base's /etc/apt",
  },
  {
    pattern:
      /installed (\S+) package (pre|post)-(\w+) script subprocess returned error|new (\S+) package pre-\w+ script subprocess returned error/,
    message: ([, installed, , , fresh]) => `a maintainer script of the package ${installed ?? fresh ?? ''} failed`,
  },
  {
    pattern: /unmet dependencies|held broken packages/,
    message: () => 'the packages do not fit together: dependencies are not met',
  },
];

/** A Failure in the user's words for a run of apt-get; `own` are causes that only the caller can name, and come first. */
export function aptFailure(error: ToolError, what: string, own: readonly AptCause[]): Failure {
  const text = error.evidence.join('\n');
  for (const { pattern, message, fix } of [...own, ...causes]) {
    const match = pattern.exec(text);
    if (match === null) continue;
    return new Failure(message(match), {
      evidence: pickEvidence(error.evidence, pattern),
      cause: error,
      ...(fix === undefined ? {} : { fix }),
    });
  }
  return new Failure(`apt-get could not ${what}`, { evidence: error.evidence.slice(-20), cause: error });
}

/** From a little before the first line that shows the cause. */
function pickEvidence(lines: readonly string[], pattern: RegExp): readonly string[] {
  const first = lines.findIndex((line) => pattern.test(line));
  return lines.slice(Math.max(0, first - 10)).slice(0, 20);
}
