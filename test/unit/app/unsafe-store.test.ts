import { describe, expect, test } from '@jest/globals';
import { assertSafeStore } from '../../../src/app/unsafe-store.js';
import { checkStore } from '../../../src/app/doctor/checks/store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';

const honest = createMemoryStore();
const careless: ObjectStore = { ...honest, compareAndSwap: async () => Promise.resolve('swapped') };
const closed: ObjectStore = {
  ...honest,
  createOnly: async () => Promise.reject(new Failure('s3:PutObject is not allowed', { fix: 'allow it' })),
};
const request = { image: 'ubuntu-base', owner: 'me', allowUnsafe: false };
const publish = {
  image: 'ubuntu-base',
  channel: 'latest',
  keep: 5,
  ifUnchanged: 'skip',
  dryRun: false,
  unsafeStore: false,
} as const;

describe('the check of a store before a build', () => {
  test('accepts a correct store', async () => {
    expect(await assertSafeStore(request, { store: honest, clock: systemClock, log: silentLog })).toEqual([]);
  });

  test('rejects an unsafe store with all its defects', async () => {
    await expect(
      assertSafeStore(request, { store: careless, clock: systemClock, log: silentLog }),
    ).rejects.toMatchObject({
      message: "the store's conditional writes do not work: a swap that expects no object replaces an existing one",
      evidence: expect.arrayContaining(['a swap from outdated content succeeds']),
      fix: expect.stringContaining('unsafe-store: true'),
    });
  });

  test('warns about an unsafe store if it is allowed', async () => {
    const warnings: string[] = [];
    const defects = await assertSafeStore(
      { ...request, allowUnsafe: true },
      { store: careless, clock: systemClock, log: { ...silentLog, warn: (line) => void warnings.push(line) } },
    );
    expect(defects.length).toBeGreaterThan(1);
    expect(warnings).toEqual(defects.map((defect) => `Unsafe store: ${defect}`));
  });
});

describe("the doctor's finding about a store", () => {
  test.each([
    ['ok', honest, false, /can be written to/],
    ['broken', careless, false, /conditional writes do not work/],
    ['warning', careless, true, /conditional writes do not work/],
  ] as const)('is %s', async (state, store, unsafeStore, text) => {
    const finding = await checkStore(
      { publish: { ...publish, unsafeStore } },
      { store, clock: systemClock, owner: 'me' },
    );
    expect(finding).toMatchObject({ name: 'store', state, text: expect.stringMatching(text) });
  });

  test('is the failure of a store that cannot be written to', async () => {
    const check = checkStore({ publish }, { store: closed, clock: systemClock, owner: 'me' });
    await expect(check).rejects.toMatchObject({ message: 's3:PutObject is not allowed', fix: 'allow it' });
  });
});
