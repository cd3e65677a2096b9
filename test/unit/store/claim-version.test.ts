import { beforeEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../src/platform/progress/log.js';
import { assertClaimable, claimVersion, type Claim } from '../../../src/store/claim-version.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { abandonVersions, addVersion, finishRetiring } from '../../../src/store/index/store-index.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { updateIndex } from '../../../src/store/index/update-index.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const image = 'ubuntu-base';
const claimKey = 'snapshots/ubuntu-base.7.claim';
const clock = createTestClock();
let state: MemoryState;
let store: ObjectStore;

beforeEach(() => {
  state = createMemoryState();
  store = createMemoryStore(state);
});

const run = (id: number, attempt: number): string => `https://github.com/o/r/actions/runs/${id}/attempts/${attempt}`;
const claim = async (by: string | undefined, owner = String(by)): Promise<Claim> =>
  claimVersion(
    { image, owner, version: 7, builder: { tool: 't', ...(by === undefined ? {} : { run: by }) } },
    { store, clock, log: silentLog },
  );

describe('the claim that an attempt of the same run has left', () => {
  test('is taken over by a later one, as it is', async () => {
    await claim(run(5, 1));
    const left = state.objects.get(claimKey);
    expect(await claim(run(5, 3))).toEqual({ image, version: 7, owner: run(5, 3) });
    expect(state.objects.get(claimKey)).toEqual(left);
    expect(await assertClaimable({ image, version: 7, builder: { tool: 't', run: run(5, 2) } }, store)).toBe('left');
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['another run', run(5, 1), run(6, 2)],
    ['the same attempt, which has two jobs', run(5, 2), run(5, 2)],
    ['an earlier attempt', run(5, 2), run(5, 1)],
    ['a run that does not say which', undefined, undefined],
    ['a run whose number begins with that one', run(5, 1), run(51, 2)],
    ['a run without attempts', 'https://github.com/o/r/actions/runs/5', 'https://github.com/o/r/actions/runs/5'],
  ])('is not that of %s', async (_, first, second) => {
    await claim(first, 'first');
    await expect(claim(second, 'second')).rejects.toThrow(
      /^version 7 of ubuntu-base is taken by the claim of .* at 2026-11-23T06:00:00.000Z$/,
    );
  });

  test('stays where anything of the version was completed', async () => {
    await claim(run(5, 1));
    state.objects.set('snapshots/ubuntu-base.7.vmlinuz', Buffer.from('x'));
    await expect(claim(run(5, 2))).rejects.toThrow(
      'version 7 of ubuntu-base is taken: memory://store/snapshots/ubuntu-base.7.vmlinuz exists',
    );
  });

  test('stays where the version was published, and removed since', async () => {
    await claim(run(5, 1));
    const change = async (next: Parameters<typeof updateIndex>[0]['change']): Promise<unknown> =>
      updateIndex({ image, owner: 'x', change: next }, { store, clock });
    await change((index) => addVersion(index, { version: 7, manifestSha256: sha256Of('7') }));
    await change((index) => finishRetiring({ ...index, live: [] }, [7]));
    await expect(claim(run(5, 2))).rejects.toThrow('is taken by the claim of');
  });

  test('stays where the version was given up, also when its run has taken the claim along', async () => {
    await updateIndex({ image, owner: 'x', change: (index) => abandonVersions(index, [7]) }, { store, clock });
    await expect(claim(run(5, 2))).rejects.toThrow('version 7 of ubuntu-base was abandoned');
    expect(
      (await claimVersion({ image, owner: 'x', builder: { tool: 't' } }, { store, clock, log: silentLog })).version,
    ).toBe(8);
  });
});

test('a version that is free can be claimed, and looking at it changes nothing', async () => {
  expect(await assertClaimable({ image, version: 7, builder: { tool: 't' } }, store)).toBe('free');
  expect(state.objects.size).toBe(0);
});
