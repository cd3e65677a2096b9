import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../src/app/doctor/finding.js';
import { worstState } from '../../../../src/app/doctor/finding.js';
import {
  judgeCpu,
  judgeFuse,
  judgeGroups,
  judgeKernel,
  judgeKvm,
  judgeMachine,
  judgeTun,
  type GroupFacts,
} from '../../../../src/app/doctor/judge-host.js';

test('the machine', () => {
  expect(judgeMachine('linux', 'x64')).toMatchObject({ state: 'ok' });
  expect(judgeMachine('darwin', 'arm64')).toEqual({
    name: 'machine',
    state: 'broken',
    text: 'darwin on arm64',
    fix: 'use a Linux machine with an x86-64 CPU',
  });
});

test.each([
  ['5.13.0-generic', 'ok'],
  ['6.8.0-90-generic', 'ok'],
  ['5.12.19', 'warning'],
  ['4.18.0', 'warning'],
  ['unknown', 'ok'],
])('kernel %s is %s', (release, state) => {
  expect(judgeKernel(release, { min: '5.13', for: 'Cloud Hypervisor', worst: 'warning' })).toMatchObject({
    name: 'kernel',
    state,
  });
});

test('an old kernel is told what needs a newer one', () => {
  expect(judgeKernel('4.15.0', { min: '4.18', for: 'FUSE in a user namespace', worst: 'broken' })).toEqual({
    name: 'kernel',
    state: 'broken',
    text: 'Linux 4.15.0: FUSE in a user namespace needs 4.18',
    fix: expect.stringContaining('apt-get full-upgrade'),
  });
});

test.each([
  ['flags : fpu vmx sse', 'ok', 'VT-x (vmx)'],
  ['flags : svm', 'ok', 'AMD-V (svm)'],
  ['flags : svmx fpu', 'broken', /neither/],
])('a CPU with %j', (text, state, says) => {
  expect(judgeCpu(text, 'broken')).toMatchObject({
    state,
    text: typeof says === 'string' ? says : expect.stringMatching(says),
  });
});

describe('/dev/kvm', () => {
  const cases: readonly (readonly [string, Parameters<typeof judgeKvm>, Partial<Record<keyof Finding, unknown>>])[] = [
    [
      'is not there',
      ['missing', undefined, 'warning'],
      {
        state: 'warning',
        text: expect.stringMatching(/^is not there: smoke VMs are emulated/),
        fix: expect.stringContaining('sudo modprobe kvm_intel'),
      },
    ],
    [
      'may not be opened',
      ['denied', undefined, 'broken', 'sudo usermod'],
      { state: 'broken', text: expect.stringMatching(/^this user may not open it/), fix: 'sudo usermod' },
    ],
    [
      'opens, and is not tried',
      ['ok', undefined, 'broken'],
      { state: 'ok', text: 'opens; the smoke boot proves whether it runs a guest' },
    ],
    [
      'runs a guest',
      ['ok', { works: true, firstLineMs: 180 }, 'broken'],
      { state: 'ok', text: 'runs a guest: its first line came after 180 ms' },
    ],
    [
      'opens and runs none',
      ['ok', { works: false, reason: '/dev/kvm opens, but nothing came' }, 'broken'],
      { state: 'broken', text: expect.stringMatching(/^\/dev\/kvm opens, but nothing came: smoke VMs/) },
    ],
  ];
  test.each(cases)('%s', (_what, facts, finding) =>
    expect(judgeKvm(...facts)).toMatchObject({ name: '/dev/kvm', ...finding }),
  );
});

describe('groups', () => {
  const denied: GroupFacts = { open: 'denied', isRoot: false, group: 'kvm', mode: 0o20660, isListed: false };
  const judge = (change: Partial<GroupFacts>): Finding => judgeGroups({ ...denied, ...change }, 'broken');
  test('of who may open it', () => {
    expect(judge({ open: 'ok' })).toEqual({
      name: 'groups',
      state: 'ok',
      text: 'this user may open /dev/kvm (kvm, 0660)',
    });
    expect(judge({ open: 'ok', isRoot: true })).toEqual({ name: 'groups', state: 'ok', text: 'root needs none' });
  });
  test('of who is not in it', () => {
    expect(judge({})).toEqual({
      name: 'groups',
      state: 'broken',
      text: 'this user is not in kvm, which may open /dev/kvm',
      fix: 'sudo usermod -aG kvm "$USER"   # then log in again',
    });
  });
  test('of who was put into it a moment ago', () => {
    expect(judge({ isListed: true })).toMatchObject({
      state: 'broken',
      text: 'this user is in kvm, but this session began before',
      fix: expect.stringMatching(/^log in again/),
    });
  });
  test.each([[{ group: 'root' }], [{ group: undefined }], [{ mode: 0o20640 }]])(
    'of a device that is for root alone: %j',
    (change) => {
      expect(judge(change)).toMatchObject({
        state: 'broken',
        text: expect.stringMatching(/^no group but root/),
        fix: expect.stringMatching(/udev\/rules\.d.* usermod -aG kvm/),
      });
    },
  );
  test('never by opening it to all', () => {
    for (const change of [{}, { isListed: true }, { group: 'root' }])
      expect(judge(change).fix).not.toMatch(/chmod|666/);
  });
});

test.each([
  ['ok', 'ok', undefined],
  ['denied', 'broken', /udevadm/],
  ['missing', 'broken', /apt-get install .*fuse3.* modprobe fuse/],
] as const)('/dev/fuse: %s', (open, state, fix) => {
  expect(judgeFuse(open)).toMatchObject({
    name: '/dev/fuse',
    state,
    ...(fix === undefined ? {} : { fix: expect.stringMatching(fix) }),
  });
});

test.each([
  ['ok', 'ok'],
  ['denied', 'warning'],
  ['missing', 'warning'],
] as const)('/dev/net/tun: %s', (open, state) => {
  expect(judgeTun(open, 'warning')).toMatchObject({
    name: '/dev/net/tun',
    state,
    ...(state === 'ok' ? {} : { fix: expect.stringMatching(/^sudo modprobe tun/) }),
  });
});

test('the worst state counts', () => {
  const of = (...states: readonly Finding['state'][]): Finding['state'] =>
    worstState(states.map((state) => ({ name: '', state, text: '' })));
  expect([of(), of('ok'), of('ok', 'warning'), of('warning', 'broken', 'ok')]).toEqual([
    'ok',
    'ok',
    'warning',
    'broken',
  ]);
});
