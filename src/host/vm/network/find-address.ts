import { resolve } from 'node:path';
import { errorMessage, Failure } from '../../../platform/errors.js';
import { formatDuration } from '../../../platform/format.js';
import type { HostPorts } from '../../ports.js';
import { systemMachine } from '../machine.js';
import { withVmDirectory } from '../vm-files.js';
import { readVmRecord, vmDirectory, type VmRecord } from '../vm-record.js';
import { tryFindVmm } from '../vmm-process.js';
import { staticAddressOf } from './conflicts.js';
import { indexLeases, type LeaseSource } from './leases.js';
import { readNeighbours } from './neighbours.js';

export interface VmAddress {
  readonly name: string;
  readonly address: string;
  /** Who says so: the VM's record, a DHCP server of this host, or the guest itself in the host's ARP table. */
  readonly source: 'static' | LeaseSource | 'neighbour';
  readonly macAddress: string;
}

interface AddressRequest {
  readonly root: string;
  readonly name: string;
  /** How long to wait for the address. */
  readonly waitMs: number;
}

const betweenLooksMs = 1_000;

/** Finds the IPv4 address of a VM. @throws Failure if it has no network, or no address within the time */
export async function findAddress({ root: path, name, waitMs }: AddressRequest, ports: HostPorts): Promise<VmAddress> {
  const { clock, signal } = ports;
  const root = resolve(path);
  const vm = await readVmRecord(root, name);
  if (vm.tap === undefined) {
    const fix = `create it again with --bridge or --tap, after: ch-golden vm delete ${name}`;
    throw new Failure(`${name} has no network`, { fix });
  }
  const deadline = clock.now() + waitMs;
  for (;;) {
    const found = await tryFindAddress(root, vm, ports);
    if (found !== undefined) return found;
    if (clock.now() >= deadline) throw missingFailure(vm, waitMs);
    await clock.sleep(betweenLooksMs, signal);
  }
}

/** Looks once for the address of a VM with a network. @throws Failure if it is unknown and the VM does not run */
export async function tryFindAddress(root: string, vm: VmRecord, ports: HostPorts): Promise<VmAddress | undefined> {
  const { name, macAddress } = vm;
  const fixed = staticAddressOf(vm);
  if (fixed !== undefined) return { name, address: fixed, source: 'static', macAddress };
  const found = (await findDynamic([macAddress], ports)).get(macAddress);
  if (found !== undefined) return { name, macAddress, ...found };
  await assertRunning(resolve(root), vm, ports);
  return undefined;
}

type Found = Pick<VmAddress, 'address' | 'source'>;
type LookPorts = Pick<HostPorts, 'processes' | 'clock' | 'log' | 'machine'>;

/** Looks once for the addresses that guests requested by DHCP, by MAC address. */
async function findDynamic(
  macAddresses: readonly string[],
  { processes, clock, log, machine = systemMachine(processes) }: LookPorts,
  timeoutMs = 30_000,
): Promise<ReadonlyMap<string, Found>> {
  const found = new Map<string, Found>();
  const add = (addresses: ReadonlyMap<string, string>, source: VmAddress['source']): void => {
    for (const macAddress of macAddresses) {
      const address = addresses.get(macAddress);
      if (address !== undefined && !found.has(macAddress)) found.set(macAddress, { address, source });
    }
  };
  const warn = (line: string): void => log.warn(line);
  for (const file of await machine.readLeaseFiles(warn)) {
    try {
      add(indexLeases(file, clock.now()), file.source);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      warn(errorMessage(error));
    }
  }
  if (macAddresses.every((macAddress) => found.has(macAddress))) return found;
  add(await readNeighbours(processes, timeoutMs), 'neighbour');
  return found;
}

interface Addressed {
  readonly pid?: number;
  readonly tap?: string;
  readonly macAddress?: string;
  readonly address?: string;
}

const quickMs = 5_000;

/** Adds the addresses that are known now of VMs that run. One look for all of them, and no wait. */
export async function addAddresses<T extends Addressed>(vms: readonly T[], ports: LookPorts): Promise<readonly T[]> {
  const missing = vms.flatMap(({ pid, tap, macAddress, address }) =>
    pid === undefined || tap === undefined || macAddress === undefined || address !== undefined ? [] : [macAddress],
  );
  if (missing.length === 0) return vms;
  try {
    const found = await findDynamic(missing, ports, quickMs);
    return vms.map((vm) => {
      const isMissing = vm.pid !== undefined && vm.tap !== undefined && vm.address === undefined;
      const address = isMissing ? found.get(vm.macAddress ?? '')?.address : undefined;
      return address === undefined ? vm : { ...vm, address };
    });
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    ports.log.warn(`The addresses of VMs are unknown: ${errorMessage(error)}`);
    return vms;
  }
}

async function assertRunning(root: string, { name }: VmRecord, { signal }: HostPorts): Promise<void> {
  const work = withVmDirectory(vmDirectory(root, name), async (directory) => tryFindVmm(directory, signal));
  if ((await work) === undefined)
    throw new Failure(`no address for ${name}: it is not running`, { fix: `ch-golden vm start ${name}` });
}

function missingFailure({ name, macAddress }: VmRecord, waitMs: number): Failure {
  const waited = waitMs === 0 ? '' : ` within ${formatDuration(waitMs)}`;
  const fix =
    waitMs === 0
      ? `if it is still booting: ch-golden vm ip ${name} --wait`
      : "check that its bridge has a DHCP server, and the guest's console: serial.log in the directory of the VM";
  return new Failure(`no address for ${name}${waited}: ${macAddress} has no DHCP lease and is not in the ARP table`, {
    fix,
  });
}
