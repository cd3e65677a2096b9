import type { Tolerance } from '../../inputs/parse.js';
import { Failure } from '../../platform/errors.js';
import { formatDuration } from '../../platform/format.js';
import type { Log } from '../../platform/progress/log.js';
import type { SmokeReport } from '../../smoke/smoke-report.js';
import type { Manifest } from '../../store/documents/manifest.js';

/**
 * Compares the slowest clone with that of the previous version, if both booted on the same VMM with KVM. Emulated boot
 * times vary with the load of the machine.
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
  if (now.accelerator !== 'kvm' || before.accelerator !== 'kvm' || now.vmm !== before.vmm) {
    log.detail('Boot time not compared with the previous version: both must boot on the same VMM with KVM');
    return;
  }
  const [nowMs, beforeMs] = [healthMsOf(now), healthMsOf(before)];
  if (nowMs <= beforeMs * (1 + part)) return;
  const times = `${formatDuration(nowMs)}, ${previous.image}.${previous.version} took ${formatDuration(beforeMs)}`;
  const message = `the daemon responds after ${times}: more than ${Math.round(part * 100)} % slower`;
  if (otherwise === 'fail')
    throw new Failure(message, {
      fix: 'find the slowest units in the summary, or set a larger boot-time-tolerance',
    });
  log.warn(message);
}

function healthMsOf({ clones }: Pick<SmokeReport, 'clones'>): number {
  return Math.max(...clones.map(({ times }) => times.healthMs));
}
