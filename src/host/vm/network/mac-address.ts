import { createHmac, randomBytes } from 'node:crypto';
import { UsageError } from '../../../platform/errors.js';
import { quoteText } from '../../../platform/format.js';
import { macPattern } from '../../../vmm/identity-records.js';

/**
 * The MAC address of a VM of this host. It is always the same, so that a DHCP server assigns the same address again to
 * a VM that was recreated. A keyed hash, as in sd_id128_get_machine_app_specific(3): nobody learns the machine ID.
 * Random for a machine without an ID.
 */
export function createMacAddress(machineId: Buffer | undefined, root: string, name: string): string {
  const bytes =
    machineId === undefined
      ? randomBytes(6)
      : createHmac('sha256', machineId).update(`ch-golden MAC address\0${root}\0${name}`).digest().subarray(0, 6);
  // Locally administered (2) and not multicast (1).
  const [first = 0, ...rest] = bytes;
  return [(first & 0xfc) | 2, ...rest].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** In lower case. @throws UsageError for an address that no interface can have */
export function parseMacAddress(text: string): string {
  const address = text.toLowerCase();
  const problem = tryFindProblem(address);
  if (problem === undefined) return address;
  throw new UsageError(`invalid mac ${quoteText(text)}: ${problem}`, {
    fix: 'use the address of one interface, such as 52:54:00:12:34:56, or leave it out',
  });
}

function tryFindProblem(address: string): string | undefined {
  if (!macPattern.test(address)) return 'not six bytes in hexadecimal digits, separated by colons';
  if (/^[0:]+$/.test(address)) return 'all bytes are zero';
  return (Number.parseInt(address, 16) & 1) === 1 ? 'it is a multicast address' : undefined;
}
