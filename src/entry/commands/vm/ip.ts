import { findAddress, type VmAddress } from '../../../host/vm/network/find-address.js';
import type { IpCommand } from '../../../inputs/commands/vm/ip.js';
import type { Session } from '../../../platform/session.js';
import type { CommandResult } from '../result.js';

const sources: Readonly<Record<VmAddress['source'], string>> = {
  static: 'static address',
  dnsmasq: 'from the leases of dnsmasq',
  'systemd-networkd': 'from the leases of systemd-networkd',
  neighbour: 'from the ARP table: the guest uses it',
};

/** The text is the address only: for `ssh daytona@$(ch-golden vm ip vm-001)`. */
export async function runIp(command: IpCommand, session: Session): Promise<CommandResult> {
  const found = await session.steps.run(`find address of ${command.name}`, async (log) => {
    const address = await findAddress(command, { ...session, log });
    log.info(sources[address.source]);
    return address;
  });
  return { text: found.address, json: found, exitCode: 0 };
}
