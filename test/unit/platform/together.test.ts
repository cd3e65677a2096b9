import { expect, test } from '@jest/globals';
import { waitTogether } from '../../../src/platform/together.js';

test('gives all results in order', async () => {
  await expect(waitTogether([Promise.resolve(1), Promise.resolve('a')], () => undefined)).resolves.toEqual([1, 'a']);
});

test('the first failure cancels the others, and is thrown when they have ended', async () => {
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
  await expect(waitTogether([slow, failing], (reason) => {
    events.push(`cancelled for ${String(reason)}`);
    controller.abort(reason);
  })).rejects.toThrow('first');
  expect(events).toEqual(['cancelled for Error: first', 'the other has ended']);
});
