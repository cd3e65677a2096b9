import { describe, expect, test } from '@jest/globals';
import { toWaterfall, listPhases, type Waterfall } from '../../../src/report/boot-waterfall.js';
import { renderWaterfallMermaid, renderWaterfallSvg } from '../../../src/report/render-waterfall.js';
import type { Manifest } from '../../../src/store/documents/manifest.js';

type Smoke = NonNullable<Manifest['smoke']>;
type Times = Smoke['clones'][number]['times'];

const times: Times = {
  kernelMs: 100,
  initramfsMs: 600,
  userspaceMs: 2100,
  daemonMs: 5000,
  healthMs: 5250,
  finishedMs: 9000,
  slowestUnits: [],
};
const phases = (change: Partial<Times>): readonly (readonly [string, number, number])[] =>
  listPhases({ ...times, ...change }).map(({ name, startMs, endMs }) => [name, startMs, endMs]);

const describeClones = (...clones: readonly CloneTimes[]): Waterfall | undefined => describeSmoke(clones);
type CloneTimes = readonly [hostname: string, times: Times];

function describeSmoke(clones: readonly CloneTimes[], warm?: Smoke['warm']): Waterfall | undefined {
  const rest = {
    machineId: 'm',
    bootId: 'b',
    hostKeys: [],
    kernel: 'k',
    cloudInit: 'done',
    failedUnits: [],
    addresses: [],
  };
  return toWaterfall({
    vmm: 'cloud-hypervisor',
    vmmVersion: '53.0.0',
    accelerator: 'kvm',
    health: { path: '/version' },
    restartMs: 1,
    powerOffMs: 1,
    chunksVerified: { read: 1, of: 1 },
    ...(warm === undefined ? {} : { warm }),
    clones: clones.map(([hostname, ofClone]) => ({ hostname, times: ofClone, ...rest })),
  });
}

describe('listPhases', () => {
  test('one after the other, until the first answer', () =>
    expect(phases({})).toEqual([
      ['VMM', 0, 100],
      ['kernel', 100, 600],
      ['initramfs', 600, 2100],
      ['userspace', 2100, 5000],
      ['daemon', 5000, 5250],
    ]));

  test("the guest's clock knows no VMM", () => {
    const guests = { ...times, clock: 'guest', vmmMs: 100, kernelMs: 0 } as const;
    expect(listPhases(guests).map(({ name, startMs }) => [name, startMs])).toEqual([
      ['kernel', 0],
      ['initramfs', 600],
      ['userspace', 2100],
      ['daemon', 5000],
    ]);
    expect(describeClones(['smoke-1', guests])?.title).toMatch(/daemon responded after 5\.\d+ s of the guest's clock$/);
  });

  test('what a guest did not say is part of the phase before', () => {
    const { kernelMs, healthMs, userspaceMs, slowestUnits } = times;
    expect(
      listPhases({ kernelMs, healthMs, slowestUnits, userspaceMs: userspaceMs! }).map(({ name, endMs }) => [
        name,
        endMs,
      ]),
    ).toEqual([
      ['VMM', 100],
      ['kernel', 2100],
      ['userspace', 5250],
    ]);
    expect(listPhases({ kernelMs, healthMs, slowestUnits }).map(({ name, endMs }) => [name, endMs])).toEqual([
      ['VMM', 100],
      ['kernel', 5250],
    ]);
  });

  test('a clock that runs ahead turns no phase around', () => {
    expect(phases({ daemonMs: 5400 }).slice(-2)).toEqual([
      ['userspace', 2100, 5250],
      ['daemon', 5250, 5250],
    ]);
    expect(phases({ initramfsMs: 3000 }).slice(1, 4)).toEqual([
      ['kernel', 100, 3000],
      ['initramfs', 3000, 3000],
      ['userspace', 3000, 5000],
    ]);
  });
});

describe('describeBoot', () => {
  test('shows the clone that took the longest, with its units in the order of their starts', () => {
    const slow = {
      ...times,
      healthMs: 7000,
      slowestUnits: [
        { unit: 'b.service', milliseconds: 900, startMs: 4000 },
        { unit: 'a.service', milliseconds: 50, startMs: 3000 },
        { unit: 'old', milliseconds: 1 },
      ],
    };
    const waterfall = describeClones(['smoke-1', times], ['smoke-2', slow]);
    expect(waterfall?.title).toBe('Boot of smoke-2 in cloud-hypervisor 53.0.0 with kvm: daemon responded after 7.0 s');
    expect(waterfall?.bars.slice(5)).toEqual([
      { kind: 'unit', name: 'a.service', startMs: 3000, endMs: 3050 },
      { kind: 'unit', name: 'b.service', startMs: 4000, endMs: 4900 },
    ]);
  });

  test('is nothing without a clone', () => expect(describeClones()).toBeUndefined());
});

describe('drawings', () => {
  const hostile = '<script>&"x"</script>.service';
  const waterfall = describeClones([
    'smoke-1',
    {
      ...times,
      slowestUnits: [
        { unit: hostile, milliseconds: 0, startMs: 3000 },
        { unit: 'a:b;c,d#e`.service', milliseconds: 40, startMs: 3000 },
      ],
    },
  ])!;

  test('SVG has a bar and a label for each, and nothing of a guest that is markup', () => {
    const svg = renderWaterfallSvg(waterfall);
    expect(svg.match(/<rect x=/g)).toHaveLength(7);
    expect(svg).toContain('userspace (2.9 s)');
    expect(svg).not.toContain('<script>');
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
  });

  test('SVG of a boot that took no time', () => {
    expect(renderWaterfallSvg(describeClones(['x', { kernelMs: 0, healthMs: 0, slowestUnits: [] }])!)).not.toMatch(
      /NaN|Infinity/,
    );
  });

  test('Mermaid has a row for each, and no name ends early', () => {
    const lines = renderWaterfallMermaid(waterfall);
    expect(lines).toContain('  kernel (500 ms) :100, 600');
    expect(lines).toContain('  a b c d e .service (40 ms) :3000, 3040');
    expect(lines.filter((line) => line.includes(' :'))).toHaveLength(7);
    expect(lines.every((line) => (line.match(/:/g)?.length ?? 0) <= 1 || line.startsWith('  axisFormat'))).toBe(true);
  });
});

test('a warm start is drawn below the boot, the slowest one', () => {
  const quick = { hostname: 'warm-1', resumeMs: 100, identityMs: 200, healthMs: 210 };
  const slow = { hostname: 'warm-2', resumeMs: 110, identityMs: 300, healthMs: 350 };
  const drawn = describeSmoke([['smoke-1', times]], { templateMs: 9000, clones: [quick, slow] })!;
  expect(drawn.bars.slice(-3)).toEqual([
    { kind: 'warm', name: 'warm restore', startMs: 0, endMs: 110 },
    { kind: 'warm', name: 'warm identity', startMs: 110, endMs: 300 },
    { kind: 'warm', name: 'warm response', startMs: 300, endMs: 350 },
  ]);
  const lines = renderWaterfallMermaid(drawn);
  expect(lines.slice(lines.indexOf('  section Warm start'))[2]).toMatch(/^ {2}warm identity \(190 ms\) :110, 300$/);
  expect(renderWaterfallSvg(drawn)).toContain('warm identity (190 ms)');
});
