const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** How far the clocks of other machines may be ahead of this one's. */
const maxAheadMs = hourMs;

export interface AgeRequest {
  /** When the version was built, ISO 8601. */
  readonly created: string;
  /** When a run last found the version to be current, ISO 8601; undefined if none has. */
  readonly checked: string | undefined;
  readonly maxAgeMs: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Parts of a message: when the version was built, and when it was last found current. */
export interface TooOld {
  readonly built: string;
  readonly last: string;
}

/**
 * Why a version is too old; undefined if it was built or checked within the age. A time ahead of this host's clock
 * proves nothing: a forged time would be fresh for ever.
 */
export function tryFindAgeProblem({ created, checked, maxAgeMs, now }: AgeRequest): TooOld | undefined {
  const ageOf = (time: string): number => now - Date.parse(time);
  const isAhead = (time: string): boolean => ageOf(time) < -maxAheadMs;
  const isFresh = (time: string): boolean => !isAhead(time) && ageOf(time) <= maxAgeMs;
  if (isFresh(created) || (checked !== undefined && isFresh(checked))) return undefined;
  const formatAge = (time: string): string =>
    isAhead(time)
      ? `at ${time}, which is ahead of this host's clock and does not count`
      : `${(ageOf(time) / dayMs).toFixed(1)} days ago, at ${time}`;
  return {
    built: formatAge(created),
    last:
      checked === undefined
        ? 'no run has found it current since then'
        : `the last run that found it current was ${formatAge(checked)}`,
  };
}
