import { createHash } from 'node:crypto';

const digits = 'abcdefghijklmnopqrstuvwxyz234567';

export const bridgeTap = /^chvm-[a-z2-7]{10}$/;

/**
 * The name of the tap of a VM with `--bridge`: always the same, so that one which a killed command left is found again.
 * A hash, since names of interfaces have 15 bytes (IFNAMSIZ), and a machine can have several roots.
 */
export function bridgeTapName(root: string, vmName: string): string {
  const hash = createHash('sha256').update(`${root}\0${vmName}`).digest();
  return `chvm-${[...hash.subarray(0, 10)].map((byte) => digits[byte % 32] ?? '').join('')}`;
}
