import { describe, expect, test } from '@jest/globals';
import {
  checkCpu,
  checkGroups,
  checkKernel,
  checkKvm,
  type GroupFacts,
} from '../../../../../src/app/doctor/checks/kvm.js';
import type { Finding } from '../../../../../src/app/doctor/finding.js';

test.each([
  ['5.13.0-generic', 'ok'],
  ['6.8.0-90-generic', 'ok'],
  ['5.12.19', 'warning'],
  ['4.18.0', 'warning'],
  ['unknown', 'ok'],
])('kernel %s is %s', (release, state) => {
  expect(checkKernel(release, { min: '5.13', for: 'Cloud Hypervisor', severity: 'warning' })).toMatchObject({
    name: 'kernel',
    state,
  });
});

test('an old kernel names what needs a newer one', () => {
  expect(checkKernel('4.15.0', { min: '4.18', for: 'FUSE in a user namespace', severity: 'broken' })).toEqual({
    name: 'kernel',
    state: 'broken',
    text: 'Linux 4.15.0: FUSE in a user namespace needs 4.18 or newer',
    fix: expect.stringContaining('apt-get full-upgrade'),
  });
});

test.each([
  ['flags : fpu vmx sse', 'ok', 'VT-x (vmx)'],
  ['flags : svm', 'ok', 'AMD-V (svm)'],
  ['flags : svmx fpu', 'broken', /neither/],
])('a CPU with %j', (text, state, found) => {
  expect(checkCpu(text, 'broken')).toMatchObject({
    state,
    text: typeof found === 'string' ? found : expect.stringMatching(found),
  });
});

describe('/dev/kvm', () => {
  const cases: readonly (readonly [string, Parameters<typeof checkKvm>, Partial<Record<keyof Finding, unknown>>])[] = [
    [
      'is missing',
      ['missing', undefined, 'warning'],
      {
        state: 'warning',
        text: expect.stringMatching(/^missing: smoke VMs are emulated/),
        fix: expect.stringContaining('sudo modprobe kvm_intel'),
      },
    ],
    [
      'cannot be opened',
      ['denied', undefined, 'broken', 'sudo usermod'],
      { state: 'broken', text: expect.stringMatching(/^this user cannot open it/), fix: 'sudo usermod' },
    ],
    [
      'can be opened, and was not tested',
      ['ok', undefined, 'broken'],
      { state: 'ok', text: 'can be opened; the smoke test shows if it runs VMs' },
    ],
    [
      'runs a guest',
      ['ok', { works: true, elapsedMs: 180.4, vmm: 'QEMU 7.2.22' }, 'broken'],
      { state: 'ok', text: 'runs a guest in QEMU 7.2.22 (180 ms)' },
    ],
    [
      'can be opened, but runs no guest',
      ['ok', { works: false, reason: '/dev/kvm is not usable: wrong result in "MSRs"' }, 'broken'],
      { state: 'broken', text: expect.stringMatching(/^not usable: wrong result in "MSRs": smoke VMs/) },
    ],
  ];
  test.each(cases)('%s', (_what, facts, finding) =>
    expect(checkKvm(...facts)).toMatchObject({ name: '/dev/kvm', ...finding }),
  );
});

describe('groups', () => {
  const denied: GroupFacts = { device: 'denied', isRoot: false, group: 'kvm', mode: 0o20660, isListed: false };
  const check = (change: Partial<GroupFacts>): Finding => checkGroups({ ...denied, ...change }, 'broken');
  test('of a user who may open it', () => {
    expect(check({ device: 'ok' })).toEqual({
      name: 'groups',
      state: 'ok',
      text: 'this user can open /dev/kvm (kvm, 0660)',
    });
    expect(check({ device: 'ok', isRoot: true })).toEqual({ name: 'groups', state: 'ok', text: 'root needs none' });
  });
  test('of a user outside the group', () => {
    expect(check({})).toEqual({
      name: 'groups',
      state: 'broken',
      text: 'this user is not in kvm, the group of /dev/kvm',
      fix: 'sudo usermod -aG kvm "$USER"   # then log in again',
    });
  });
  test('of a user who was added after logging in', () => {
    expect(check({ isListed: true })).toMatchObject({
      state: 'broken',
      text: 'this user was added to kvm after logging in',
      fix: expect.stringMatching(/^log in again/),
    });
  });
  test.each([[{ group: 'root' }], [{ group: undefined }], [{ mode: 0o20640 }]])(
    'of a device that only root can open: %j',
    (change) => {
      expect(check(change)).toMatchObject({
        state: 'broken',
        text: expect.stringMatching(/^only root can open/),
        fix: expect.stringMatching(/udev\/rules\.d.* usermod -aG kvm/),
      });
    },
  );
  test('the fix never opens it to everybody', () => {
    for (const change of [{}, { isListed: true }, { group: 'root' }])
      expect(check(change).fix).not.toMatch(/chmod|666/);
  });
});
