import { describe, expect, test } from '@jest/globals';
import { together } from '../../../src/smoke/together.js';

const never = async (signal: AbortSignal): Promise<never> => new Promise((_, reject) => {
  if (signal.aborted) reject(signal.reason as Error);
  signal.addEventListener('abort', () => reject(signal.reason as Error));
});
const signal = new AbortController().signal;

describe('together', () => {
  test('gives the results in order', async () => {
    expect(await together(signal, [async () => Promise.resolve([1]), async () => Promise.resolve([2])])).toEqual([[1], [2]]);
  });

  test('cancels the others at the first failure, and throws that', async () => {
    const failure = new Error('first');
    let ended = false;
    const works = [
      async (cancel: AbortSignal): Promise<void> => never(cancel).catch(() => { ended = true; throw new Error('second'); }),
      async (): Promise<void> => Promise.reject(failure),
    ];
    await expect(together(signal, works)).rejects.toBe(failure);
    expect(ended).toBe(true);
  });

  test('a cancel from outside reaches all', async () => {
    const cancel = new AbortController();
    const done = together(cancel.signal, [never, never]);
    const reason = new Error('cancelled');
    cancel.abort(reason);
    await expect(done).rejects.toBe(reason);
  });
});
