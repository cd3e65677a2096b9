import type { Tolerance } from '../../inputs/parse.js';
import { Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import type { Manifest } from '../../store/documents/manifest.js';

/**
 * Compares the slowest clone's way to health with that of the version before, where both have booted on the same VMM with KVM:
 * without it, times tell of the machine's other work. @throws Failure where the tolerance says so
 */
export function warnIfSlower(
  now: SmokeReport,
  previous: Manifest | undefined,
  { part, otherwise }: Tolerance,
  log: Log,
): void {
  const before = previous?.smoke;
  if (previous === undefined || before === undefined || before === null) return;
  if (now.accelerator !== 'kvm' || before.accelerator !== 'kvm' || now.vmm !== before.vmm) {
    log.detail(
      'the time of the boot is not compared with that of the version before: that takes the same VMM, and KVM, for both',
    );
    return;
  }
  const [nowMs, beforeMs] = [healthMsOf(now), healthMsOf(before)];
  if (nowMs <= beforeMs * (1 + part)) return;
  const message = `the image takes ${formatDuration(nowMs)} to answer, ${previous.image}.${previous.version} took ${formatDuration(beforeMs)}: more than ${Math.round(part * 100)} % slower`;
  if (otherwise === 'fail')
    throw new Failure(message, {
      fix: 'look at the slowest units in the summary, or give a larger boot-time-tolerance',
    });
  log.warn(message);
}

function healthMsOf({ clones }: Pick<SmokeReport, 'clones'>): number {
  return Math.max(...clones.map(({ times }) => times.healthMs));
}
