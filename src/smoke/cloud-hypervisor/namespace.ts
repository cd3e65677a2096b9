import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withParentDeathSignalInside, resolveProgram } from '../../platform/process/inside-namespace.js';
import type { Command, Processes } from '../../platform/process/processes.js';
import { namespaceCommand, type NamespaceMethod } from '../../platform/process/user-namespaces.js';

interface Ports {
  readonly processes: Processes;
}

/** What to give to `Processes.start`. */
export type Enclosed = Pick<Command, 'argv' | 'holdInput'>;

/** A process in a network of its own: how it came there, what was started, and the directory it runs in. */
export interface Enclosure {
  readonly way: NamespaceMethod;
  readonly pid: number;
  readonly directory: string;
}

type Argv = Command['argv'];

const pidFile = 'vmm.pid';

/**
 * The command in a network of its own, where it may make a tap: nothing on the host is changed. The kernel takes the
 * network and all in it away with the last process inside. Under sudo the command is the user's all the same, with that one right.
 */
export async function inOwnNetwork(argv: Argv, way: NamespaceMethod, ports: Ports): Promise<Enclosed> {
  const enter: Argv = [...namespaceCommand('network', way), '--'];
  if (way !== 'sudo') return { argv: [...enter, ...(await withParentDeathSignalInside(argv, ports.processes))] };
  const tellPid = ['sh', '-c', `echo $$ >${pidFile}; exec "$@"`, 'sh'];
  return {
    argv: [...enter, ...asUser(['+net_admin']), ...tellPid, ...(await resolveProgram(argv, ports.processes))],
    holdInput: true,
  };
}

/** The command in the network of a process that was started by `inOwnNetwork`, as the user. */
export async function inNetworkOf(enclosure: Enclosure, argv: Argv, ports: Ports): Promise<Enclosed> {
  const enter = await enterNetwork(enclosure);
  return enclosure.way === 'sudo'
    ? { argv: [...enter, ...asUser([]), ...(await resolveProgram(argv, ports.processes))], holdInput: true }
    : { argv: [...enter, ...(await withParentDeathSignalInside(argv, ports.processes))] };
}

/** What lets a command that follows change that network. */
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

/** What was started is the process itself, or sudo, which stays outside. */
export async function getPidInside({ way, pid, directory }: Enclosure): Promise<number> {
  return way === 'sudo' ? Number(await readFile(join(directory, pidFile), 'utf8')) : pid;
}

/**
 * Of a parent that dies, a process behind sudo is not told, and sudo itself is not ours to signal: a watcher beside the
 * command waits for the end of the standard input that we hold open, and ends its process group, sudo excepted, which then ends too.
 */
const watched = `exec 3<&0 </dev/null
{ trap '' HUP INT TERM; read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &
exec "$@" 3<&-`;

/** From root back to the user that we are, with these capabilities alone. */
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
