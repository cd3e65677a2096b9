import { addArgument } from './boot-rules.js';
import { macPattern } from './identity-records.js';

/** What a guest can know about itself before its userspace reads a seed. */
export interface KernelIdentity {
  readonly hostname: string;
  /** A static address in CIDR notation; none with DHCP, or without a network. */
  readonly network?: { readonly address: string; readonly gateway: string } | undefined;
  /** Of the network card with that address, in case the guest has several. */
  readonly macAddress?: string | undefined;
}

/** RFC 1123, one label: what cloud-init and systemd take without changing it. */
const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
const ipv4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/** `ch-golden.address=ADDRESS/PREFIX,GATEWAY[,MAC]`: boot-profile.ts has who reads it, and why it is not `ip=`. */
export const addressWord = 'ch-golden.address';

/**
 * Adds a guest's name and address to its kernel's arguments. What they set already stays, and what does not fit is left
 * out: cloud-init still has the seed.
 */
export function addKernelIdentity(cmdline: string, { hostname, network, macAddress }: KernelIdentity): string {
  if (!label.test(hostname)) return cmdline;
  const named = addArgument(cmdline, `systemd.hostname=${hostname}`);
  if (network === undefined || !isIpv4(network) || ` ${cmdline}`.includes(' ip=')) return named;
  const lowerCase = macAddress?.toLowerCase() ?? '';
  const card = macPattern.test(lowerCase) ? `,${lowerCase}` : '';
  return addArgument(named, `${addressWord}=${network.address},${network.gateway}${card}`);
}

function isIpv4({ address, gateway }: NonNullable<KernelIdentity['network']>): boolean {
  const [ip = '', prefix = ''] = address.split('/');
  return ipv4.test(ip) && ipv4.test(gateway) && /^(?:[12]?\d|3[0-2])$/.test(prefix);
}
