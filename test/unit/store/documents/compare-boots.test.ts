import { describe, expect, test } from '@jest/globals';
import { areComparable, compareBoots } from '../../../../src/store/documents/compare-boots.js';
import type { Manifest } from '../../../../src/store/documents/manifest.js';

type Smoke = NonNullable<Manifest['smoke']>;
type Times = Smoke['clones'][number]['times'];

const times: Times = {
  clock: 'guest',
  vmmMs: 900,
  kernelMs: 0,
  initramfsMs: 1000,
  userspaceMs: 4000,
  daemonMs: 20_000,
  healthMs: 20_500,
  finishedMs: 30_000,
  slowestUnits: [
    { unit: 'cloud-init.service', milliseconds: 7900 },
    { unit: 'ssh.service', milliseconds: 400 },
  ],
};
const booted = (change: Partial<Times> = {}, more: Partial<Smoke> = {}): Smoke =>
  ({ vmm: 'qemu', accelerator: 'tcg', clones: [{ times: { ...times, ...change } }], ...more }) as unknown as Smoke;
const tenUnits = (least: number): Times['slowestUnits'] =>
  Array.from({ length: 10 }, (_, index) => ({ unit: `${index}.service`, milliseconds: 9000 - 1000 * index + least }));

test('phases and units, the largest difference first, and no noise', () => {
  const slowestUnits = [
    { unit: 'cloud-init.service', milliseconds: 11_200 },
    { unit: 'ssh.service', milliseconds: 450 },
  ];
  expect(
    compareBoots(
      booted(),
      booted({
        initramfsMs: 1040,
        userspaceMs: 4040,
        daemonMs: 23_000,
        healthMs: 23_500,
        finishedMs: 31_000,
        slowestUnits,
      }),
    ),
  ).toEqual([
    { kind: 'unit', name: 'cloud-init.service', from: 7900, to: 11_200 },
    { kind: 'phase', name: 'userspace', from: 16_000, to: 18_960 },
    { kind: 'phase', name: 'after the daemon', from: 9500, to: 7500 },
  ]);
  expect(compareBoots(booted(), booted())).toEqual([]);
});

test('the slowest clone counts, and a phase that one did not report is no change', () => {
  const slow = booted({ healthMs: 25_000 });
  expect(compareBoots(booted(), { ...slow, clones: [...booted().clones, ...slow.clones] })).toEqual([
    { kind: 'phase', name: 'daemon', from: 500, to: 5000 },
    { kind: 'phase', name: 'after the daemon', from: 9500, to: 5000 },
  ]);
  const { finishedMs: dropped, ...unfinished } = times;
  expect(dropped).toBeDefined();
  expect(compareBoots(booted(), { ...booted(), clones: [{ ...booted().clones[0]!, times: unfinished }] })).toEqual([]);
});

describe('a unit that one did not list', () => {
  test('took less than those that it listed', () => {
    const before = booted({ slowestUnits: tenUnits(500) });
    const with_ = (milliseconds: number): Smoke =>
      booted({ slowestUnits: [...tenUnits(500).slice(0, 9), { unit: 'new.service', milliseconds }] });
    expect(compareBoots(before, with_(590))).toEqual([]);
    expect(compareBoots(before, with_(1200))).toEqual([{ kind: 'unit', name: 'new.service', to: 1200 }]);
  });

  test('took no time if that listed all', () => {
    const slowestUnits = [...times.slowestUnits, { unit: 'new.service', milliseconds: 150 }];
    expect(compareBoots(booted(), booted({ slowestUnits }))).toEqual([{ kind: 'unit', name: 'new.service', to: 150 }]);
    expect(compareBoots(booted({ slowestUnits }), booted())).toEqual([
      { kind: 'unit', name: 'new.service', from: 150 },
    ]);
  });
});

test('boots of different VMs or clocks are not compared', () => {
  const { clock, ...hosts } = times;
  expect(clock).toBe('guest');
  const others = [
    booted({}, { vmm: 'cloud-hypervisor' }),
    booted({}, { accelerator: 'kvm' }),
    { ...booted(), clones: [{ ...booted().clones[0]!, times: hosts }] },
    booted({}, { clones: [] }),
  ];
  expect(others.map((other) => areComparable(booted(), other))).toEqual([false, false, false, true]);
  for (const other of others) expect(compareBoots(booted(), other)).toBeUndefined();
});
