import { expect, test } from '@jest/globals';
import { checkFuse, checkTun } from '../../../../../src/app/doctor/checks/devices.js';
import { checkMachine } from '../../../../../src/app/doctor/checks/machine.js';

test('the machine', () => {
  expect(checkMachine('linux', 'x64')).toMatchObject({ state: 'ok' });
  expect(checkMachine('darwin', 'arm64')).toEqual({
    name: 'machine',
    state: 'broken',
    text: 'darwin on arm64 is not supported',
    fix: 'use a Linux machine with an x86-64 CPU',
  });
});

test.each([
  ['ok', 'ok', undefined],
  ['denied', 'broken', /udevadm/],
  ['missing', 'broken', /apt-get install .*fuse3.* modprobe fuse/],
] as const)('/dev/fuse: %s', (device, state, fix) => {
  expect(checkFuse(device)).toMatchObject({
    name: '/dev/fuse',
    state,
    ...(fix === undefined ? {} : { fix: expect.stringMatching(fix) }),
  });
});

test.each([
  ['ok', 'ok'],
  ['denied', 'warning'],
  ['missing', 'warning'],
] as const)('/dev/net/tun: %s', (device, state) => {
  expect(checkTun(device, 'warning')).toMatchObject({
    name: '/dev/net/tun',
    state,
    ...(state === 'ok' ? {} : { fix: expect.stringMatching(/^sudo modprobe tun/) }),
  });
});
