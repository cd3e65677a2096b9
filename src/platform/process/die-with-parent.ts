import type { Command, Processes } from './processes.js';

/**
 * The kernel ends a process with its parent only where it was told to before the parent died (prctl(2), PR_SET_PDEATHSIG):
 * whoever comes too late has another parent, and ends by itself.
 */
const endOrphan = 'test "$PPID" = "$1" || exit; shift; exec "$@"';
const shell = ['sh', '-c', endOrphan, 'sh'] as const;

/** The programs of `dieWithParent`, for who has to find them first. */
export interface Wrapping {
  readonly setpriv: string;
  readonly sh: string;
}

/** The command, made to end when this process does, however that ends. */
export function dieWithParent(argv: Command['argv'], { setpriv, sh }: Wrapping = { setpriv: 'setpriv', sh: shell[0] }): Command['argv'] {
  return [setpriv, '--pdeathsig', 'KILL', '--', sh, ...shell.slice(1), String(process.pid), ...argv];
}

/**
 * As `dieWithParent`, for a command behind one that changes credentials, as a user namespace does: that clears the parent-death signal of
 * `Processes`, and it is set once more.
 */
export async function dieWithParentInside(argv: Command['argv'], processes: Processes): Promise<Command['argv']> {
  return dieWithParent(await locate(argv, processes));
}

/** The command with its program looked up by us: the PATH inside may be another, and a plain user's often lacks the administrators' folders. */
export async function locate([program, ...rest]: Command['argv'], processes: Processes): Promise<Command['argv']> {
  return [await processes.tryFind(program) ?? program, ...rest];
}

/** What a command is about: the program behind those that only say where and as whom it runs. */
export function programOf([program = '', ...rest]: readonly string[]): string {
  if (rest[1] === endOrphan) return programOf(rest.slice(shell.length));
  const behind = rest.indexOf('--') + 1;
  return behind > 0 && behind < rest.length && /(^|\/)(sudo|unshare|nsenter|setpriv)$/.test(program) ? programOf(rest.slice(behind)) : program;
}
