import { describe, expect, test } from '@jest/globals';
import { runConcurrently, runTogether, waitTogether } from '../../../src/platform/concurrency.js';

test('returns all results in order', async () => {
  await expect(waitTogether([Promise.resolve(1), Promise.resolve('a')], () => undefined)).resolves.toEqual([1, 'a']);
});

test('the first failure cancels the others, and is thrown once they have ended', async () => {
  const events: string[] = [];
  const controller = new AbortController();
  const slow = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => {
      setImmediate(() => {
        events.push('the other has ended');
        reject(controller.signal.reason as Error);
      });
    });
  });
  const failing = Promise.reject(new Error('first'));
  await expect(
    waitTogether([slow, failing], (reason) => {
      events.push(`cancelled for ${String(reason)}`);
      controller.abort(reason);
    }),
  ).rejects.toThrow('first');
  expect(events).toEqual(['cancelled for Error: first', 'the other has ended']);
});

describe('lanes', () => {
  test('process all items in order, a limited number at once', async () => {
    const events: string[] = [];
    let workers = 0;
    let running = 0;
    await runConcurrently({ items: ['a', 'b', 'c', 'd', 'e'], concurrency: 2 }, () => {
      const worker = ++workers;
      return async (item) => {
        events.push(`${worker}${item}`);
        expect(++running).toBeLessThanOrEqual(2);
        await new Promise(setImmediate);
        running--;
      };
    });
    expect(events).toEqual(['1a', '2b', '1c', '2d', '1e']);
  });

  test('create no worker without items', async () => {
    await runConcurrently({ items: [], concurrency: 3 }, () => {
      throw new Error('begun');
    });
  });

  test('after a failure no item is started, and running ones are aborted', async () => {
    const begun: string[] = [];
    const workers = runConcurrently(
      { items: ['waits', 'fails', 'never'], concurrency: 2 },
      (signal) => async (item) => {
        begun.push(item);
        if (item === 'fails') throw new Error('first');
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
    );
    await expect(workers).rejects.toThrow('first');
    expect(begun).toEqual(['waits', 'fails']);
  });

  test('an aborted signal stops them with its reason', async () => {
    const controller = new AbortController();
    const begun: number[] = [];
    const workers = runConcurrently(
      { items: [1, 2, 3], concurrency: 1, signal: controller.signal },
      () => async (item) => {
        begun.push(item);
        controller.abort(new Error('cancelled'));
        return Promise.resolve();
      },
    );
    await expect(workers).rejects.toThrow('cancelled');
    expect(begun).toEqual([1]);
  });
});

const never = async (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
const signal = new AbortController().signal;

describe('runTogether', () => {
  test('returns the results in order', async () => {
    expect(await runTogether(signal, [async () => Promise.resolve([1]), async () => Promise.resolve([2])])).toEqual([
      [1],
      [2],
    ]);
  });

  test('cancels the others after the first failure, and throws that', async () => {
    const failure = new Error('first');
    let ended = false;
    const works = [
      async (cancel: AbortSignal): Promise<void> =>
        never(cancel).catch(() => {
          ended = true;
          throw new Error('second');
        }),
      async (): Promise<void> => Promise.reject(failure),
    ];
    await expect(runTogether(signal, works)).rejects.toBe(failure);
    expect(ended).toBe(true);
  });

  test('a cancel from outside aborts all', async () => {
    const cancel = new AbortController();
    const done = runTogether(cancel.signal, [never, never]);
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(done).rejects.toBe(reason);
  });
});
