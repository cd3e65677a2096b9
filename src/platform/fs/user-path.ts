import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { UsageError } from '../errors.js';
import { quoteText } from '../format.js';

export interface UserPathOptions {
  /** What messages call the value, e.g. `store` or `work-folder`. */
  readonly name: string;
  /** What a relative path starts from. Default: the current directory. */
  readonly base?: string | undefined;
  /** What `~` stands for. Default: the user's home directory. */
  readonly home?: string | undefined;
}

/** One slash is not a URL's `://`, but nobody names a directory `s3:` or `C:` on purpose. */
const scheme = /^[a-z][a-z0-9+.-]*:[/\\]/i;
/** `$NAME`, `${NAME}`, `${{ … }}`, `$(…)` and `%NAME%`; not `%C3%A4`, which is an encoded character. */
const variable = /\$\{\{.*?(?:\}\}|$)|\$\{[^}]*\}?|\$\([^)]*\)?|\$[a-z_]\w*|%(?![0-9a-f]{2})[a-z_]\w*%/i;

/**
 * Parses a path as users write it in a workflow or on a command line, where no shell may have expanded it: returns an
 * absolute path. @throws UsageError for text that looks like a URL, a variable or another user's home
 */
export function parseUserPath(text: string, { name, base, home }: UserPathOptions): string {
  const shown = `${name} ${quoteText(text)}`;
  if (text === '') throw new UsageError(`${name} is empty`, { fix: `set ${name} to a path` });
  if (text.includes('\0')) throw new UsageError(`${shown}: a path cannot contain a NUL character`);
  assertExpanded(text, shown);
  if (!text.startsWith('~')) return resolve(base ?? process.cwd(), text);
  const [user, ...rest] = text.split('/');
  if (user !== '~') {
    throw new UsageError(`${shown}: ${quoteText(user ?? '')} was not expanded`, {
      fix: `write the path itself, or ./${text} if a directory is named that`,
    });
  }
  return join(home ?? findHome(shown), ...rest);
}

function assertExpanded(text: string, shown: string): void {
  const [unexpanded] = variable.exec(text) ?? [];
  if (unexpanded !== undefined) {
    throw new UsageError(`${shown}: ${quoteText(unexpanded)} was not expanded`, {
      fix: unexpanded.startsWith('${{')
        ? 'write the path itself: expressions are evaluated in workflow files only'
        : 'write the path itself, or use double quotes if a shell is to expand the variable',
    });
  }
  const [prefix] = scheme.exec(text) ?? [];
  if (prefix !== undefined) {
    throw new UsageError(`${shown} looks like a URL, but must be a path`, {
      fix: `write the path itself, or ./${text} if a directory is named ${quoteText(prefix.slice(0, -1))}`,
    });
  }
}

function findHome(shown: string): string {
  try {
    return homedir();
  } catch (cause) {
    throw new UsageError(`${shown}: this user has no home directory`, {
      fix: 'write the path itself, or set HOME',
      cause,
    });
  }
}
