import { Failure, type ToolError } from '../platform/errors.js';

/** apt's words that show a cause, and what it is. Gaps are bounded: a repository may send a line to stall a pattern. */
const causes: readonly { readonly pattern: RegExp; readonly message: string; readonly mend: string }[] = [
  {
    pattern: /NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|EXPSIG|Missing key|signatures? (couldn't be verified|were invalid)|is not signed|unauthenticated/,
    message: 'a package repository of the image has no valid signature', mend: 'put its key into the base, with signed-by in its source',
  },
  {
    pattern: /Release file .{0,500} is expired|is not valid (yet|anymore)/,
    message: 'a package repository of the image is out of date', mend: 'look at this machine\'s clock, or ask who keeps the repository',
  },
  {
    pattern: /Hash Sum mismatch|File has unexpected size/,
    message: 'a package repository of the image is damaged: a file is not the one that was signed', mend: 'try again: it may be in the middle of an update',
  },
  {
    pattern: /Unable to locate package|has no installation candidate|(Version|Release) '[^'\n]{0,500}' for '[^'\n]{0,500}' was not found/,
    message: 'the image\'s repositories do not have a package that is asked for', mend: 'look at the input packages',
  },
  {
    pattern: /Could not (connect|resolve|handshake)|Failed to fetch|Cannot initiate the connection|Temporary failure|Connection (failed|timed out)|does not have a Release file/,
    message: 'a package repository of the image cannot be reached', mend: 'look at the network, a proxy (http_proxy), and the sources in the base\'s /etc/apt',
  },
  {
    pattern: /No space left on device/,
    message: 'the disk is full: the package lists do not fit', mend: 'make room for the work folder and the cache',
  },
];

/** A Failure in the user's words for a run of apt-get. */
export function explainApt(error: ToolError, what: string): Failure {
  const text = error.evidence.join('\n');
  const cause = causes.find(({ pattern }) => pattern.test(text));
  const details = { evidence: error.evidence.slice(-20), cause: error };
  return cause === undefined ? new Failure(`apt-get could not ${what}`, details) : new Failure(cause.message, { ...details, mend: cause.mend });
}
