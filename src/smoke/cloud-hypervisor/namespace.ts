import { Failure } from '../../platform/errors.js';
import type { Command, Processes } from '../../platform/processes.js';
import { nameForbiddingSetting } from '../../platform/user-namespaces.js';

interface Ports {
  readonly processes: Processes;
}

/**
 * The command in a network of its own, where it is root: it can make a tap there, and nothing on the host is changed.
 * The kernel takes the network and all in it away with the last process inside.
 */
export async function inOwnNetwork(argv: Command['argv'], ports: Ports): Promise<Command['argv']> {
  return ['unshare', ...(isRoot() ? [] : ['--user', '--map-root-user']), '--net', '--', ...await dieWithUs(argv, ports)];
}

/** The command in the network of a process that was started by `inOwnNetwork`. */
export async function inNetworkOf(pid: number, argv: Command['argv'], ports: Ports): Promise<Command['argv']> {
  return ['nsenter', `--target=${pid}`, ...(isRoot() ? [] : ['--user', '--preserve-credentials']), '--net', '--', ...await dieWithUs(argv, ports)];
}

/** Why the command did not get a network of its own, by what it wrote; undefined where it did. */
export async function tryExplainNetwork(lines: readonly string[]): Promise<Failure | undefined> {
  if (!lines.some((line) => /^(?:unshare|nsenter): /.test(line))) return undefined;
  const setting = await nameForbiddingSetting();
  return new Failure('this user may not make a user and network namespace, which Cloud Hypervisor\'s smoke VMs need', {
    mend: setting === undefined ? 'run as root, or take vmm: qemu' : `sudo sysctl ${setting}, or run as root`,
    evidence: lines,
  });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * A user namespace changes credentials, which clears the parent-death signal of `Processes`: it is set once more.
 * The program is looked up by us, for the PATH inside may be another.
 */
async function dieWithUs([program, ...rest]: Command['argv'], { processes }: Ports): Promise<Command['argv']> {
  return ['setpriv', '--pdeathsig', 'KILL', '--', await processes.tryFind(program) ?? program, ...rest];
}
