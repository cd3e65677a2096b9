import { beforeEach, describe, expect, test } from '@jest/globals';
import { changeChannels, type ChannelChange, type ChannelOperation } from '../../../src/store/change-channels.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { listVersions } from '../../../src/store/read-versions.js';
import { readIndex } from '../../../src/store/index/update-index.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryStore } from '../../fixtures/memory-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { watchStore } from '../../fixtures/watched-store.js';

let store: ObjectStore;

beforeEach(async () => {
  store = createMemoryStore();
  for (const baseSerial of ['20261001', '20261101', '20261101', '20261115'])
    await publishTestVersion(store, { baseSerial });
});

const change = async (operation: ChannelOperation, to = store): Promise<ChannelChange> =>
  changeChannels({ image, owner: 'operator', operation }, { store: to, clock: createTestClock() });
const channels = async (): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(
    Object.entries((await readIndex(image, store)).channels).map(([name, { version }]) => [name, version]),
  );

/** Lets another come first: at the moment of our first swap. */
function outrun(other: () => Promise<unknown>): ObjectStore {
  let first = true;
  return watchStore(store, async ({ method }, proceed) => {
    if (method === 'compareAndSwap' && first) {
      first = false;
      await other();
    }
    return proceed();
  });
}

describe('each says what was and what is', () => {
  test('promotion', async () => {
    expect(await change({ operation: 'promote', channel: 'stable', wanted: 2 })).toMatchObject({
      changed: true,
      moves: [{ channel: 'stable', to: 2 }],
      revoked: [],
    });
    expect(await change({ operation: 'promote', channel: 'stable', wanted: 'latest' })).toMatchObject({
      changed: true,
      moves: [{ channel: 'stable', from: 2, to: 4 }],
    });
    const before = await readIndex(image, store);
    expect(await change({ operation: 'promote', channel: 'stable', wanted: 4 })).toMatchObject({
      changed: false,
      moves: [],
    });
    expect(await readIndex(image, store)).toEqual(before);
  });

  test('rollback', async () => {
    expect(await change({ operation: 'rollback', channel: 'latest' })).toMatchObject({
      moves: [{ channel: 'latest', from: 4, to: 3 }],
    });
    expect(await change({ operation: 'rollback', channel: 'latest', to: 1 })).toMatchObject({
      moves: [{ channel: 'latest', from: 3, to: 1 }],
    });
    expect(await change({ operation: 'rollback', channel: 'latest', to: 1 })).toMatchObject({ changed: false });
  });

  test('revocation', async () => {
    await change({ operation: 'promote', channel: 'stable', wanted: 4 });
    const revoke = { operation: 'revoke', which: { version: 4 }, reason: 'CVE-2026-1' } as const;
    const { moves, revoked, index } = await change(revoke);
    expect({ moves, revoked }).toEqual({
      moves: [
        { channel: 'latest', from: 4, to: 3 },
        { channel: 'stable', from: 4, to: 3 },
      ],
      revoked: [4],
    });
    expect(index.revoked).toEqual({ 4: { reason: 'CVE-2026-1', at: '2026-11-23T06:00:00.000Z' } });
    expect((await listVersions(image, store))[0]).toMatchObject({ version: 4, channels: [], revoked: 'CVE-2026-1' });
    expect(await change(revoke)).toMatchObject({ changed: false, revoked: [] });
    expect(await change({ ...revoke, replacement: 2 })).toMatchObject({ changed: true, revoked: [4], moves: [] });
  });
});

describe('revocation by the serial of the base', () => {
  const revoke = { operation: 'revoke', which: { baseSerial: '20261101' }, reason: 'bad openssl' } as const;

  test('takes every live version of it in one change', async () => {
    let swaps = 0;
    const counting = watchStore(store, async ({ method }, proceed) => {
      if (method === 'compareAndSwap') swaps += 1;
      return proceed();
    });
    expect(await change(revoke, counting)).toMatchObject({ changed: true, revoked: [2, 3], moves: [] });
    expect(swaps).toBe(1);
    expect(await change(revoke)).toMatchObject({ changed: false });
  });

  test('sees a version that is published at the same moment', async () => {
    const { revoked } = await change(
      revoke,
      outrun(async () => publishTestVersion(store, { baseSerial: '20261101' })),
    );
    expect(revoked).toEqual([2, 3, 5]);
    expect(await channels()).toEqual({ latest: 4 });
  });

  test('leaves a version that is revoked already with its reason', async () => {
    await change({ operation: 'revoke', which: { version: 2 }, reason: 'does not boot' });
    const { revoked, index } = await change(revoke);
    expect(revoked).toEqual([3]);
    expect(index.revoked[2]?.reason).toBe('does not boot');
  });

  test('moves channels to the replacement', async () => {
    await change({ operation: 'promote', channel: 'stable', wanted: 3 });
    expect((await change({ ...revoke, replacement: 4 })).moves).toEqual([{ channel: 'stable', from: 3, to: 4 }]);
  });

  test('of no live version is refused, and names the serials that there are', async () => {
    await expect(change({ ...revoke, which: { baseSerial: '2026' } })).rejects.toMatchObject({
      message: 'no live version of ubuntu-base was built from base serial 2026',
      fix: 'use one of the serials: 20261001, 20261101, 20261115',
    });
  });

  test('changes nothing where a manifest cannot be read', async () => {
    await store.delete('snapshots/ubuntu-base.2.manifest.json');
    await expect(change(revoke)).rejects.toThrow('ubuntu-base.2.manifest.json is missing');
    expect((await readIndex(image, store)).revoked).toEqual({});
  });
});

describe('two at once', () => {
  test('two rollbacks make one step back', async () => {
    const rollback = { operation: 'rollback', channel: 'latest' } as const;
    await expect(
      change(
        rollback,
        outrun(async () => change(rollback)),
      ),
    ).rejects.toMatchObject({
      message: 'channel latest of ubuntu-base was moved by someone else in the meantime: 4 → 3',
      fix: expect.stringContaining('ch-golden list'),
    });
    expect(await channels()).toEqual({ latest: 3 });
  });

  test('of two promotions to other versions one is refused; to the same one it has nothing to do', async () => {
    const promote = (wanted: number): ChannelOperation => ({ operation: 'promote', channel: 'stable', wanted });
    await expect(
      change(
        promote(2),
        outrun(async () => change(promote(3))),
      ),
    ).rejects.toThrow('channel stable of ubuntu-base was moved by someone else in the meantime: none → 3');
    expect(
      await change(
        promote(1),
        outrun(async () => change(promote(1))),
      ),
    ).toMatchObject({ changed: false });
    expect(await channels()).toEqual({ latest: 4, stable: 1 });
  });

  test('a rollback that meets a publication is refused', async () => {
    await expect(
      change(
        { operation: 'rollback', channel: 'latest' },
        outrun(async () => publishTestVersion(store)),
      ),
    ).rejects.toThrow('moved by someone else in the meantime: 4 → 5');
  });

  test('what moves another channel does not matter', async () => {
    await change({ operation: 'promote', channel: 'stable', wanted: 3 });
    expect(
      await change(
        { operation: 'rollback', channel: 'stable' },
        outrun(async () => publishTestVersion(store)),
      ),
    ).toMatchObject({ moves: [{ channel: 'stable', from: 3, to: 2 }] });
  });

  test('a promotion and a revocation of the same version: whichever comes first, no channel names it', async () => {
    const promote = { operation: 'promote', channel: 'stable', wanted: 3 } as const;
    const revoke = { operation: 'revoke', which: { version: 3 }, reason: 'bad' } as const;
    await expect(
      change(
        promote,
        outrun(async () => change(revoke)),
      ),
    ).rejects.toThrow('version 3 of ubuntu-base is revoked: bad');
    expect(await channels()).toEqual({ latest: 4 });
    expect(
      await change(
        { ...revoke, which: { version: 2 } },
        outrun(async () => change({ ...promote, wanted: 2 })),
      ),
    ).toMatchObject({ moves: [{ channel: 'stable', from: 2, to: 1 }] });
  });

  test('of two revocations with other reasons the second is refused', async () => {
    const revoke = (reason: string): ChannelOperation => ({ operation: 'revoke', which: { version: 2 }, reason });
    await expect(
      change(
        revoke('one'),
        outrun(async () => change(revoke('other'))),
      ),
    ).rejects.toThrow('version 2 of ubuntu-base is already revoked: other');
  });

  test(
    'sixteen rollbacks and promotions at once: each that succeeded moved the channel from where it ' + 'was',
    async () => {
      const operations = Array.from(
        { length: 16 },
        (_, turn): ChannelOperation =>
          turn % 2 === 0
            ? { operation: 'rollback', channel: 'latest' }
            : { operation: 'promote', channel: 'latest', wanted: 1 + (turn % 4) },
      );
      const settled = await Promise.allSettled(operations.map(async (operation) => change(operation)));
      const moved = settled
        .flatMap((one) => (one.status === 'fulfilled' && one.value.changed ? [one.value] : []))
        .sort((one, other) => one.index.generation - other.index.generation);
      const moves = moved.flatMap((one) => one.moves);
      expect(moves.length).toBeGreaterThan(0);
      expect(moves.map(({ from }) => from)).toEqual([4, ...moves.slice(0, -1).map(({ to }) => to)]);
      expect(await channels()).toEqual({ latest: moves.at(-1)?.to });
    },
  );
});

describe('hostile names', () => {
  test.each<ChannelOperation>([
    { operation: 'promote', channel: '../x', wanted: 1 },
    { operation: 'promote', channel: 'stable', wanted: '__proto__' },
    { operation: 'rollback', channel: 'a\nb' },
  ])('%j is refused', async (operation) => {
    const before = await readIndex(image, store);
    await expect(change(operation)).rejects.toThrow('invalid channel name');
    expect(await readIndex(image, store)).toEqual(before);
  });

  test('a reason with control characters is never written', async () => {
    await expect(change({ operation: 'revoke', which: { version: 1 }, reason: 'a\u001b[2Jb' })).rejects.toThrow(
      'revoked.1.reason: not one line of text',
    );
    expect((await readIndex(image, store)).revoked).toEqual({});
  });

  test('an image name that is none', async () => {
    await expect(
      changeChannels(
        { image: '../x', owner: 'o', operation: { operation: 'rollback', channel: 'latest' } },
        { store, clock: createTestClock() },
      ),
    ).rejects.toThrow('image name');
  });
});

test('an image that has no version has nothing to move', async () => {
  const ask = async (operation: ChannelOperation): Promise<ChannelChange> =>
    changeChannels({ image: 'other', owner: 'o', operation }, { store, clock: createTestClock() });
  await expect(ask({ operation: 'promote', channel: 'stable', wanted: 1 })).rejects.toMatchObject({
    fix: 'publish a version first',
  });
  await expect(ask({ operation: 'rollback', channel: 'latest' })).rejects.toMatchObject({
    fix: 'publish a version first',
  });
  await expect(ask({ operation: 'revoke', which: { baseSerial: 'x' }, reason: 'r' })).rejects.toMatchObject({
    fix: 'revoke by version: no live version has a base serial',
  });
  expect(await readIndex('other', store)).toMatchObject({ generation: 0 });
});
