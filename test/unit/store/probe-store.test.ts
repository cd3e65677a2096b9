import { describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../src/platform/progress/log.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { probeStore } from '../../../src/store/probe-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { createMemoryState, createMemoryStore } from '../../fixtures/memory-store.js';
import { watchStore } from '../../fixtures/watched-store.js';

const state = createMemoryState();
const honest = createMemoryStore(state);
const clock = createTestClock();
const warnings: string[] = [];
const log = { ...silentLog, warn: (line: string) => void warnings.push(line) };

async function probe(store: ObjectStore): Promise<readonly string[]> {
  warnings.length = 0;
  return probeStore({ image: 'ubuntu-base', owner: 'me' }, { store, clock, log });
}

const put = (key: string, bytes: Buffer): void => void state.objects.set(key, bytes);
const tagOf = (key: string): string | undefined => {
  const bytes = state.objects.get(key);
  return bytes === undefined ? undefined : sha256Of(bytes);
};

describe('the probe of a store', () => {
  test('finds nothing in an honest one, and leaves nothing there', async () => {
    expect(await probe(honest)).toEqual([]);
    expect([...state.objects.keys(), ...state.staged.keys()]).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('finds a store that knows no conditions', async () => {
    const store: ObjectStore = {
      ...honest,
      createOnly: async (key, bytes, _, hold) => {
        await hold?.();
        put(key, bytes);
        return 'created';
      },
      compareAndSwap: async (key, _, bytes) => {
        put(key, bytes);
        return Promise.resolve('swapped');
      },
    };
    expect(await probe(store)).toEqual([
      'a create-only write replaces an existing object',
      'a swap that expects no object replaces an existing one',
      'a swap from outdated content succeeds',
      '16 of 16 concurrent swaps from the same content succeed, instead of 1',
      '16 of 16 concurrent create-only writes succeed, instead of 1',
    ]);
  });

  test('finds a store that checks first and writes later, which sequential writes do not expose', async () => {
    const store: ObjectStore = {
      ...honest,
      createOnly: async (key, bytes, _, hold) => {
        if (state.objects.has(key)) return 'exists';
        await hold?.();
        put(key, bytes);
        return 'created';
      },
    };
    expect(await probe(store)).toEqual(['16 of 16 concurrent create-only writes succeed, instead of 1']);
  });

  test.each<readonly [string, 'created' | 'exists']>([
    ['says so', 'created'],
    ['does not say so', 'exists'],
  ])('finds a store that replaces what is there when a staged file is completed, and %s', async (_, outcome) => {
    const store: ObjectStore = {
      ...honest,
      stage: async (request) => {
        const staged = await honest.stage(request);
        return {
          ...staged,
          complete: async () => {
            await staged.complete();
            put(request.key, Buffer.from('staged'));
            return outcome;
          },
        };
      },
    };
    expect(await probe(store)).toEqual(['completing an upload replaces an existing object']);
  });

  test('finds a store whose swaps overtake each other', async () => {
    const store: ObjectStore = {
      ...honest,
      compareAndSwap: async (key, tag, bytes) => {
        if (tagOf(key) !== tag) return 'lost';
        await new Promise(setImmediate);
        put(key, bytes);
        return 'swapped';
      },
    };
    expect(await probe(store)).toEqual(['16 of 16 concurrent swaps from the same content succeed, instead of 1']);
  });

  test('finds a store that tells the wrong writer that it has won', async () => {
    let last: Buffer | undefined;
    const store: ObjectStore = {
      ...honest,
      createOnly: async (key, bytes, writer, hold) => {
        const outcome = await honest.createOnly(key, bytes, writer, hold);
        if (key.endsWith('-create') && outcome === 'created') last = bytes;
        if (last !== undefined && key.endsWith('-create')) put(key, Buffer.from('nobody'));
        return outcome;
      },
    };
    expect(await probe(store)).toEqual([
      '1 of 16 concurrent create-only writes succeeds, but the content of a different one is stored',
    ]);
  });

  test('finds a store that refuses every swap, and one that keeps other bytes', async () => {
    expect(await probe({ ...honest, compareAndSwap: async () => Promise.resolve('lost') })).toEqual([
      'a swap from the current content is rejected',
      '0 of 16 concurrent swaps from the same content succeed, instead of 1',
    ]);
    const forgetful: ObjectStore = {
      ...honest,
      createOnly: async (key, _, ...rest) => honest.createOnly(key, Buffer.from('?'), ...rest),
    };
    expect(await probe(forgetful)).toContain('a read does not return what was written');
  });

  test('fails where nothing can be written, without waiting for those who never come', async () => {
    const store = watchStore(honest, async (call, proceed) => {
      if (call.method === 'createOnly' && call.key.endsWith('-create')) throw new Error('no permission');
      return proceed();
    });
    await expect(probe(store)).rejects.toThrow('no permission');
    expect([...state.objects.keys()]).toEqual([]);
  });

  test('removes what a killed run has left, a day later, and not what another one has there now', async () => {
    const keyOf = (age: number): string => `snapshots/ubuntu-base.probe-${clock.now() - age}-other-swap`;
    const others = [
      'snapshots/ubuntu-base.gpu.probe-1-other-swap',
      'snapshots/ubuntu-base.1.qcow2',
      'snapshots/ubuntu-base.probe-1-x.1.qcow2',
      keyOf(23 * 3600 * 1000),
    ];
    for (const key of [...others, keyOf(25 * 3600 * 1000)]) put(key, Buffer.from('left'));
    expect(await probe(honest)).toEqual([]);
    expect([...state.objects.keys()]).toEqual(others);
    state.objects.clear();
  });

  test('says what it could not remove', async () => {
    const store: ObjectStore = { ...honest, deleteMany: async () => Promise.reject(new Error('no permission')) };
    expect(await probe(store)).toEqual([]);
    expect(warnings).toEqual(
      ['swap', 'create', 'complete'].map(
        (name) =>
          `could not remove memory://store/snapshots/ubuntu-base.probe-${clock.now()}-me-${name}, left by the store check: no permission`,
      ),
    );
    state.objects.clear();
  });
});
