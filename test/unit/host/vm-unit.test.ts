import { expect, test } from '@jest/globals';
import { isGroupOf, vmUnit } from '../../../src/host/vm/vm-unit.js';
import { calculateAgeMs } from '../../../src/platform/process/process-identity.js';
import { renderTable } from '../../../src/report/render-table.js';

test.each([
  ['0::/system.slice/system-ch\\x2dgolden\\x2dvm.slice/ch-golden-vm@vm-001.service\n', true],
  ['4:memory:/x\n1:name=systemd:/system.slice/ch-golden-vm@vm-001.service\n', true],
  ['0::/system.slice/ch-golden-vm@vm-001.service/.control\n', true],
  ['0::/system.slice/ch-golden-vm@vm-0011.service\n', false],
  ['4:memory:/ch-golden-vm@vm-001.service\n0::/user.slice\n', false],
  ['', false],
])('a process in the groups %j', (groups, expected) => {
  expect(isGroupOf(groups, vmUnit('vm-001'))).toBe(expected);
});

test('a unit has the name of a VM, never that of anything else', () => {
  expect(() => vmUnit('a.service b')).toThrow('invalid VM name');
});

test('the age of a process is what the machine has been up since it started', () => {
  expect(calculateAgeMs('12345', '200.45 10.00\n')).toBeCloseTo(77_000);
  expect(calculateAgeMs('99999999', '1.00 1.00\n')).toBe(0);
});

test('a table leaves out empty columns, and those that the terminal has no room for', () => {
  const columns = [
    { title: 'NAME', of: (row: { name: string; n?: number }) => row.name },
    { title: 'EMPTY', of: () => undefined },
    { title: 'N', of: ({ n }: { n?: number }) => n, alignsRight: true },
  ];
  const rows = [{ name: 'vm-001', n: 12 }, { name: 'b' }];
  expect(renderTable(columns, rows)).toEqual(['NAME     N', 'vm-001  12', 'b        -']);
  expect(renderTable(columns, rows, 9)).toEqual(['NAME', 'vm-001', 'b']);
});
