import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../../src/platform/errors.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';
import type { ObjectStore } from '../../../../src/objects/object-store.js';
import {
  addVersion,
  moveChannelForward,
  moveChannelTo,
  type StoreIndex,
} from '../../../../src/store/index/store-index.js';
import { readIndex, updateIndex } from '../../../../src/store/index/update-index.js';
import { createMemoryStore } from '../../../fixtures/memory-store.js';
import { createTestClock } from '../../../fixtures/test-clock.js';
import { watchStore } from '../../../fixtures/watched-store.js';

const add =
  (version: number) =>
  (index: StoreIndex): StoreIndex =>
    addVersion(index, { version, manifestSha256: sha256Of(String(version)) });

const update = async (store: ObjectStore, change: (index: StoreIndex) => StoreIndex): Promise<StoreIndex> =>
  updateIndex({ image: 'a', owner: 'tester', change }, { store, clock: createTestClock() });

/** The store whose first swap goes as told. */
function withFirstSwap(store: ObjectStore, swap: (proceed: () => Promise<unknown>) => Promise<unknown>): ObjectStore {
  let first = true;
  return watchStore(store, async <T>({ method }: { method: string }, proceed: () => Promise<T>) => {
    if (method !== 'compareAndSwap' || !first) return proceed();
    first = false;
    return swap(proceed) as Promise<T>;
  });
}

const versionsIn = async (store: ObjectStore): Promise<readonly number[]> =>
  (await readIndex('a', store)).live.map(({ version }) => version);

test('starts from nothing, counts its changes, and never writes the same twice', async () => {
  const store = createMemoryStore();
  expect((await readIndex('a', store)).generation).toBe(0);
  const first = await update(store, add(1));
  const second = await update(store, add(2));
  expect([first.generation, second.generation]).toEqual([1, 2]);
  expect(first.nonce).not.toBe(second.nonce);
  expect(await readIndex('a', store)).toEqual(second);
});

test('writes nothing where nothing changes', async () => {
  const store = createMemoryStore();
  const index = await update(store, add(1));
  expect((await update(store, add(1))).generation).toBe(1);
  expect(await readIndex('a', store)).toEqual(index);
});

test('32 writers at once: no change is lost', async () => {
  const store = createMemoryStore();
  const versions = Array.from({ length: 32 }, (_, index) => index + 1);
  await Promise.all(versions.map(async (version) => update(store, add(version))));
  expect(await versionsIn(store)).toEqual(versions);
  expect((await readIndex('a', store)).generation).toBe(32);
});

describe('a lost answer', () => {
  test('the swap went through and the answer says it did not: once is enough', async () => {
    const store = createMemoryStore();
    const lying = withFirstSwap(store, async (proceed) => proceed().then(() => 'lost'));
    expect((await update(lying, add(1))).generation).toBe(1);
    expect(await versionsIn(store)).toEqual([1]);
  });

  test('nor is a change made twice that would undo itself, such as the way back to the previous version', async () => {
    const store = createMemoryStore();
    for (const version of [1, 2])
      await update(store, (index) => moveChannelForward(add(version)(index), 'latest', version));
    const lying = withFirstSwap(store, async (proceed) => proceed().then(() => 'lost'));
    const rolledBack = await update(lying, (index) =>
      moveChannelTo(index, 'latest', index.channels['latest']!.previous!),
    );
    expect(rolledBack.channels['latest']).toMatchObject({ version: 1, previous: 2 });
    expect(await readIndex('a', store)).toEqual(rolledBack);
  });

  test('the swap went through and no answer came: it is done', async () => {
    const store = createMemoryStore();
    const broken = withFirstSwap(store, async (proceed) =>
      proceed().then(() => {
        throw new Failure('connection reset');
      }),
    );
    expect((await update(broken, add(1))).generation).toBe(1);
  });

  test('the swap did not go through and no answer came: the cause is told', async () => {
    const store = createMemoryStore();
    const broken = withFirstSwap(store, async () => Promise.reject(new Failure('connection reset')));
    await expect(update(broken, add(1))).rejects.toThrow('connection reset');
    expect(await versionsIn(store)).toEqual([]);
  });

  test('another writer came first: the change is made to what it wrote', async () => {
    const store = createMemoryStore();
    const contended = withFirstSwap(store, async (proceed) => {
      await update(store, add(7));
      return proceed();
    });
    await update(contended, add(1));
    expect(await versionsIn(store)).toEqual([1, 7]);
  });
});

test('gives up where others always come first', async () => {
  const lost = watchStore(createMemoryStore(), async <T>({ method }: { method: string }, proceed: () => Promise<T>) =>
    method === 'compareAndSwap' ? ('lost' as T) : proceed(),
  );
  await expect(update(lost, add(1))).rejects.toThrow(
    /could not change .*index\.json: gave up after 40 conflicts with other writers/,
  );
});

test('never writes an index that could not be read again', async () => {
  const store = createMemoryStore();
  await expect(update(store, (index) => ({ ...index, highest: -1 }))).rejects.toThrow(
    /the new index of a is not valid: highest/,
  );
  expect(await store.head('snapshots/a.index.json')).toBeUndefined();
});

test.each<[string, string, RegExp]>([
  ['no JSON', '{', /memory:\/\/store\/snapshots\/a\.index\.json is not JSON/],
  [
    'of another image',
    JSON.stringify({
      schema: 1,
      image: 'b',
      generation: 1,
      nonce: 'x',
      highest: 0,
      live: [],
      retiring: [],
      revoked: {},
      channels: {},
    }),
    /is the index of "b"/,
  ],
  ['of a newer release', '{"schema": 2}', /schema 2/],
])('an index that is %s is refused, and left as it is', async (_, content, message) => {
  const store = createMemoryStore();
  await store.createOnly('snapshots/a.index.json', Buffer.from(content), { owner: 'x', cacheControl: '' });
  await expect(update(store, add(1))).rejects.toThrow(message);
  expect((await store.read('snapshots/a.index.json', 1000))?.bytes.toString()).toBe(content);
});
