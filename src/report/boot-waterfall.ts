import { formatDuration } from '../platform/format.js';
import type { Manifest } from '../store/documents/manifest.js';

type Smoke = NonNullable<Manifest['smoke']>;
type BootTimes = Smoke['clones'][number]['times'];

/** One bar. Times are since the start of the VMM. */
export interface Bar {
  readonly kind: 'phase' | 'unit';
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** The boot of one clone. */
export interface Waterfall {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** The waterfall of the clone that took longest until its daemon responded. */
export function toWaterfall({ vmm, vmmVersion, accelerator, clones }: Smoke): Waterfall | undefined {
  const slowest = [...clones].sort((a, b) => b.times.healthMs - a.times.healthMs)[0];
  if (slowest === undefined) return undefined;
  const { hostname, times } = slowest;
  return {
    title:
      `Boot of ${hostname} in ${vmm} ${vmmVersion} with ${accelerator}: ` +
      `daemon responded after ${formatDuration(times.healthMs)}`,
    bars: [...listPhases(times), ...listUnits(times)],
  };
}

/**
 * VMM, kernel, initramfs, userspace and daemon, one after the other until the daemon responded. A phase that a guest
 * did not report is part of the previous one. Guest and host clocks differ a little, so each start is clamped between
 * the previous start and the response.
 */
export function listPhases({ kernelMs, initramfsMs, userspaceMs, daemonMs, healthMs }: BootTimes): readonly Bar[] {
  const reported = [
    ['VMM', 0],
    ['kernel', kernelMs],
    ['initramfs', initramfsMs],
    ['userspace', userspaceMs],
    ['daemon', daemonMs],
  ] as const;
  const known = reported.flatMap(([name, startMs]) => (startMs === undefined ? [] : [{ name, startMs }]));
  const starts = known.reduce<readonly number[]>(
    (earlier, { startMs }) => [...earlier, Math.min(healthMs, Math.max(startMs, earlier.at(-1) ?? 0))],
    [],
  );
  return known.map(({ name }, index) => ({
    kind: 'phase',
    name,
    startMs: starts[index] ?? 0,
    endMs: starts[index + 1] ?? healthMs,
  }));
}

function listUnits({ slowestUnits }: BootTimes): readonly Bar[] {
  return slowestUnits
    .flatMap(({ unit, startMs, milliseconds }) =>
      startMs === undefined ? [] : [{ kind: 'unit' as const, name: unit, startMs, endMs: startMs + milliseconds }],
    )
    .sort((a, b) => a.startMs - b.startMs);
}
