import type { SystemUser } from '../../platform/process/system-users.js';
import type { HostPorts } from '../ports.js';
import { checkCapacity, tryFindMemoryRisk } from './capacity.js';
import { assertNoFindings, type VmFinding } from './findings.js';
import { systemMachine } from './machine.js';
import { tryFindAttachProblem } from './network/bridge-tap.js';
import { tryFindTapProblem, type TapPorts } from './network/check-tap.js';
import { findConflicts } from './network/conflicts.js';
import type { NetworkPlan } from './network/plan-network.js';
import { toTapOwner } from './network/tap-commands.js';
import { withVmDirectory } from './vm-files.js';
import { readVmRecord, vmDirectory, type VmRecord } from './vm-record.js';
import { listVmNames } from './vm-state.js';
import { tryFindVmm } from './vmm-process.js';

type NewVm = NetworkPlan & Pick<VmRecord, 'name' | 'cpus' | 'memoryMiB' | 'overcommit'>;

interface Place {
  readonly root: string;
  /** The user that the VM runs as; undefined for that of this process. */
  readonly user: SystemUser | undefined;
}

/** @throws Failure with everything that keeps a new VM from running on this host, beside its version and its name */
export async function assertCanCreate(
  vm: NewVm,
  { root, user }: Place,
  { processes, log, machine = systemMachine(processes) }: Pick<HostPorts, 'processes' | 'log' | 'machine'>,
): Promise<void> {
  const conflicts = findConflicts(vm, await listOthers(root, vm.name));
  assertNoFindings(`cannot create VM ${vm.name}`, [
    ...conflicts,
    ...(await checkConnection(vm, { user, isShared: isTapIn(conflicts) }, { processes, machine })),
    ...(await checkCapacity(vm, (option) => `use a smaller ${option}, or --overcommit`, machine)),
  ]);
  await warnOfOpenTap(vm, user, { log, machine });
}

/** Checks again what other commands can have taken meanwhile. @throws Failure */
export async function assertNoConflicts(vm: NewVm, root: string): Promise<void> {
  assertNoFindings(`cannot create VM ${vm.name}`, findConflicts(vm, await listOthers(root, vm.name)));
}

/**
 * Checks again what can have changed since the VM was created. A VM of an earlier release, which checked nothing, may
 * share its tap with one that is stopped, and be larger than the machine: that is only a warning.
 * @throws Failure
 */
export async function assertCanStart(vm: VmRecord, { root, user }: Place, ports: HostPorts): Promise<void> {
  const { processes, log, machine = systemMachine(ports.processes) } = ports;
  const others = await listOthers(root, vm.name);
  // Whether a VM runs takes longer to find out than what is in its record.
  const alike = others.filter((other) => findConflicts(vm, [other]).length > 0);
  const running = await keepRunning(root, alike, ports.signal);
  const conflicts = findConflicts(vm, running);
  const size = await checkCapacity(vm, (option) => formatLarger(vm.name, option), machine);
  const isOld = vm.overcommit === undefined;
  assertNoFindings(`cannot start ${vm.name}`, [
    ...conflicts,
    ...(await checkConnection(vm, { user, isShared: isTapIn(conflicts) }, { processes, machine })),
    ...(isOld ? [] : size),
  ]);
  const stopped = alike.filter((other) => !running.includes(other));
  for (const { problem } of [...findConflicts(vm, stopped), ...(isOld ? size : [])]) log.warn(`${vm.name}: ${problem}`);
  if (size.length > 0) return;
  const capacity = await machine.readCapacity();
  if (tryFindMemoryRisk(vm, others, capacity) === undefined) return;
  const risk = tryFindMemoryRisk(vm, await keepRunning(root, others, ports.signal), capacity);
  if (risk !== undefined) log.warn(risk);
}

function formatLarger(name: string, option: string): string {
  return `ch-golden vm start ${name} --overcommit, or create it again with a smaller ${option}`;
}

function isTapIn(conflicts: readonly VmFinding[]): boolean {
  return conflicts.some(({ problem }) => problem.startsWith('tap '));
}

/** @param isShared whether it is known already that the tap is that of another VM, which may be attached */
async function checkConnection(
  { name, tap, bridge, macAddress }: NewVm,
  { user, isShared }: { readonly user: SystemUser | undefined; readonly isShared: boolean },
  ports: TapPorts,
): Promise<readonly VmFinding[]> {
  if (tap === undefined || isShared) return [];
  const owner = toTapOwner(user);
  const problem =
    bridge === undefined
      ? await tryFindTapProblem({ tap, owner }, ports)
      : await tryFindAttachProblem({ vmName: name, tap, bridge, macAddress, owner }, ports);
  return problem === undefined ? [] : [problem];
}

async function warnOfOpenTap(
  { tap, bridge }: NewVm,
  user: SystemUser | undefined,
  { log, machine }: Pick<HostPorts, 'log'> & Pick<TapPorts, 'machine'>,
): Promise<void> {
  if (tap === undefined || bridge !== undefined || toTapOwner(user).uid === 0) return;
  const settings = (await machine.tryReadInterface(tap))?.tap;
  if (settings === undefined || settings.owner !== undefined || settings.group !== undefined) return;
  log.warn(`Tap ${tap} belongs to nobody: every user of this machine can attach to it`);
}

/** The records of the other VMs of this host. VMs without a valid one cannot be started, and are left out. */
async function listOthers(root: string, name: string): Promise<readonly VmRecord[]> {
  const records = (await listVmNames(root))
    .filter((other) => other !== name)
    .map(async (other) => readVmRecord(root, other).catch(() => undefined));
  return (await Promise.all(records)).filter((record) => record !== undefined);
}

async function keepRunning(root: string, vms: readonly VmRecord[], signal: AbortSignal): Promise<readonly VmRecord[]> {
  const found = vms.map(async (vm) => {
    const vmm = withVmDirectory(vmDirectory(root, vm.name), async (directory) => tryFindVmm(directory, signal));
    return (await vmm.catch(() => undefined)) === undefined ? [] : [vm];
  });
  return (await Promise.all(found)).flat();
}
