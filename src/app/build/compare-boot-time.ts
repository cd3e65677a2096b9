import type { Tolerance } from '../../inputs/parse.js';
import { Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import { areComparable, compareBoots, differenceOf, hasGuestClock } from '../../store/documents/compare-boots.js';
import type { Manifest } from '../../store/documents/manifest.js';

/** How many causes a message names. */
const mostCauses = 3;

/**
 * Compares the slowest clone with that of the previous version, if both booted on the same VMM. Times of emulated boots
 * are compared only by the guest's clock: the host's varies with the load of the machine.
 * @throws Failure if the tolerance requires it
 */
export function warnIfSlower(
  now: SmokeReport,
  previous: Manifest | undefined,
  { part, otherwise }: Tolerance,
  log: Log,
): void {
  const before = previous?.smoke;
  if (previous === undefined || before === undefined || before === null) return;
  const isSteady = now.accelerator === 'kvm' || hasGuestClock(now);
  if (!isSteady || !areComparable(before, now)) {
    log.detail(
      'Boot time not compared with the previous version: both must boot on the same VMM, ' +
        "with KVM or by the guest's clock",
    );
    return;
  }
  const [nowMs, beforeMs] = [healthMsOf(now), healthMsOf(before)];
  if (nowMs <= beforeMs * (1 + part)) return;
  const times = `${formatDuration(nowMs)}, ${previous.image}.${previous.version} took ${formatDuration(beforeMs)}`;
  const message =
    `the daemon responds after ${times}: more than ${Math.round(part * 100)} % slower` + formatCauses(before, now);
  if (otherwise === 'fail')
    throw new Failure(message, {
      fix: 'find the slowest units in the summary, or set a larger boot-time-tolerance',
    });
  log.warn(message);
}

function healthMsOf({ clones }: Pick<SmokeReport, 'clones'>): number {
  return Math.max(...clones.map(({ times }) => times.healthMs));
}

/** ` (userspace +2.1 s, cloud-init.service +1.9 s)`, or nothing. */
function formatCauses(before: SmokeReport, now: SmokeReport): string {
  const causes = (compareBoots(before, now) ?? [])
    .filter(({ name, to, ...change }) => to !== undefined && differenceOf({ name, to, ...change }) > 0)
    .filter(({ name }) => name !== 'after the daemon')
    .slice(0, mostCauses)
    .map(({ name, from, to = 0 }) =>
      from === undefined ? `${name} ${formatDuration(to)}` : `${name} +${formatDuration(to - from)}`,
    );
  return causes.length === 0 ? '' : ` (${causes.join(', ')})`;
}
