import type { Argv } from '../../platform/process/command.js';
import type { NamespaceMethod } from '../../platform/process/user-namespaces.js';

/** A network for clones: a bridge, with the address that they reach this side at, and a tap for each. */
export interface WarmNetwork {
  readonly gateway: string;
  readonly prefix: number;
  readonly taps: readonly string[];
}

/** All in a private network, so it can be the same everywhere. */
export const warmNetwork = { gateway: '192.168.249.1', prefix: 24, taps: ['warm-1', 'warm-2'] } as const;

/** The taps belong to whom the VMs run as. sysfs shows the interfaces of the network that it was mounted in. */
const setUp = String.raw`set -e
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
mount -t sysfs none /sys
uid=$1 bridge=$2 address=$3 taps=$4
shift 4
ip link set lo up
ip link add "$bridge" type bridge
ip address add "$address" dev "$bridge"
ip link set "$bridge" up
for tap in $taps; do
  ip tuntap add "$tap" mode tap user "$uid"
  ip link set "$tap" up master "$bridge"
done
"$@"
exit $?`;

/**
 * The command with a network as `WarmNetwork`, and with processes, mounts and interfaces of its own: the kernel removes
 * all of them with the command, however it ends. Nothing on this machine changes.
 */
export function inWarmNetwork(
  argv: Argv,
  method: NamespaceMethod,
  { gateway, prefix, taps }: WarmNetwork = warmNetwork,
  { uid, gid, groups }: ProcessOwner = readOwner(),
): Argv {
  const kinds = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];
  // In a user namespace, this user is root.
  const owner = method === 'user' ? 0 : uid;
  const settings = [String(owner), 'warm', `${gateway}/${prefix}`, taps.join(' ')];
  const script = ['sh', '-c', setUp, 'sh', ...settings];
  switch (method) {
    case 'root':
      return ['unshare', ...kinds, ...script, ...argv];
    case 'user':
      return ['unshare', '--user', '--map-root-user', ...kinds, ...script, ...argv];
    case 'sudo':
      return ['sudo', '-n', '--', 'unshare', ...kinds, ...script, ...asPlainUser({ uid, gid, groups }), ...argv];
  }
}

interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

function readOwner(): ProcessOwner {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0, groups: process.getgroups?.() ?? [] };
}

/** Drops from root to a user, without any capability. */
function asPlainUser({ uid, gid, groups }: ProcessOwner): Argv {
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? '--clear-groups' : `--groups=${groups.join(',')}`,
    '--inh-caps=-all',
    '--bounding-set=-all',
    '--',
  ];
}
