import { withoutUndefined } from '../../platform/without-undefined.js';
import type { Manifest } from './manifest.js';

type Smoke = NonNullable<Manifest['smoke']>;
type BootTimes = Smoke['clones'][number]['times'];

/** A phase or a unit whose duration differs, in milliseconds. Absent: not recorded, or not among the slowest. */
export interface BootTimeChange {
  readonly kind: 'phase' | 'unit';
  readonly name: string;
  readonly from?: number;
  readonly to?: number;
}

/** Smaller differences are noise: the clocks have a resolution of 10 ms, and boots of one image differ. */
const leastMs = 100;
const leastPart = 0.05;

/** Whether all clones have their times by the guest's clock. In emulation only those can be compared. */
export function hasGuestClock({ clones }: Pick<Smoke, 'clones'>): boolean {
  return clones.every(({ times }) => times.clock === 'guest');
}

/** Whether the boots were in the same kind of VM, and their times mean the same. */
export function areComparable(before: Smoke, after: Smoke): boolean {
  return (
    before.vmm === after.vmm &&
    before.accelerator === after.accelerator &&
    hasGuestClock(before) === hasGuestClock(after)
  );
}

/** What takes longer or shorter in the boot of the slowest clone; the largest difference first. */
export function compareBoots(before: Smoke, after: Smoke): readonly BootTimeChange[] | undefined {
  const [from, to] = [findSlowest(before), findSlowest(after)];
  if (from === undefined || to === undefined || !areComparable(before, after)) return undefined;
  return [
    ...compareDurations('phase', toPhases(from), toPhases(to)),
    ...compareDurations('unit', toUnits(from), toUnits(to)),
  ].sort((a, b) => Math.abs(differenceOf(b)) - Math.abs(differenceOf(a)));
}

export function differenceOf({ from = 0, to = 0 }: BootTimeChange): number {
  return to - from;
}

function findSlowest({ clones }: Smoke): BootTimes | undefined {
  return clones.map(({ times }) => times).sort((a, b) => b.healthMs - a.healthMs)[0];
}

type Durations = ReadonlyMap<string, number>;

/** Each until the next that was reported. The last one is what the boot does after the daemon's first response. */
function toPhases(times: BootTimes): Durations {
  const reported = [
    ['VMM', times.clock === 'guest' ? undefined : 0],
    ['kernel', times.kernelMs],
    ['initramfs', times.initramfsMs],
    ['userspace', times.userspaceMs],
    ['daemon', times.daemonMs],
    ['after the daemon', times.healthMs],
    ['end', times.finishedMs],
  ] as const;
  const known = reported.flatMap(([name, startMs]) => (startMs === undefined ? [] : [{ name, startMs }]));
  return new Map(
    known.slice(0, -1).map(({ name, startMs }, index) => {
      const endMs = known[index + 1]?.startMs ?? startMs;
      return [name, Math.max(0, endMs - startMs)];
    }),
  );
}

function toUnits({ slowestUnits }: BootTimes): Durations {
  return new Map(slowestUnits.map(({ unit, milliseconds }) => [unit, milliseconds]));
}

function compareDurations(
  kind: BootTimeChange['kind'],
  before: Durations,
  after: Durations,
): readonly BootTimeChange[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ kind, name, ...withoutUndefined({ from: before.get(name), to: after.get(name) }) }))
    .filter((change) => isNotable(change, kind === 'phase' ? [0, 0] : [leastOf(before), leastOf(after)]));
}

/** @param least what an absent duration is at most: a guest reports only its ten slowest units. */
function isNotable({ kind, from, to }: BootTimeChange, [leastFrom, leastTo]: readonly [number, number]): boolean {
  if (kind === 'phase' && (from === undefined || to === undefined)) return false;
  const slower = (to ?? 0) - (from ?? leastFrom);
  const faster = (from ?? 0) - (to ?? leastTo);
  return Math.max(slower, faster) >= Math.max(leastMs, leastPart * (from ?? leastFrom));
}

function leastOf(durations: Durations): number {
  return durations.size < mostReportedUnits ? 0 : Math.min(...durations.values());
}

const mostReportedUnits = 10;
