import { expect, test } from '@jest/globals';
import { silentLog } from '../../../../src/platform/progress/log.js';
import type { StagedLeftover } from '../../../../src/objects/object-store.js';
import { reapStaged } from '../../../../src/store/cleanup/reap-staged.js';
import { createMemoryStore } from '../../../fixtures/memory-store.js';
import { createTestClock } from '../../../fixtures/test-clock.js';

const minute = 60_000;
const clock = createTestClock();

test.each<[string, boolean | undefined, number, boolean]>([
  ['a live one stays, however old', true, 1000 * minute, false],
  ['a dead one goes', false, 2 * minute, true],
  ['a dead one that may be about to lock stays', false, minute - 1, false],
  ['an unknown one stays within the grace period', undefined, 59 * minute, false],
  ['an unknown one goes after it', undefined, 61 * minute, true],
])('%s', async (_, alive, age, goes) => {
  const aborted: string[] = [];
  const leftover: StagedLeftover = {
    key: 'snapshots/a.1.qcow2',
    since: clock.now() - age,
    alive,
    abort: async () => {
      aborted.push('aborted');
      return Promise.resolve();
    },
  };
  const store = {
    ...createMemoryStore(),
    listStaged: async function* () {
      yield await Promise.resolve(leftover);
    },
  };
  expect(await reapStaged({ graceMs: 60 * minute }, { store, clock, log: silentLog })).toEqual(
    goes ? [leftover.key] : [],
  );
  expect(aborted).toHaveLength(goes ? 1 : 0);
});
