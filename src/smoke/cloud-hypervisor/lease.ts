import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import type { Processes } from '../../platform/process/processes.js';

/** Where dnsmasq keeps its leases on Debian and Ubuntu. */
const leasesFile = '/var/lib/misc/dnsmasq.leases';

/** The address that a guest got from this host's DHCP server, as a person would look it up. @throws Error where it has none yet */
export async function getAddress(
  macAddress: string,
  bridge: string,
  { processes }: { readonly processes: Processes },
): Promise<string> {
  const leases = await readFile(leasesFile, 'utf8').catch(() => '');
  const leased = tryFindLease(leases, macAddress);
  if (leased !== undefined) return leased;
  const { stdout } = await processes.run({ argv: ['ip', '-4', 'neigh', 'show', 'dev', bridge], timeoutMs: 30_000 });
  const seen = tryFindNeighbour(stdout, macAddress);
  if (seen !== undefined) return seen;
  throw new Error(`${macAddress} has no address yet: neither ${leasesFile} nor ip neigh has it`);
}

/** Lines `expiry mac address hostname client-id`; those of IPv6 have a number in the place of the MAC. Source: dnsmasq's lease.c. */
export function tryFindLease(text: string, macAddress: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, mac, address = '']) => mac === macAddress && isIPv4(address))?.[2];
}

/** Lines `address lladdr mac STATE`; one that the kernel could not reach has no MAC, or had one: `FAILED`. */
export function tryFindNeighbour(text: string, macAddress: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(
      ([address = '', ...words]) =>
        isIPv4(address) && words[words.indexOf('lladdr') + 1] === macAddress && words.at(-1) !== 'FAILED',
    )?.[0];
}
