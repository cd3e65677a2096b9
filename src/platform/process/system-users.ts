import { Failure, ToolError, UsageError } from '../errors.js';
import { quoteText } from '../format.js';
import type { Command, Processes } from './processes.js';

/** A user of this machine. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  /** Its primary group. */
  readonly gid: number;
}

interface Ports {
  readonly processes: Processes;
}

/** getent(1): a key was not found. */
const notFound = 2;
/** -1 means "no change" in chown(2). */
const maxId = 2 ** 32 - 2;
const longestLine = 4096;

/** A name that no program mistakes for an option or an id. */
export const userName = /^[A-Za-z_][A-Za-z0-9_.-]{0,31}$/;

/** Never a number, for which getent looks up an id. @throws UsageError */
export function parseUserName(name: string): string {
  if (userName.test(name)) return name;
  throw new UsageError(`user name ${quoteText(name)} is invalid`, {
    fix: 'use the name of a system user, such as ch-golden',
  });
}

/** Looks up a user, also in directories such as LDAP; undefined if there is none. @throws UsageError, Failure */
export async function tryFindUser(name: string, { processes }: Ports): Promise<SystemUser | undefined> {
  parseUserName(name);
  try {
    const { stdout } = await processes.run({ argv: ['getent', 'passwd', name], timeoutMs: 30_000 });
    return parseUser(stdout, name);
  } catch (error) {
    if (error instanceof ToolError && error.exitCode === notFound) return undefined;
    throw error;
  }
}

/** Parses a line of passwd(5). @throws Failure if it is not one of this user */
export function parseUser(text: string, name: string): SystemUser {
  const [line = '', ...rest] = text.length > longestLine ? [] : text.trimEnd().split('\n');
  const fields = line.split(':');
  const [uid, gid] = fields.slice(2, 4).map(parseId);
  if (fields.length === 7 && rest.length === 0 && fields[0] === name && uid !== undefined && gid !== undefined)
    return { name, uid, gid };
  throw new Failure(`user ${quoteText(name)} cannot be looked up: getent printed ${quoteText(text)}`);
}

function parseId(text: string): number | undefined {
  const id = /^(0|[1-9]\d{0,9})$/.test(text) ? Number(text) : undefined;
  return id !== undefined && id <= maxId ? id : undefined;
}

/**
 * A prefix that runs a command as a user, with that user's groups and without any privilege, present or gained later.
 */
export function asUser({ uid, gid }: SystemUser): Command['argv'] {
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--init-groups',
    '--no-new-privs',
    '--inh-caps=-all',
    '--ambient-caps=-all',
    '--bounding-set=-all',
    '--reset-env',
    '--',
  ];
}

/** The first of the files that the user cannot read; undefined if it can read them all. */
export async function tryFindUnreadable(
  user: SystemUser,
  files: readonly string[],
  { processes }: Ports,
): Promise<string | undefined> {
  const script = 'for file; do test -r "$file" || { printf %s "$file"; exit 0; }; done';
  const { stdout } = await processes.run({
    argv: [...asUser(user), 'sh', '-c', script, 'sh', ...files],
    timeoutMs: 30_000,
  });
  return stdout === '' ? undefined : stdout;
}
