import { realpath } from 'node:fs/promises';
import { ifPresent } from '../../../platform/fs/files.js';
import { withoutUndefined } from '../../../platform/without-undefined.js';
import type { HostPorts } from '../../ports.js';
import type { VmNetwork } from '../cloud-init.js';
import { systemMachine } from '../machine.js';
import type { VmRecord } from '../vm-record.js';
import { bridgeTapName } from './bridge-tap-name.js';
import { createMacAddress } from './mac-address.js';

export interface NetworkRequest {
  readonly root: string;
  readonly name: string;
  readonly macAddress?: string | undefined;
  readonly tap?: string | undefined;
  readonly bridge?: string | undefined;
  readonly network: VmNetwork;
}

/** What the record of a VM says about its network. */
export type NetworkPlan = Pick<VmRecord, 'macAddress' | 'tap' | 'bridge' | 'network'>;

/** Chooses the MAC address and the tap of a new VM. */
export async function planNetwork(
  { root: path, name, macAddress, tap, bridge, network }: NetworkRequest,
  { processes, log, machine = systemMachine(processes) }: Pick<HostPorts, 'processes' | 'log' | 'machine'>,
): Promise<NetworkPlan> {
  // A path through another mount namespace (/proc/PID/root) has no real path in this one.
  const root = (await ifPresent(realpath(path))) ?? path;
  const hasNetwork = tap !== undefined || bridge !== undefined;
  const id = macAddress === undefined ? await machine.tryReadId() : undefined;
  if (macAddress === undefined && id === undefined && hasNetwork)
    log.info(`The MAC address of ${name} is random, because this machine has no valid /etc/machine-id`);
  return {
    macAddress: macAddress ?? createMacAddress(id, root, name),
    ...withoutUndefined({
      tap: bridge === undefined ? tap : bridgeTapName(root, name),
      bridge,
      network: hasNetwork && network !== 'dhcp' ? network : undefined,
    }),
  };
}
