import { describe, expect, test } from '@jest/globals';
import { largestLeaseFile, tryFindLease, type LeaseFile } from '../../../src/host/vm/network/leases.js';
import { parseNeighbours } from '../../../src/host/vm/network/neighbours.js';

const now = Date.parse('2026-11-30T06:00:00Z');
const seconds = now / 1000;
const mac = '02:aa:bb:cc:dd:ee';
const leases = (source: LeaseFile['source'], content: string | Buffer): LeaseFile => ({
  source,
  path: '/leases',
  bytes: Buffer.from(content),
});

describe('a lease of dnsmasq', () => {
  const find = (...lines: readonly string[]): string | undefined =>
    tryFindLease(leases('dnsmasq', lines.map((line) => `${line}\n`).join('')), mac, now);

  test('is the newest one of the MAC address', () => {
    expect(
      find(
        `${seconds + 10} ${mac} 10.0.0.5 vm-001 *`,
        `${seconds + 30} ${mac.toUpperCase()} 10.0.0.6 vm-001 ff:00`,
        `${seconds + 20} ${mac} 10.0.0.7 vm-001 *`,
        `${seconds + 99} 02:aa:bb:cc:dd:ef 10.0.0.8 vm-002 *`,
      ),
    ).toBe('10.0.0.6');
    expect(find(`0 ${mac} 10.0.0.5 * *`, `${seconds + 9} ${mac} 10.0.0.6 * *`)).toBe('10.0.0.5');
  });

  test.each([
    ['nothing', ''],
    ['one that has expired', `${seconds - 1} ${mac} 10.0.0.5 vm-001 *`],
    ['an address that is none', `0 ${mac} 10.0.0.5;reboot x *`],
    ['IPv6', `0 ${mac} fd00::1 x *`],
    ['no time', `soon ${mac} 10.0.0.5 x *`],
    ['half a line', `0 ${mac}`],
    ['a DUID', 'duid 00:01:00:01:2c'],
    ['bytes', '\0\u00ff\n\n \r'],
  ])('is not in %s', (_, line) => expect(find(line)).toBeUndefined());
});

describe('a lease of systemd-networkd', () => {
  const bytes = [2, 0xaa, 0xbb, 0xcc, 0xdd, 0xee];
  const lease = (last: number, expiresInSeconds: number, address = bytes): object => ({
    ClientId: [255, 1],
    Address: [10, 0, 0, last],
    Hostname: 'vm-001',
    HardwareAddressType: 1,
    HardwareAddressLength: 6,
    HardwareAddress: address,
    ExpirationUSec: 1,
    ExpirationRealtimeUSec: (now + expiresInSeconds * 1000) * 1000,
  });
  const find = (document: unknown): string | undefined =>
    tryFindLease(leases('systemd-networkd', JSON.stringify(document)), mac, now);

  test('is the newest one of the MAC address', () => {
    const other = lease(8, 99, [2, 0xaa, 0xbb, 0xcc, 0xdd, 0xef]);
    const all = { BootID: 'x', Address: [10, 0, 0, 1], PrefixLength: 24, Leases: [lease(5, 9), lease(6, 10), other] };
    expect(find(all)).toBe('10.0.0.6');
    expect(find({ Leases: [lease(5, -1)] })).toBeUndefined();
    expect(find({ BootID: 'x' })).toBeUndefined();
  });

  test.each([
    ['text', 'x'],
    ['a byte that is none', { Leases: [lease(256, 9)] }],
    ['an endless address', { Leases: [{ ...lease(5, 9), HardwareAddress: Array(256).fill(2) }] }],
    ['a list of numbers', { Leases: [1] }],
  ])('is not read from %s', (_, document) => expect(() => find(document)).toThrow('/leases is not valid'));

  test('is not read from a file that is too large, or no JSON', () => {
    const read = (content: Buffer): unknown => tryFindLease(leases('systemd-networkd', content), mac, now);
    expect(() => read(Buffer.alloc(largestLeaseFile + 1))).toThrow('more than the');
    expect(() => read(Buffer.from('{'))).toThrow('/leases is not JSON');
  });

  test('without all parts of an address is none', () => {
    expect(find({ Leases: [{ ...lease(5, 9), Address: [10, 0, 0] }] })).toBeUndefined();
    expect(find({ Leases: [{ HardwareAddress: bytes }] })).toBeUndefined();
  });
});

describe('a neighbour', () => {
  const find = (...entries: readonly object[]): string | undefined => parseNeighbours(JSON.stringify(entries), mac);
  const entry = (dst: string, ...state: readonly string[]): object => ({ dst, dev: 'br0', lladdr: mac, state });

  test('is the surest one of the MAC address', () => {
    expect(find(entry('10.0.0.5', 'STALE'), entry('10.0.0.6', 'REACHABLE'), entry('10.0.0.7', 'DELAY'))).toBe(
      '10.0.0.6',
    );
    expect(find({ ...entry('10.0.0.5', 'REACHABLE'), lladdr: '02:00:00:00:00:01' })).toBeUndefined();
  });

  test.each([
    ['failed', entry('10.0.0.5', 'FAILED')],
    ['has no state', { dst: '10.0.0.5', lladdr: mac }],
    ['has no MAC address', { dst: '10.0.0.5', state: ['INCOMPLETE'] }],
    ['has an IPv6 address', entry('fe80::1', 'REACHABLE')],
    ['has no address', entry('-x', 'REACHABLE')],
  ])('is none if it %s', (_, one) => expect(find(one)).toBeUndefined());

  test('is not read from anything else', () => {
    expect(parseNeighbours('\n', mac)).toBeUndefined();
    for (const output of ['x', '{}', '[{"dst":1}]', '[1]']) {
      expect(() => parseNeighbours(output, mac)).toThrow('unexpected output from ip neigh');
    }
    expect(() => parseNeighbours(' '.repeat(17 * 1024 ** 2), mac)).toThrow('ip neigh printed');
  });
});
