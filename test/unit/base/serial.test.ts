import { describe, expect, test } from '@jest/globals';
import { compareSerials, dayOfSerial, isSerial, assertNoDowngrade, serialOf } from '../../../src/base/serial.js';

test.each(['20261101', '20261101.1', '20261101.12'])('%s is a serial', (serial) => {
  expect(isSerial(serial)).toBe(true);
});

test.each(['', '2026110', '202611011', '20261101.', '20261101/..', '../20261101', 'current', '20261101\n'])(
  '%p is not a serial',
  (serial) => {
    expect(isSerial(serial)).toBe(false);
  },
);

test('serials sort by day, then by build as a number', () => {
  const sorted = ['20261101', '20261101.1', '20261101.2', '20261101.10', '20261102', '20270101'];
  expect([...sorted].reverse().sort(compareSerials)).toEqual(sorted);
});

test('converts a day to a serial and back', () => {
  const noon = Date.UTC(2026, 10, 1, 12);
  expect(serialOf(noon)).toBe('20261101');
  expect(dayOfSerial('20261101.3')).toBe(Date.UTC(2026, 10, 1));
});

describe('assertNoDowngrade', () => {
  const request = { reference: 'noble', serial: '20261101', allowDowngrade: false };

  test('rejects an older serial, with both serials and a fix', () => {
    expect(() => assertNoDowngrade({ ...request, newestSerial: '20261101.1' })).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/noble.*20261101.*20261101\.1/) as unknown,
        fix: expect.stringContaining('allow-downgrade') as unknown,
      }),
    );
  });

  test.each([
    ['nothing published', {}],
    ['the same serial', { newestSerial: '20261101' }],
    ['an older published serial', { newestSerial: '20261031.9' }],
    ['a newer published serial, if allowed', { newestSerial: '20270101', allowDowngrade: true }],
  ])('accepts %s', (_, change) => {
    expect(() => assertNoDowngrade({ ...request, ...change })).not.toThrow();
  });
});
