import { expect, test } from '@jest/globals';
import { withLowPriority, type Priority } from '../../../../src/platform/process/low-priority.js';

function createPriority(isPrivileged: boolean): Priority {
  let niceness = 5;
  return {
    get: () => niceness,
    set: (wanted) => {
      if (wanted < niceness && !isPrivileged) throw new Error('EACCES');
      niceness = wanted;
    },
  };
}

test('work runs at the lowest priority, and root has the previous one back then', async () => {
  const priority = createPriority(true);
  expect(await withLowPriority(async () => Promise.resolve(priority.get()), priority)).toBe(19);
  expect(priority.get()).toBe(5);
});

test('a failure of the work is not hidden by that of a plain user to undo the priority', async () => {
  const priority = createPriority(false);
  const work = withLowPriority(async () => Promise.reject(new Error('the work failed')), priority);
  await expect(work).rejects.toThrow('the work failed');
  expect(priority.get()).toBe(19);
});
