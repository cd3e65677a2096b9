import { Failure, type ToolError } from '../platform/errors.js';

/**
 * Output of apt or dpkg that shows why a run failed, and the message for it. Gaps in patterns are bounded, because a
 * package could print a line that makes an unbounded one backtrack for minutes.
 */
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
    pattern: anyOf(
      'NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|Missing key',
      "signatures? (couldn't be verified|were invalid)",
      'is not signed|unauthenticated packages',
    ),
    message: () => 'a package repository of the image has no valid signature',
    fix: 'add its key to the base, and name the key with signed-by in its source',
  },
  {
    pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/,
    message: () => 'a package repository of the image has a Release file that has expired or is not valid yet',
    fix: "check this machine's clock, or ask the maintainers of the repository to update it",
  },
  {
    pattern: /Hash Sum mismatch|File has unexpected size/,
    message: () => 'a package repository of the image is inconsistent: a file does not match its signed checksum',
    fix: 'try again later: the repository may be in the middle of an update',
  },
  {
    pattern: anyOf(
      'Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection',
      'Temporary failure|Connection (failed|timed out)|does not have a Release file',
    ),
    message: () => 'a package repository of the image cannot be reached',
    fix: "check the network, the proxy settings (http_proxy) and the sources in the base's /etc/apt",
  },
  {
    pattern: anyOf(
      String.raw`installed (\S+) package (pre|post)-(\w+) script subprocess returned error`,
      String.raw`new (\S+) package pre-\w+ script subprocess returned error`,
    ),
    message: ([, installed, , , fresh]) => `a maintainer script of the package ${installed ?? fresh ?? ''} failed`,
  },
  {
    pattern: /unmet dependencies|held broken packages/,
    message: () => 'the packages conflict, or have dependencies that cannot be satisfied',
  },
];

/** One pattern, from alternatives that each fit on a line. */
export function anyOf(...patterns: readonly string[]): RegExp {
  return new RegExp(patterns.join('|'));
}

/** Names the cause of a failed apt-get run. `own` are causes that only the caller knows. They take precedence. */
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

/** Starts a few lines before the first one that shows the cause. */
function pickEvidence(lines: readonly string[], pattern: RegExp): readonly string[] {
  const first = lines.findIndex((line) => pattern.test(line));
  return lines.slice(Math.max(0, first - 10)).slice(0, 20);
}
