import { describe, expect, test } from '@jest/globals';
import { tryFindGuestLease, tryFindNeighbour } from '../../../../src/smoke/cloud-hypervisor/lease.js';

const mac = '52:54:00:c4:00:01';

describe('a lease of dnsmasq', () => {
  const leases = [
    '1764000000 52:54:00:c4:00:02 10.0.0.51 smoke-2 ff:00:01',
    '1764000001 52:54:00:c4:00:01 10.0.0.50 smoke-1 *',
    'duid 00:01:00:01',
    '1764000002 1234567 fd00::50 smoke-1 00:01',
    '',
  ].join('\n');
  test('is found by the MAC', () => expect(tryFindGuestLease(leases, mac)).toBe('10.0.0.50'));
  test('is the last of two', () =>
    expect(tryFindGuestLease(`${leases}1764000009 ${mac} 10.0.0.60 smoke-1 *\n`, mac)).toBe('10.0.0.60'));
  test("is not another's", () => expect(tryFindGuestLease(leases, '52:54:00:c4:00:03')).toBeUndefined());
  test.each(['', '\n', `x ${mac} `, `x ${mac} fd00::50 smoke-1 *`, `x ${mac} --proxy y *`])('is not in %j', (text) =>
    expect(tryFindGuestLease(text, mac)).toBeUndefined(),
  );
});

describe('a neighbour', () => {
  const table =
    '10.0.0.9 lladdr 52:54:00:c4:00:02 STALE\n10.0.0.50 lladdr 52:54:00:c4:00:01 REACHABLE \n10.0.0.8 FAILED\n';
  test('is found by the MAC', () => expect(tryFindNeighbour(table, mac)).toBe('10.0.0.50'));
  test.each(['', '10.0.0.8 INCOMPLETE\n', `10.0.0.50 lladdr ${mac} FAILED`, `fd00::50 lladdr ${mac} STALE`, mac])(
    'is not in %j',
    (text) => expect(tryFindNeighbour(text, mac)).toBeUndefined(),
  );
});
