import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../../src/platform/errors.js';
import { silentLog } from '../../../../src/platform/progress/log.js';
import { claimVersion } from '../../../../src/store/claim-version.js';
import type { ObjectStore } from '../../../../src/objects/object-store.js';
import { planPrune, pruneStore, type PruneOutcome } from '../../../../src/store/cleanup/prune-store.js';
import {
  abandonVersion,
  commitVersion,
  stageVersion,
  type PublishedVersion,
  type StagedVersion,
} from '../../../../src/store/publish-version.js';
import { listVersions } from '../../../../src/store/read-versions.js';
import { findUnlisted, reapUnlisted } from '../../../../src/store/cleanup/reap-unlisted.js';
import { readIndex } from '../../../../src/store/index/update-index.js';
import { toVersionFacts } from '../../../../src/store/documents/version-facts.js';
import { isStagedKey } from '../../../../src/store/names.js';
import { findBrokenVersions } from '../../../fixtures/check-store.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../../fixtures/memory-store.js';
import { createTestClock } from '../../../fixtures/test-clock.js';
import { builder, makeVersionParts, type PublishableParts } from '../../../fixtures/version-parts.js';
import { watchStore, type StoreCall } from '../../../fixtures/watched-store.js';

const hour = 3_600_000;
const image = 'ubuntu-base';
let directory: string;
let parts: PublishableParts;
let state: MemoryState;
let store: ObjectStore;
let clock: ReturnType<typeof createTestClock>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reap-'));
  parts = await makeVersionParts(directory);
});
afterAll(async () => rm(directory, { recursive: true }));
beforeEach(() => {
  state = createMemoryState();
  store = createMemoryStore(state);
  clock = createTestClock();
});

async function stage(to = store): Promise<StagedVersion> {
  const ports = { store: to, clock, log: silentLog };
  const claim = await claimVersion({ image, owner: 'tester', builder }, ports);
  return stageVersion({ claim, golden: parts.golden, base: parts.base }, ports);
}

const commit = async (staged: StagedVersion, to = store): Promise<PublishedVersion> =>
  commitVersion(
    { staged, facts: toVersionFacts(parts), imageSha256: parts.imageSha256, channel: 'latest' },
    { store: to, clock },
  );

/** A publisher that is gone when it comes to this call. */
async function dieAt(isLast: (call: StoreCall) => boolean): Promise<void> {
  const dying = watchStore(store, async (call, proceed) =>
    isLast(call) ? Promise.reject(new Failure('dead')) : proceed(),
  );
  const staged = await stage(dying);
  await expect(commit(staged, dying)).rejects.toThrow('dead');
  // Nobody aborts what a dead one has staged; here that would only stand in the way.
  for (const file of staged.files) await file.staged?.abort();
}

const atManifest = ({ method, key }: StoreCall): boolean => method === 'createOnly' && key.endsWith('.manifest.json');
const atIndex = ({ method }: StoreCall): boolean => method === 'compareAndSwap';
const request = { image, owner: 'pruner', graceMs: 24 * hour };
const reap = async (to = store): Promise<readonly number[]> =>
  reapUnlisted(request, { store: to, clock, log: silentLog });
const keysOf = (version: number): readonly string[] =>
  [...state.objects.keys()].filter((key) => key.startsWith(`snapshots/${image}.${version}.`)).sort();
const claimOf = (version: number): readonly string[] => [`snapshots/${image}.${version}.claim`];

describe('what a dead publisher has completed', () => {
  test.each<[string, (call: StoreCall) => boolean]>([
    ['some files', ({ method, key }) => method === 'complete' && key.endsWith('.initramfs')],
    ['all but its manifest', atManifest],
  ])('%s: goes after the grace period, the claim stays, and the number is used up', async (_, isLast) => {
    await dieAt(isLast);
    expect(keysOf(1).length).toBeGreaterThan(1);
    clock.advance(24 * hour - 1);
    expect(await reap()).toEqual([]);
    clock.advance(1);
    expect(await reap()).toEqual([1]);
    expect(keysOf(1)).toEqual(claimOf(1));
    expect(await readIndex(image, store)).toMatchObject({ abandoned: [1], highest: 1 });
    expect(await reap()).toEqual([]);
    expect((await commit(await stage())).manifest.version).toBe(2);
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('is told with its objects, its bytes and its run', async () => {
    await dieAt(atManifest);
    expect(await findUnlisted(request, { store, clock })).toEqual([
      {
        version: 1,
        objects: expect.any(Number),
        bytes: expect.any(Number),
        goes: false,
        why: 'claimed by https://example.org/runs/1 at 2026-11-23T06:00:00.000Z, may still be at work',
      },
    ]);
    clock.advance(24 * hour);
    expect(await findUnlisted(request, { store, clock })).toMatchObject([
      { goes: true, why: expect.stringMatching(/^claimed by .*, not published since$/) },
    ]);
  });
});

describe('never goes', () => {
  test('what is live, retiring, claimed alone, of another image, or put there by hand', async () => {
    await commit(await stage());
    await claimVersion({ image, owner: 'other', builder }, { store, clock, log: silentLog });
    for (const key of ['ubuntu-base.7.qcow2', 'ubuntu-base.8.qcow2', 'ubuntu-base.gpu.3.qcow2', 'ubuntu-base.notes'])
      state.objects.set(`snapshots/${key}`, Buffer.from('x'));
    state.objects.set('snapshots/ubuntu-base.8.claim', Buffer.from('by hand'));
    clock.advance(1000 * hour);
    const before = [...state.objects.keys()];
    expect(await reap()).toEqual([]);
    expect([...state.objects.keys()]).toEqual(before);
    expect(await findUnlisted(request, { store, clock })).toMatchObject([
      { version: 8, goes: false, why: 'has no claim, so a different program wrote it' },
      { version: 7, goes: false },
    ]);
  });

  test('what others have put beside a version', async () => {
    await dieAt(atManifest);
    state.objects.set('snapshots/ubuntu-base.1.qcow2~', Buffer.from('x'));
    clock.advance(24 * hour);
    expect(await reap()).toEqual([1]);
    expect(keysOf(1)).toEqual([...claimOf(1), 'snapshots/ubuntu-base.1.qcow2~']);
    expect(await findUnlisted(request, { store, clock })).toEqual([]);
  });

  test('a version whose run still holds a staged file', async () => {
    await dieAt(atManifest);
    clock.advance(48 * hour);
    const held = {
      ...store,
      listStaged: async function* () {
        yield await Promise.resolve({
          key: 'snapshots/ubuntu-base.1.vmlinuz',
          since: 0,
          alive: true,
          abort: async () => Promise.resolve(),
        });
      },
    };
    expect(await reap(held)).toEqual([]);
    expect(await findUnlisted(request, { store: held, clock })).toMatchObject([
      { goes: false, why: 'its run is still at work' },
    ]);
  });
});

describe('a whole version that the index does not know', () => {
  const indexKey = 'snapshots/ubuntu-base.index.json';
  const prune = async (): Promise<PruneOutcome> =>
    pruneStore({ image, owner: 'pruner', keep: 2, graceMs: 24 * hour }, { store, clock, log: silentLog });

  test(
    'stays, whether its publisher died or the index is an older copy, until someone removes its ' + 'manifest',
    async () => {
      for (let version = 1; version <= 2; version += 1) await commit(await stage());
      const older = state.objects.get(indexKey)!;
      await commit(await stage());
      state.objects.set(indexKey, older);
      await dieAt(atIndex);
      clock.advance(1000 * hour);
      const before = new Map(state.objects);
      expect(await prune()).toMatchObject({ retired: [], removed: [], unlisted: [] });
      expect(state.objects).toEqual(before);
      expect(await findUnlisted(request, { store, clock })).toMatchObject(
        [4, 3].map((version) => ({
          version,
          goes: false,
          why: expect.stringMatching(/^complete, but missing from the index: /),
        })),
      );
      state.objects.delete('snapshots/ubuntu-base.4.manifest.json');
      expect(await prune()).toMatchObject({ unlisted: [4] });
      expect(keysOf(3)).toHaveLength(8);
    },
  );

  test('is told as the loss that it is where there is no index, and nothing is changed', async () => {
    for (let version = 1; version <= 2; version += 1) await commit(await stage());
    await dieAt(atManifest);
    state.objects.delete(indexKey);
    clock.advance(1000 * hour);
    const before = new Map(state.objects);
    await expect(planPrune({ image, keep: 2, graceMs: 0 }, { store, clock })).rejects.toThrow(
      `memory://store/${indexKey} is missing, but the store has 2 complete versions`,
    );
    await expect(prune()).rejects.toThrow('is missing');
    expect(state.objects).toEqual(before);
  });

  test('stays as well where it is the first, and the next one begins the index', async () => {
    await dieAt(atIndex);
    clock.advance(1000 * hour);
    expect(await prune()).toMatchObject({ unlisted: [] });
    expect((await commit(await stage())).manifest.version).toBe(2);
    expect(await prune()).toMatchObject({ unlisted: [] });
    expect(keysOf(1)).toHaveLength(8);
  });
});

describe('a publisher that is only slow', () => {
  test('loses nothing when it comes first, and publishes nothing when the reaper did, wherever it was', async () => {
    const outcomes = new Set<string>();
    for (let calls = 0; ; calls += 1) {
      state = createMemoryState();
      store = createMemoryStore(state);
      let count = 0;
      let reaped: readonly number[] | undefined;
      const slow = watchStore(store, async (_, proceed) => {
        count += 1;
        if (count !== calls) return proceed();
        clock.advance(48 * hour);
        reaped = await reap();
        return proceed();
      });
      const staged = await stage(slow);
      const published = await commit(staged, slow).then(
        () => true,
        () => false,
      );
      if (!published) await abandonVersion({ claim: staged.claim, staged }, { store, log: silentLog });
      expect(await findBrokenVersions(image, store)).toEqual([]);
      expect((await listVersions(image, store)).length).toBe(published ? 1 : 0);
      expect(published && reaped?.length === 1).toBe(false);
      outcomes.add(
        `${published ? 'published' : 'refused'}${reaped === undefined ? '' : ` after ${reaped.length} reaped`}`,
      );
      clock.advance(48 * hour);
      for await (const leftover of store.listStaged(isStagedKey)) await leftover.abort();
      await reap();
      // What it completed after it was given up goes with the next prune.
      if (!published) expect(keysOf(1).filter((key) => !key.endsWith('.claim'))).toEqual([]);
      expect((await commit(await stage())).manifest.version).toBe(2);
      if (reaped === undefined && calls > 0) break;
    }
    expect([...outcomes].sort()).toEqual(['published', 'published after 0 reaped', 'refused after 1 reaped']);
  });

  test('is told why it cannot publish', async () => {
    const staged = await stage();
    const slow = watchStore(store, async ({ method }, proceed) => {
      if (method === 'createOnly') {
        clock.advance(48 * hour);
        await reap();
      }
      return proceed();
    });
    await expect(commit(staged, slow)).rejects.toThrow(
      'version 1 of ubuntu-base was abandoned by ch-golden prune, and its files were removed',
    );
  });
});

test('what a crash of the reaper leaves undone, the next call does, wherever it was', async () => {
  for (let calls = 0, done = false; !done; calls += 1) {
    state = createMemoryState();
    store = createMemoryStore(state);
    await dieAt(atManifest);
    clock.advance(24 * hour);
    let count = 0;
    done = await reap(
      watchStore(store, async (_, proceed) => {
        count += 1;
        return count > calls ? Promise.reject(new Failure('dead')) : proceed();
      }),
    ).then(
      () => true,
      () => false,
    );
    await reap();
    expect(keysOf(1)).toEqual(claimOf(1));
  }
});

describe('prune', () => {
  const prune = { image, owner: 'pruner', keep: 2, graceMs: 24 * hour };

  test('plans without a change, and then does what was planned', async () => {
    for (let version = 1; version <= 3; version += 1) await commit(await stage());
    await dieAt(atManifest);
    await stage();
    const before = new Map(state.objects);
    clock.advance(24 * hour);
    const plan = await planPrune(prune, { store, clock });
    expect(state.objects).toEqual(before);
    expect(plan).toMatchObject({
      versions: [
        { version: 3, stays: true },
        { version: 2, stays: true },
        { version: 1, stays: false, why: 'older than the newest 2' },
      ],
      retiring: [],
      unlisted: [{ version: 4, goes: true }],
    });
    // The clock of the store is the machine's.
    expect(plan.staged.map(({ key }) => key.replace('snapshots/ubuntu-base.', '')).sort()).toEqual([
      '5.initramfs',
      '5.qcow2',
      '5.vmlinuz',
    ]);

    const outcome = await pruneStore(prune, { store, clock, log: silentLog });
    expect(outcome).toMatchObject({ retired: [1], removed: [], unlisted: [4] });
    expect(keysOf(4)).toEqual(claimOf(4));
    expect((await planPrune(prune, { store, clock })).retiring).toEqual([
      { version: 1, since: '2026-11-24T06:00:00.000Z', goes: false },
    ]);
    clock.advance(24 * hour);
    expect((await planPrune(prune, { store, clock })).retiring).toMatchObject([{ version: 1, goes: true }]);
    expect(await pruneStore(prune, { store, clock, log: silentLog })).toMatchObject({ retired: [], removed: [1] });
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('refuses a name that is none', async () => {
    await expect(planPrune({ ...prune, image: '../x' }, { store, clock })).rejects.toThrow('image name');
    await expect(pruneStore({ ...prune, image: '../x' }, { store, clock, log: silentLog })).rejects.toThrow(
      'image name',
    );
  });
});
