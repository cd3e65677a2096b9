import type { Argv } from './command.js';

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
export function withParentDeathSignal(
  argv: Argv,
  { setpriv, sh }: Wrapping = { setpriv: 'setpriv', sh: shell[0] },
): Argv {
  return [setpriv, '--pdeathsig', 'KILL', '--', sh, ...shell.slice(1), String(process.pid), ...argv];
}

/** What a command is about: the program behind those that only say where and as whom it runs. */
export function programOf([program = '', ...rest]: readonly string[]): string {
  if (rest[1] === endOrphan) return programOf(rest.slice(shell.length));
  const behind = rest.indexOf('--') + 1;
  return behind > 0 && behind < rest.length && /(^|\/)(sudo|unshare|nsenter|setpriv)$/.test(program)
    ? programOf(rest.slice(behind))
    : program;
}
