import { resolve } from 'node:path';
import { errorMessage, Failure } from '../../../platform/errors.js';
import { formatDuration } from '../../../platform/format.js';
import type { HostPorts } from '../../ports.js';
import { systemMachine } from '../machine.js';
import { withVmDirectory } from '../vm-files.js';
import { readVmRecord, vmDirectory, type VmRecord } from '../vm-record.js';
import { tryFindVmm } from '../vmm-process.js';
import { addressOf } from './conflicts.js';
import { tryFindLease, type LeaseSource } from './leases.js';
import { tryFindNeighbour } from './neighbours.js';

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
  const { macAddress } = vm;
  if (vm.tap === undefined) {
    const fix = `create it again with --bridge or --tap, after: ch-golden vm delete ${name}`;
    throw new Failure(`${name} has no network`, { fix });
  }
  const fixed = addressOf(vm);
  if (fixed !== undefined) return { name, address: fixed, source: 'static', macAddress };
  const deadline = clock.now() + waitMs;
  for (;;) {
    const found = await tryFindDynamic(macAddress, ports);
    if (found !== undefined) return { name, macAddress, ...found };
    await assertRunning(root, vm, ports);
    if (clock.now() >= deadline) throw missingFailure(vm, waitMs);
    await clock.sleep(betweenLooksMs, signal);
  }
}

async function tryFindDynamic(
  macAddress: string,
  { processes, clock, log, machine = systemMachine(processes) }: HostPorts,
): Promise<Pick<VmAddress, 'address' | 'source'> | undefined> {
  const warn = (line: string): void => log.warn(line);
  for (const file of await machine.readLeaseFiles(warn)) {
    try {
      const address = tryFindLease(file, macAddress, clock.now());
      if (address !== undefined) return { address, source: file.source };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      warn(errorMessage(error));
    }
  }
  const address = await tryFindNeighbour(macAddress, processes);
  return address === undefined ? undefined : { address, source: 'neighbour' };
}

async function assertRunning(root: string, { name }: VmRecord, { signal }: HostPorts): Promise<void> {
  const work = withVmDirectory(vmDirectory(root, name), async (directory) => tryFindVmm(directory, signal));
  if ((await work) === undefined)
    throw new Failure(`no address of ${name}: it is not running`, { fix: `ch-golden vm start ${name}` });
}

function missingFailure({ name, macAddress }: VmRecord, waitMs: number): Failure {
  const waited = waitMs === 0 ? '' : ` within ${formatDuration(waitMs)}`;
  const fix =
    waitMs === 0
      ? `if it is still booting: ch-golden vm ip ${name} --wait`
      : "check that its bridge has a DHCP server, and the guest's console: serial.log in the directory of the VM";
  return new Failure(`no address of ${name}${waited}: ${macAddress} has no DHCP lease and is not in the ARP table`, {
    fix,
  });
}
