import { expect, test } from '@jest/globals';
import { tryFindAgeProblem } from '../../../src/app/check-age.js';

const hourMs = 3_600_000;
const now = Date.parse('2026-11-23T06:00:00Z');
const at = (hoursAgo: number): string => new Date(now - hoursAgo * hourMs).toISOString();

test.each<readonly [string, number, number | undefined, RegExp | undefined]>([
  ['a new version', 1, undefined, undefined],
  ['as old as allowed', 24, undefined, undefined],
  ['too old', 25, undefined, /^built 1\.0 days ago, at .*, and no run has found it current since then$/],
  ['too old, but checked', 100, 3, undefined],
  [
    'too old, and checked too long ago',
    100,
    48,
    /^built 4\.2 days ago, .* the last run that found it current was 2\.0 days ago, at /,
  ],
  ['checked by a clock that is a little ahead', 100, -0.9, undefined],
  [
    'checked in the future',
    100,
    -1.1,
    new RegExp(
      'the last run that found it current was at 2026-11-23T07:06:00\\.000Z, ' +
        "which is ahead of this host's clock and does not count",
    ),
  ],
  ['built by a clock that is a little ahead', -0.9, undefined, undefined],
  [
    'built in the future',
    -24,
    undefined,
    /^built at 2026-11-24T06:00:00\.000Z, which is ahead of this host's clock and does not count, and no run/,
  ],
  ['built in the future, and checked', -24, 2, undefined],
])('%s', (_, builtHoursAgo, checkedHoursAgo, problem) => {
  const found = tryFindAgeProblem({
    created: at(builtHoursAgo),
    checked: checkedHoursAgo === undefined ? undefined : at(checkedHoursAgo),
    maxAgeMs: 24 * hourMs,
    now,
  });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(`built ${found?.built ?? ''}, and ${found?.last ?? ''}`).toMatch(problem);
});
