import { describe, expect, test } from '@jest/globals';
import { checkStore, examineStore } from '../../../src/app/check-store.js';
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
  test('says nothing of an honest one', async () => {
    expect(await checkStore(request, { store: honest, clock: systemClock, log: silentLog })).toEqual([]);
  });

  test('refuses a careless one with all that it does wrong', async () => {
    await expect(checkStore(request, { store: careless, clock: systemClock, log: silentLog })).rejects.toMatchObject({
      message: 'the store cannot keep versions apart: a swap that expects no object replaces an existing one',
      evidence: expect.arrayContaining(['a swap from outdated content succeeds']),
      fix: expect.stringContaining('unsafe-store: true'),
    });
  });

  test('warns of it where it is allowed', async () => {
    const warnings: string[] = [];
    const defects = await checkStore(
      { ...request, allowUnsafe: true },
      { store: careless, clock: systemClock, log: { ...silentLog, warn: (line) => void warnings.push(line) } },
    );
    expect(defects.length).toBeGreaterThan(1);
    expect(warnings).toEqual(defects.map((defect) => `unsafe store: ${defect}`));
  });
});

describe("the doctor's line about a store", () => {
  test.each([
    ['ok', honest, false, /can be written/],
    ['broken', careless, false, /cannot keep versions apart/],
    ['warning', careless, true, /cannot keep versions apart/],
    ['broken', closed, false, /^s3:PutObject is not allowed$/],
  ] as const)('is %s', async (state, store, unsafeStore, text) => {
    const finding = await examineStore(
      { publish: { ...publish, unsafeStore } },
      { store, clock: systemClock, owner: 'me' },
    );
    expect(finding).toMatchObject({ name: 'store', state, text: expect.stringMatching(text) });
  });
});
