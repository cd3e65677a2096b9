import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withParentDeathSignalInside, resolveProgram } from '../../platform/process/inside-namespace.js';
import type { Command } from '../../platform/process/processes.js';
import type { Session } from '../../platform/session.js';
import { namespaceCommand, type NamespaceMethod } from '../../platform/process/user-namespaces.js';

type Ports = Pick<Session, 'processes'>;

/** A part of the argument of `Processes.start`. */
export type Enclosed = Pick<Command, 'argv' | 'holdInput'>;

/** A process in a separate network namespace: how it was created, the PID that was started, and its directory. */
export interface Enclosure {
  readonly way: NamespaceMethod;
  readonly pid: number;
  readonly directory: string;
}

type Argv = Command['argv'];

const pidFile = 'vmm.pid';

/**
 * The command in a new network namespace, where it may create a tap. Nothing on the host changes: the kernel removes
 * the namespace with its last process. Under sudo the command still runs as the user, with that one capability.
 */
export async function inOwnNetwork(argv: Argv, way: NamespaceMethod, ports: Ports): Promise<Enclosed> {
  const enter: Argv = [...namespaceCommand('network', way), '--'];
  if (way !== 'sudo') return { argv: [...enter, ...(await withParentDeathSignalInside(argv, ports.processes))] };
  const writePid = ['sh', '-c', `echo $$ >${pidFile}; exec "$@"`, 'sh'];
  return {
    argv: [...enter, ...asUser(['+net_admin']), ...writePid, ...(await resolveProgram(argv, ports.processes))],
    holdInput: true,
  };
}

/** The command in the network of a process started by `inOwnNetwork`, as the user. */
export async function inNetworkOf(enclosure: Enclosure, argv: Argv, ports: Ports): Promise<Enclosed> {
  const enter = await enterNetwork(enclosure);
  return enclosure.way === 'sudo'
    ? { argv: [...enter, ...asUser([]), ...(await resolveProgram(argv, ports.processes))], holdInput: true }
    : { argv: [...enter, ...(await withParentDeathSignalInside(argv, ports.processes))] };
}

/** The prefix of a command that changes that network. */
export async function enterNetwork(enclosure: Enclosure): Promise<Argv> {
  const target = `--target=${await getPidInside(enclosure)}`;
  switch (enclosure.way) {
    case 'root':
      return ['nsenter', target, '--net', '--'];
    case 'user':
      return ['nsenter', target, '--user', '--preserve-credentials', '--net', '--'];
    case 'sudo':
      return ['sudo', '-n', 'nsenter', target, '--net', '--'];
  }
}

/** The process that was started, or, if that is sudo, the one that sudo started inside. */
export async function getPidInside({ way, pid, directory }: Enclosure): Promise<number> {
  return way === 'sudo' ? Number(await readFile(join(directory, pidFile), 'utf8')) : pid;
}

/**
 * A process started through sudo gets no parent-death signal, and we may not signal sudo. Instead, a watcher next to
 * the command waits for the end of the standard input that we hold open, and kills the process group. sudo then exits.
 */
const watched = `exec 3<&0 </dev/null
{ trap '' HUP INT TERM; read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &
exec "$@" 3<&-`;

/** Drops from root to this user, with only these capabilities. */
function asUser(capabilities: readonly string[]): Argv {
  const groups = process.getgroups?.() ?? [];
  const only = ['-all', ...capabilities].join(',');
  return [
    'setpriv',
    `--reuid=${process.getuid?.()}`,
    `--regid=${process.getgid?.()}`,
    ...(groups.length === 0 ? ['--clear-groups'] : [`--groups=${groups.join(',')}`]),
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
    `--bounding-set=${only}`,
    '--',
    'sh',
    '-c',
    watched,
    'sh',
  ];
}
