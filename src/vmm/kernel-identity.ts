import { maxCmdlineLength } from './boot-rules.js';

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
const mac = /^[\da-f]{2}(?::[\da-f]{2}){5}$/i;

/**
 * Adds a guest's name and address to its kernel's arguments. What they set already stays, and what does not fit is left
 * out: cloud-init still has the seed.
 */
export function addKernelIdentity(cmdline: string, { hostname, network, macAddress }: KernelIdentity): string {
  if (!label.test(hostname)) return cmdline;
  const named = addWord(cmdline, `systemd.hostname=${hostname}`);
  const address = network === undefined ? undefined : tryFormatAddress(hostname, network);
  const addressed = address === undefined ? named : addWord(named, address);
  if (addressed === named || macAddress === undefined || !mac.test(macAddress)) return addressed;
  // As PXELINUX writes it: 01 is for Ethernet.
  return addWord(addressed, `BOOTIF=01-${macAddress.toLowerCase().replaceAll(':', '-')}`);
}

/** The kernel passes what follows `--` to init. */
function addWord(cmdline: string, word: string): string {
  const [own, ...forInit] = cmdline.split(/ (?=-- |--$)/);
  const name = word.slice(0, word.indexOf('=') + 1);
  if (own === undefined || own.split(' ').some((other) => other.startsWith(name))) return cmdline;
  const longer = [`${own} ${word}`, ...forInit].join(' ');
  return longer.length > maxCmdlineLength ? cmdline : longer;
}

/** Linux, Documentation/admin-guide/nfs/nfsroot.rst. Without a device, because its name is unknown. */
function tryFormatAddress(
  hostname: string,
  { address, gateway }: NonNullable<KernelIdentity['network']>,
): string | undefined {
  const [ip = '', prefix = ''] = address.split('/');
  if (!ipv4.test(ip) || !ipv4.test(gateway) || !/^(?:[12]?\d|3[0-2])$/.test(prefix)) return undefined;
  return `ip=${ip}::${gateway}:${toMask(Number(prefix))}:${hostname}::none`;
}

function toMask(prefix: number): string {
  return [0, 1, 2, 3].map((index) => 256 - 2 ** (8 - Math.min(8, Math.max(0, prefix - index * 8)))).join('.');
}
