import { realpath } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { Failure, ToolError } from '../../../platform/errors.js';
import { sanitizeLine } from '../../../platform/format.js';
import type { OwnedDirectory } from '../../../platform/fs/owned-directory.js';
import type { SystemUser } from '../../../platform/process/system-users.js';
import type { Argv } from '../../../platform/process/command.js';
import type { HostPorts } from '../../ports.js';
import type { VmFinding } from '../findings.js';
import { systemMachine, type Machine } from '../machine.js';
import { readVmRecord, type VmRecord } from '../vm-record.js';
import { bridgeTapName } from './bridge-tap-name.js';
import { tryFindTapProblem, type TapPorts } from './check-tap.js';
import { deleteCommand, formatForRoot, tapCommands, toTapOwner, type NewTap, type TapOwner } from './tap-commands.js';

/** The tap of a VM with `--bridge`. It is created when the VM starts, and deleted when it stops. */
export interface BridgeTap {
  readonly vmName: string;
  readonly bridge: string;
  readonly tap: string;
  readonly owner: TapOwner;
  /** That of the guest. */
  readonly macAddress: string;
}

/** Why nothing can be attached to a bridge; undefined if it can. */
export async function tryFindBridgeProblem(bridge: string, machine: Machine): Promise<VmFinding | undefined> {
  const found = await machine.tryReadInterface(bridge);
  const setUp: Argv = ['ip', 'link', 'set', bridge, 'up'];
  if (found === undefined) {
    const fix = formatForRoot([['ip', 'link', 'add', bridge, 'type', 'bridge'], setUp]);
    return { problem: `bridge ${bridge} does not exist`, fix };
  }
  if (!found.isBridge)
    return { problem: `interface ${bridge} is not a bridge`, fix: 'list them: ip link show type bridge' };
  return found.isUp ? undefined : { problem: `bridge ${bridge} is down`, fix: formatForRoot([setUp]) };
}

/** Why a VM cannot be attached to its bridge; undefined if it can. Root creates what is missing. */
export async function tryFindAttachProblem(
  request: BridgeTap,
  ports: TapPorts,
  self = process.geteuid?.() ?? 0,
): Promise<VmFinding | undefined> {
  const problem = await tryFindBridgeProblem(request.bridge, ports.machine);
  if (problem !== undefined) return problem;
  const found = await ports.machine.tryReadInterface(request.tap);
  if (self === 0 && (found === undefined || (found.tap !== undefined && !found.hasCarrier))) return undefined;
  const wanted = await complete(request, ports.machine);
  const tapProblem = await tryFindTapProblem(wanted, ports);
  if (tapProblem !== undefined || found?.bridge === request.bridge) return tapProblem;
  return {
    problem: `tap ${request.tap} is not a port of bridge ${request.bridge}`,
    fix: formatForRoot(tapCommands(wanted).slice(1)),
  };
}

async function complete(request: BridgeTap, machine: Machine): Promise<NewTap> {
  const { vmName, macAddress } = request;
  // A bridge without an address takes the lowest of its ports: that of a VM must not be it, since it comes and goes.
  const address = `${macAddress.startsWith('fe') ? 'fa' : 'fe'}${macAddress.slice(2)}`;
  const mtu = (await machine.tryReadInterface(request.bridge))?.mtu;
  return { ...request, alias: `ch-golden VM ${vmName}`, address, mtu };
}

/**
 * Creates the tap and attaches it to the bridge, if root runs this. A tap that a killed command or a crashed VM left is
 * reused.
 * @throws Failure
 */
async function attachToBridge(request: BridgeTap, ports: TapPorts): Promise<void> {
  if (process.geteuid?.() !== 0) return;
  const { tap, owner, bridge } = request;
  const [add, set] = tapCommands(await complete(request, ports.machine)) as [Argv, Argv];
  const left = (await ports.machine.tryReadInterface(tap))?.tap;
  const isUsable = left?.owner === owner.uid && left.group === undefined && !left.isMultiQueue;
  const missing = isUsable ? [] : [...(left === undefined ? [] : [deleteCommand(tap)]), add];
  try {
    for (const argv of [...missing, set]) await ports.processes.run({ argv, timeoutMs: 30_000 });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw new Failure(`cannot attach tap ${tap} to bridge ${bridge}: ${error.message}`, {
      fix: `as root, or in a container with CAP_NET_ADMIN: ${formatForRoot([add, set], 0)}`,
      evidence: error.evidence,
      cause: error,
    });
  }
}

/** Does `work`, which starts a VM, with its tap attached to its bridge. If that fails, the tap is deleted again. */
export async function withBridgeTap<T>(
  { name, tap, bridge, macAddress }: Pick<VmRecord, 'name' | 'tap' | 'bridge' | 'macAddress'>,
  { directory, user }: { readonly directory: OwnedDirectory; readonly user: SystemUser | undefined },
  ports: Pick<HostPorts, 'processes' | 'log' | 'machine'>,
  work: () => Promise<T>,
): Promise<T> {
  if (tap === undefined || bridge === undefined) return work();
  const { processes, machine = systemMachine(processes) } = ports;
  try {
    await attachToBridge({ vmName: name, tap, bridge, macAddress, owner: toTapOwner(user) }, { processes, machine });
    return await work();
  } catch (error) {
    await removeBridgeTap(directory, ports);
    throw error;
  }
}

/** Deletes the tap of a VM that has stopped. It is no error if that fails: the next start reuses the tap. */
export async function removeBridgeTap(
  { path }: Pick<OwnedDirectory, 'path'>,
  { processes, log, machine = systemMachine(processes) }: Pick<HostPorts, 'processes' | 'log' | 'machine'>,
): Promise<void> {
  const [root, name] = [dirname(dirname(path)), basename(path)];
  const vm = await readVmRecord(root, name).catch(() => undefined);
  // Without a readable record, it can still have one. With one, the root may have had a different path.
  const tap = vm === undefined ? bridgeTapName(await realpath(root), name) : vm.tap;
  if (tap === undefined || (vm !== undefined && vm.bridge === undefined)) return;
  const found = await machine.tryReadInterface(tap);
  if (found?.tap === undefined || found.hasCarrier) return;
  const argv = deleteCommand(tap);
  if (process.geteuid?.() !== 0) {
    log.info(`Kept tap ${tap} of ${name} for the next start. To delete it: ${formatForRoot([argv])}`);
    return;
  }
  await processes.run({ argv, timeoutMs: 30_000, evenAfterCancel: true }).catch((error: unknown) => {
    if (!(error instanceof ToolError)) throw error;
    log.warn(
      `Tap ${tap} of ${name} was not deleted: ${sanitizeLine(error.message)}. Delete it: ${formatForRoot([argv])}`,
    );
  });
}
