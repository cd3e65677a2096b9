import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import type { Session } from '../../platform/session.js';

/** dnsmasq's leases on Debian and Ubuntu. */
const leasesFile = '/var/lib/misc/dnsmasq.leases';

/** The address that a guest got from this host's DHCP server. @throws Error if it has none yet */
export async function getAddress(
  macAddress: string,
  bridge: string,
  { processes }: Pick<Session, 'processes'>,
): Promise<string> {
  const leases = await readFile(leasesFile, 'utf8').catch(() => '');
  const leased = tryFindGuestLease(leases, macAddress);
  if (leased !== undefined) return leased;
  const { stdout } = await processes.run({ argv: ['ip', '-4', 'neigh', 'show', 'dev', bridge], timeoutMs: 30_000 });
  const seen = tryFindNeighbour(stdout, macAddress);
  if (seen !== undefined) return seen;
  throw new Error(`no address for ${macAddress} yet, neither in ${leasesFile} nor in ip neigh`);
}

/** Lines `expiry mac address hostname client-id`; IPv6 leases have a number for the MAC. See dnsmasq's lease.c. */
export function tryFindGuestLease(text: string, macAddress: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, mac, address = '']) => mac === macAddress && isIPv4(address))?.[2];
}

/** Lines `address lladdr mac STATE`. An unreachable neighbour has no MAC, or an old one and the state `FAILED`. */
export function tryFindNeighbour(text: string, macAddress: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      ([address = '', ...words]) =>
        isIPv4(address) && words[words.indexOf('lladdr') + 1] === macAddress && words.at(-1) !== 'FAILED',
    )?.[0];
}
