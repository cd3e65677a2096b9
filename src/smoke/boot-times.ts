import { withoutUndefined } from '../platform/without-undefined.js';
import type { CloneProof } from './prove-clone.js';
import type { BootTimes } from './smoke-report.js';

/**
 * The times of a clone's boot: all by the guest's clock if the guest saw the daemon's first healthy response. If not,
 * those that the guest reported are added to the host's time of the kernel's first line.
 */
export function toBootTimes({ identity, kernelMs, healthMs, isFirstAnswer }: CloneTimes): BootTimes {
  const { answeredMs, ...marks } = identity.marks;
  const isGuests = answeredMs !== undefined && isFirstAnswer;
  const start = isGuests ? 0 : kernelMs;
  const slowestUnits = identity.slowestUnits.map(({ startMs, ...unit }) => ({
    ...unit,
    ...withoutUndefined({ startMs: startMs === undefined ? undefined : start + startMs }),
  }));
  const sinceStart = Object.fromEntries(
    Object.entries(marks).map(([name, milliseconds]: [string, number]) => [name, start + milliseconds]),
  );
  return isGuests
    ? { clock: 'guest', vmmMs: kernelMs, kernelMs: 0, healthMs: answeredMs, ...sinceStart, slowestUnits }
    : { kernelMs, healthMs, ...sinceStart, slowestUnits };
}

type CloneTimes = Pick<CloneProof, 'kernelMs' | 'healthMs' | 'isFirstAnswer'> & {
  readonly identity: Pick<CloneProof['identity'], 'marks' | 'slowestUnits'>;
};
