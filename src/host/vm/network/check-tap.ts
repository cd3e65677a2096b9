import type { Processes } from '../../../platform/process/processes.js';
import type { HostPorts } from '../../ports.js';
import type { VmFinding } from '../findings.js';
import type { Machine, NetworkInterface, TapSettings } from '../machine.js';
import { deleteCommand, formatForRoot, tapCommands, type NewTap, type TapOwner } from './tap-commands.js';

export type TapPorts = Pick<HostPorts, 'processes'> & { readonly machine: Machine };

/** Why a VM of this owner cannot attach to a tap; undefined if it can. */
export async function tryFindTapProblem(request: NewTap, ports: TapPorts): Promise<VmFinding | undefined> {
  const { tap, owner } = request;
  const found = await ports.machine.tryReadInterface(tap);
  const create = formatForRoot(tapCommands(request));
  if (found === undefined) return { problem: `tap ${tap} does not exist`, fix: create };
  if (found.tap === undefined) {
    return {
      problem: `interface ${tap} is not a tap`,
      fix: `use a different name: ${formatForRoot(tapCommands({ ...request, tap: 'TAP' }))}`,
    };
  }
  if (found.hasCarrier) return findAttached(tap, ports.machine);
  const problem = await tryFindOwnerProblem(tap, found.tap, owner, ports);
  if (problem !== undefined) return { problem, fix: formatRecreate(request, found) };
  // A VMM that root runs as root sets it up.
  if (found.isUp || owner.uid === 0) return undefined;
  return { problem: `tap ${tap} is down`, fix: formatForRoot([['ip', 'link', 'set', tap, 'up']]) };
}

async function findAttached(tap: string, machine: Machine): Promise<VmFinding> {
  const pid = await machine.tryFindTapUser(tap);
  if (pid === undefined) {
    return { problem: `tap ${tap} is in use by another process`, fix: 'use a different tap, or stop that process' };
  }
  const fix = `use a different tap, or stop that process: ps -fp ${pid}`;
  return { problem: `tap ${tap} is in use by process ${pid}`, fix };
}

/** The rules of the kernel: tun_not_capable in drivers/net/tun.c. A tap without owner and group is everybody's. */
async function tryFindOwnerProblem(
  tap: string,
  settings: TapSettings,
  { uid, name }: TapOwner,
  { processes }: TapPorts,
): Promise<string | undefined> {
  if (settings.isMultiQueue) return `tap ${tap} has several queues, and VMs use one`;
  if (uid === 0) return undefined;
  if (settings.owner !== undefined && settings.owner !== uid)
    return `tap ${tap} belongs to user ${settings.owner}, and the VM runs as user ${uid} (${name})`;
  if (settings.group === undefined) return undefined;
  if ((await listGroups({ uid, name }, processes)).includes(settings.group)) return undefined;
  return `tap ${tap} belongs to group ${settings.group}, and user ${uid} (${name}) is not in it`;
}

async function listGroups({ uid, name }: TapOwner, processes: Processes): Promise<readonly number[]> {
  if (uid === process.geteuid?.()) return [process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])];
  const { stdout } = await processes.run({ argv: ['id', '--groups', '--', name], timeoutMs: 30_000 });
  return stdout.trim().split(' ').map(Number);
}

/** The owner of a tap cannot be changed. */
function formatRecreate(request: NewTap, { bridge, mtu }: NetworkInterface): string {
  return formatForRoot([deleteCommand(request.tap), ...tapCommands({ ...request, bridge, mtu })]);
}
