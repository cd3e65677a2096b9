import type { Argv } from './command.js';

/**
 * The kernel kills a process with its parent only if the signal was set before the parent died (prctl(2),
 * PR_SET_PDEATHSIG). A process that was too late has a different parent, and exits.
 */
const exitIfOrphaned = 'test "$PPID" = "$1" || exit; shift; exec "$@"';
const shell = ['sh', '-c', exitIfOrphaned, 'sh'] as const;

/** The programs of `withParentDeathSignal`, for callers that look them up first. */
export interface Wrapping {
  readonly setpriv: string;
  readonly sh: string;
}

/** A command that is killed when this process exits, even by SIGKILL. */
export function withParentDeathSignal(
  argv: Argv,
  { setpriv, sh }: Wrapping = { setpriv: 'setpriv', sh: shell[0] },
): Argv {
  return [setpriv, '--pdeathsig', 'KILL', '--', sh, ...shell.slice(1), String(process.pid), ...argv];
}

/** The program that a command runs in the end, without those that set its user and namespaces. */
export function programOf([program = '', ...rest]: readonly string[]): string {
  if (rest[1] === exitIfOrphaned) return programOf(rest.slice(shell.length));
  const behind = rest.indexOf('--') + 1;
  return behind > 0 && behind < rest.length && /(^|\/)(sudo|unshare|nsenter|setpriv)$/.test(program)
    ? programOf(rest.slice(behind))
    : program;
}
