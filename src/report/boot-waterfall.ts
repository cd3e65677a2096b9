import { formatDuration } from '../platform/format.js';
import type { Manifest } from '../store/documents/manifest.js';

type Smoke = NonNullable<Manifest['smoke']>;
type BootTimes = Smoke['clones'][number]['times'];

/**
 * One bar. Times are since the start of the VMM, or of the kernel by the guest's clock. Those of a warm start are since
 * the start of its VM.
 */
export interface Bar {
  readonly kind: 'phase' | 'unit' | 'warm';
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
export function toWaterfall({ vmm, vmmVersion, accelerator, clones, warm }: Smoke): Waterfall | undefined {
  const slowest = [...clones].sort((a, b) => b.times.healthMs - a.times.healthMs)[0];
  if (slowest === undefined) return undefined;
  const { hostname, times } = slowest;
  return {
    title:
      `Boot of ${hostname} in ${vmm} ${vmmVersion} with ${accelerator}: ` +
      `daemon responded after ${formatDuration(times.healthMs)}${formatClock(times)}`,
    bars: [...listPhases(times), ...listUnits(times), ...listWarmParts(warm)],
  };
}

/** Empty for times of old manifests, most of which are by the host's clock. */
export function formatClock({ clock }: Pick<BootTimes, 'clock'>): string {
  return clock === 'guest' ? " of the guest's clock" : '';
}

/**
 * VMM, kernel, initramfs, userspace and daemon, one after the other until the daemon responded. The guest's clock knows
 * no VMM. A phase that a guest did not report is part of the previous one. Guest and host clocks differ a little, so
 * each start is clamped between the previous start and the response.
 */
export function listPhases(times: BootTimes): readonly Bar[] {
  const { clock, kernelMs, initramfsMs, userspaceMs, daemonMs, healthMs } = times;
  const reported = [
    ...(clock === 'guest' ? [] : [['VMM', 0] as const]),
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

/** The parts of the warm start that took longest until its daemon responded; none if there was none. */
function listWarmParts(warm: Smoke['warm']): readonly Bar[] {
  const slowest = [...(warm?.clones ?? [])].sort((a, b) => b.healthMs - a.healthMs)[0];
  if (slowest === undefined) return [];
  const { resumeMs, identityMs, healthMs } = slowest;
  const parts = [
    ['restore', 0, resumeMs],
    ['identity', resumeMs, identityMs],
    ['response', identityMs, healthMs],
  ] as const;
  return parts.map(([name, startMs, endMs]) => ({ kind: 'warm', name: `warm ${name}`, startMs, endMs }));
}
