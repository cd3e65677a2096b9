import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { parseDocument, type DocumentKind } from '../../../platform/document.js';
import { count, fields, list } from '../../../platform/schema-parts.js';

/** A DHCP server of this host. */
export type LeaseSource = 'dnsmasq' | 'systemd-networkd';

/** A file in which a DHCP server lists its leases. Guests choose a part of what is in it. */
export interface LeaseFile {
  readonly source: LeaseSource;
  readonly path: string;
  readonly bytes: Buffer;
}

/** Bytes of a file; a lease has about 100 in dnsmasq's, and 300 in that of systemd-networkd. */
export const largestLeaseFile = 4 * 1024 ** 2;

interface Lease {
  readonly macAddress: string;
  readonly address: string;
  readonly expiresAtMs: number;
}

/** The address in the newest lease of a MAC address that has not expired. @throws Failure for an invalid file */
export function tryFindLease(file: LeaseFile, macAddress: string, nowMs: number): string | undefined {
  return indexLeases(file, nowMs).get(macAddress);
}

/** As `tryFindLease`, for all MAC addresses. */
export function indexLeases(file: LeaseFile, nowMs: number): ReadonlyMap<string, string> {
  const parse = file.source === 'dnsmasq' ? parseDnsmasqLeases : parseNetworkdLeases;
  const valid = parse(file).filter(({ address, expiresAtMs }) => isIPv4(address) && expiresAtMs > nowMs);
  const oldestFirst = valid.sort((one, other) => one.expiresAtMs - other.expiresAtMs);
  return new Map(oldestFirst.map(({ macAddress, address }) => [macAddress, address]));
}

/** Lines `expiry mac address hostname client-id`; 0 for a lease without an end. See dnsmasq's lease.c. */
function parseDnsmasqLeases({ bytes }: LeaseFile): Lease[] {
  return bytes
    .toString('latin1')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([expiry = '']) => /^\d{1,12}$/.test(expiry))
    .map(([expiry, mac = '', address = '']) => ({
      macAddress: mac.toLowerCase(),
      address,
      expiresAtMs: Number(expiry) * 1000 || Infinity,
    }));
}

const byte = count.max(255);
const bytesOf = z.array(byte).max(255);
const networkdSchema = fields({
  Leases: list(
    fields({
      Address: bytesOf.optional(),
      HardwareAddress: bytesOf.optional(),
      ExpirationRealtimeUSec: z.number().optional(),
    }),
  ).optional(),
});
const networkdKind: DocumentKind<z.infer<typeof networkdSchema>> = {
  schema: networkdSchema,
  version: 1,
  limit: largestLeaseFile,
};

/** As of systemd 256: dhcp_server_save_leases in sd-dhcp-server-lease.c. */
function parseNetworkdLeases({ path, bytes }: LeaseFile): Lease[] {
  const { Leases: leases = [] } = parseDocument(networkdKind, bytes, path);
  return leases.map(
    ({ Address: address = [], HardwareAddress: mac = [], ExpirationRealtimeUSec: expiry = Infinity }) => ({
      macAddress: toHexadecimal(mac),
      address: address.join('.'),
      expiresAtMs: expiry / 1000,
    }),
  );
}

function toHexadecimal(bytes: readonly number[]): string {
  return bytes.map((value) => value.toString(16).padStart(2, '0')).join(':');
}
