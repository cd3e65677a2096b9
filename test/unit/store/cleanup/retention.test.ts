import { beforeEach, describe, expect, test } from '@jest/globals';
import { Failure } from '../../../../src/platform/errors.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import { silentLog } from '../../../../src/platform/progress/log.js';
import type { ObjectStore } from '../../../../src/objects/object-store.js';
import { listVersions } from '../../../../src/store/read-versions.js';
import { applyRetention, type RetentionOutcome } from '../../../../src/store/cleanup/retention.js';
import { addVersion, moveChannelForward, moveChannelTo } from '../../../../src/store/index/store-index.js';
import { readIndex, updateIndex } from '../../../../src/store/index/update-index.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../../fixtures/memory-store.js';
import { createTestClock } from '../../../fixtures/test-clock.js';
import { watchStore } from '../../../fixtures/watched-store.js';

const hour = 3_600_000;
const image = 'ubuntu-base';
const suffixes = ['claim', 'qcow2', 'vmlinuz', 'initramfs', 'SHA256SUMS', 'manifest.json'];
let state: MemoryState;
let store: ObjectStore;
let clock: ReturnType<typeof createTestClock>;

beforeEach(async () => {
  state = createMemoryState();
  store = createMemoryStore(state);
  clock = createTestClock();
  for (const version of [1, 2, 3, 4, 10]) {
    for (const suffix of suffixes)
      state.objects.set(`snapshots/${image}.${version}.${suffix}`, Buffer.from(`${version} ${suffix}`));
    await updateIndex(
      {
        image,
        owner: 'x',
        change: (index) =>
          moveChannelForward(
            addVersion(index, { version, manifestSha256: sha256Of(String(version)) }),
            'latest',
            version,
          ),
      },
      { store, clock },
    );
  }
});

const retain = async (keep: number, to = store): Promise<RetentionOutcome> =>
  applyRetention({ image, owner: 'x', keep, graceMs: hour }, { store: to, clock, log: silentLog });
const live = async (): Promise<readonly number[]> => (await listVersions(image, store)).map(({ version }) => version);
const objectsOf = (version: number): readonly string[] =>
  suffixes.filter((suffix) => state.objects.has(`snapshots/${image}.${version}.${suffix}`));

describe('retention', () => {
  test('takes old versions from the readers, and removes them after the grace period; the claims stay', async () => {
    expect(await retain(3)).toEqual({ retired: [2, 1], removed: [] });
    expect(await live()).toEqual([10, 4, 3]);
    expect(objectsOf(1)).toEqual(suffixes);
    clock.advance(hour - 1);
    expect(await retain(3)).toEqual({ retired: [], removed: [] });
    clock.advance(1);
    expect(await retain(3)).toEqual({ retired: [], removed: [2, 1] });
    expect([objectsOf(1), objectsOf(2)]).toEqual([['claim'], ['claim']]);
    expect(objectsOf(10)).toEqual(suffixes);
    expect((await readIndex(image, store)).retiring).toEqual([]);
  });

  test('leaves what a channel names or named before', async () => {
    await updateIndex({ image, owner: 'x', change: (index) => moveChannelTo(index, 'latest', 1) }, { store, clock });
    expect((await retain(2)).retired).toEqual([3, 2]);
    expect(await live()).toEqual([10, 4, 1]);
  });

  test('the manifest goes first', async () => {
    await retain(3);
    clock.advance(hour);
    const deleted: string[] = [];
    await retain(
      3,
      watchStore(store, async ({ method, key }, proceed) => {
        if (method === 'deleteMany') deleted.push(...key.split(','));
        return proceed();
      }),
    );
    expect(deleted.find((key) => key.includes('.2.'))).toBe('snapshots/ubuntu-base.2.manifest.json');
    expect(deleted).toHaveLength(10);
  });

  test('what a crash leaves undone, the next call does, wherever it was', async () => {
    await retain(3);
    clock.advance(hour);
    let calls = 0;
    for (let done = false; !done; calls += 1) {
      let count = 0;
      const watched = watchStore(store, async (_, proceed) => {
        count += 1;
        return count > calls ? Promise.reject(new Failure('dead')) : proceed();
      });
      const dying: ObjectStore = {
        ...watched,
        deleteMany: async (keys) => {
          for (const key of keys) await watched.delete(key);
        },
      };
      done = await retain(3, dying).then(
        () => true,
        () => false,
      );
      expect(await live()).toEqual([10, 4, 3]);
      expect(objectsOf(3)).toEqual(suffixes);
    }
    expect(calls).toBeGreaterThan(8);
    expect([objectsOf(1), objectsOf(2)]).toEqual([['claim'], ['claim']]);
  });

  test('a promotion that comes in between wins or is refused, never broken', async () => {
    const promoted = watchStore(store, async ({ method }, proceed) => {
      if (method === 'compareAndSwap' && (await readIndex(image, store)).channels['stable'] === undefined) {
        await updateIndex(
          { image, owner: 'y', change: (index) => moveChannelTo(index, 'stable', 1) },
          { store, clock },
        );
      }
      return proceed();
    });
    expect((await retain(3, promoted)).retired).toEqual([2]);
    expect(await live()).toEqual([10, 4, 3, 1]);
    await expect(
      updateIndex({ image, owner: 'y', change: (index) => moveChannelTo(index, 'stable', 2) }, { store, clock }),
    ).rejects.toThrow('not live');
  });

  test('leaves what others have put beside a version, whatever it is called, and says so once', async () => {
    const foreign = ['qcow2~', 'qcow2 (copy)', 'notes'].map((suffix) => `snapshots/${image}.1.${suffix}`);
    for (const key of foreign) state.objects.set(key, Buffer.from('x'));
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (line: string) => void warnings.push(line) };
    for (let round = 0; round < 3; round += 1) {
      await applyRetention({ image, owner: 'x', keep: 3, graceMs: hour }, { store, clock, log });
      clock.advance(hour);
    }
    expect([...state.objects.keys()].filter((key) => key.startsWith(`snapshots/${image}.1.`))).toEqual([
      `snapshots/${image}.1.claim`,
      ...foreign,
    ]);
    expect((await readIndex(image, store)).retiring).toEqual([]);
    expect(warnings).toEqual([
      `Removed version 1 of ${image}, except 3 objects written by others, e.g. "snapshots/${image}.1.notes"`,
    ]);
  });

  test('leaves another image alone', async () => {
    state.objects.set('snapshots/ubuntu-base.x.1.qcow2', Buffer.from('x'));
    await retain(3);
    clock.advance(hour);
    await retain(3);
    expect(state.objects.has('snapshots/ubuntu-base.x.1.qcow2')).toBe(true);
  });
});
