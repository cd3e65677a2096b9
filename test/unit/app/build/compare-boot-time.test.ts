import { expect, test } from '@jest/globals';
import { warnIfSlower } from '../../../../src/app/build/compare-boot-time.js';
import { silentLog } from '../../../../src/platform/progress/log.js';
import type { SmokeReport } from '../../../../src/smoke/smoke-report.js';
import type { Manifest } from '../../../../src/store/documents/manifest.js';

function bootedIn(seconds: readonly number[], change: Partial<SmokeReport> = {}): SmokeReport {
  const clones = seconds.map((healthS) => ({ times: { kernelMs: 1, healthMs: healthS * 1000, slowestUnits: [] } }));
  return { vmm: 'cloud-hypervisor', accelerator: 'kvm', clones, ...change } as unknown as SmokeReport;
}

/** By the guest's clock, in emulation. */
function emulatedIn(
  healthS: number,
  slowestUnits: SmokeReport['clones'][number]['times']['slowestUnits'] = [],
): SmokeReport {
  const times = { clock: 'guest', vmmMs: 900, kernelMs: 0, userspaceMs: 2000, healthMs: healthS * 1000, slowestUnits };
  return { ...bootedIn([], { accelerator: 'tcg' }), clones: [{ times }] } as unknown as SmokeReport;
}

function versionWith(smoke: SmokeReport | null): Manifest {
  return { image: 'ubuntu-base', version: 7, smoke } as unknown as Manifest;
}

function compare(
  now: SmokeReport,
  previous: Manifest | undefined,
  otherwise: 'warn' | 'fail' = 'warn',
): readonly string[] {
  const warnings: string[] = [];
  warnIfSlower(now, previous, { part: 0.5, otherwise }, { ...silentLog, warn: (line) => void warnings.push(line) });
  return warnings;
}

const slower = 'the daemon responds after 7.6 s, ubuntu-base.7 took 5.0 s: more than 50 % slower (kernel +2.6 s)';

test('the slowest clone counts', () => {
  expect(compare(bootedIn([4, 7.6]), versionWith(bootedIn([5, 3])))).toEqual([slower]);
  expect(compare(bootedIn([4, 7.5]), versionWith(bootedIn([5, 3])))).toEqual([]);
});

test('a build fails if the tolerance requires it', () => {
  expect(() => compare(bootedIn([7.6]), versionWith(bootedIn([5])), 'fail')).toThrow(slower);
});

test("emulated boots are compared by the guest's clock, and the causes are named", () => {
  const units = (milliseconds: number): { readonly unit: string; readonly milliseconds: number }[] => [
    { unit: 'cloud-init.service', milliseconds },
    { unit: 'faster.service', milliseconds: 4000 - milliseconds },
  ];
  expect(compare(emulatedIn(48, units(3500)), versionWith(emulatedIn(24, units(1200))))).toEqual([
    'the daemon responds after 48.0 s, ubuntu-base.7 took 24.0 s: more than 50 % slower ' +
      '(userspace +24.0 s, cloud-init.service +2.3 s)',
  ]);
  expect(compare(emulatedIn(25), versionWith(emulatedIn(24)), 'fail')).toEqual([]);
});

test.each<[string, SmokeReport, Manifest | undefined]>([
  ['there is no previous version', bootedIn([9]), undefined],
  ['the previous version was not booted', bootedIn([9]), versionWith(null)],
  ['this one was emulated', bootedIn([9], { accelerator: 'tcg' }), versionWith(bootedIn([5]))],
  ['the previous version was emulated', bootedIn([9]), versionWith(bootedIn([5], { accelerator: 'tcg' }))],
  ["only this one has the guest's clock", emulatedIn(48), versionWith(bootedIn([5], { accelerator: 'tcg' }))],
  ['the VMMs differ', bootedIn([9]), versionWith(bootedIn([5], { vmm: 'qemu' }))],
])('nothing is compared if %s', (_, now, previous) => {
  expect(compare(now, previous, 'fail')).toEqual([]);
});
