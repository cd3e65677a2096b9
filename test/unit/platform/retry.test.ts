import { expect, test } from '@jest/globals';
import { HttpError, isTransient, redactUrl } from '../../../src/platform/http.js';
import { retryTransient, type RetryPorts } from '../../../src/platform/retry.js';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';

function ports(): { readonly pauses: number[]; readonly all: RetryPorts } {
  const pauses: number[] = [];
  const sleep = async (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return { pauses, all: { log: silentLog, clock: { now: () => 0, sleep }, signal: new AbortController().signal } };
}

const failTimes = (times: number, error: Error): (() => Promise<string>) => {
  let left = times;
  return async () => (left-- > 0 ? Promise.reject(error) : Promise.resolve('done'));
};

test('tries again with longer and longer pauses', async () => {
  const { pauses, all } = ports();
  await expect(retryTransient(all, failTimes(4, new HttpError('broke off')))).resolves.toBe('done');
  expect(pauses).toEqual([1000, 2000, 4000, 8000]);
});

test('gives up after five tries, with the last reason', async () => {
  const { pauses, all } = ports();
  await expect(retryTransient(all, failTimes(5, new HttpError('broke off')))).rejects.toThrow(
    'broke off; given up after 5 tries',
  );
  expect(pauses).toHaveLength(4);
});

test('counts anew where it got further', async () => {
  const { pauses, all } = ports();
  await expect(retryTransient(all, failTimes(9, new HttpError('broke off')), () => true)).resolves.toBe('done');
  expect(pauses).toEqual(Array(9).fill(1000));
});

test('does not repeat what will not pass', async () => {
  const { pauses, all } = ports();
  await expect(retryTransient(all, failTimes(1, new Failure('no')))).rejects.toThrow(/^no$/);
  expect(pauses).toEqual([]);
});

test.each([
  [undefined, true],
  [500, true],
  [503, true],
  [429, true],
  [408, true],
  [404, false],
  [403, false],
  [401, false],
  [416, false],
])('an answer of %p is transient: %p', (status, expected) => {
  expect(isTransient(new HttpError('x', status))).toBe(expected);
});

test('a URL is shown without what is secret in it', () => {
  expect(redactUrl('https://user:pass@example.org:8443/a/b.img?X-Amz-Signature=abc#t')).toBe(
    'https://example.org:8443/a/b.img',
  );
});
