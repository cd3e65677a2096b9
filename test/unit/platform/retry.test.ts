import { describe, expect, test } from '@jest/globals';
import { CancelledError, Failure } from '../../../src/platform/errors.js';
import { HttpError, isTransient, redactUrl } from '../../../src/platform/http.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { retryTransient, type RetryPorts } from '../../../src/platform/retry.js';

interface TestPorts extends RetryPorts {
  readonly pauses: number[];
  readonly warnings: string[];
  readonly cancel: (reason: unknown) => void;
}

function createPorts(): TestPorts {
  const [pauses, warnings]: [number[], string[]] = [[], []];
  const controller = new AbortController();
  const sleep = async (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  return {
    pauses,
    warnings,
    log: { ...silentLog, warn: (line) => void warnings.push(line) },
    clock: { now: () => 0, sleep },
    signal: controller.signal,
    cancel: (reason) => controller.abort(reason),
  };
}

const failTimes = (times: number, error: Error): (() => Promise<string>) => {
  let left = times;
  return async () => (left-- > 0 ? Promise.reject(error) : Promise.resolve('done'));
};

/** Half of a pause is random. */
const areWithin = (pauses: readonly number[], longest: readonly number[]): boolean =>
  pauses.length === longest.length &&
  pauses.every((pause, index) => pause <= (longest[index] ?? 0) && pause >= (longest[index] ?? 0) / 2);

describe('a request that fails temporarily', () => {
  test('is retried after increasing pauses, each with a warning', async () => {
    const ports = createPorts();
    await expect(retryTransient(ports, failTimes(4, new HttpError('broke off')))).resolves.toBe('done');
    expect(areWithin(ports.pauses, [1000, 3000, 9000, 20_000])).toBe(true);
    expect(ports.warnings).toHaveLength(4);
    expect(ports.warnings[3]).toMatch(/^broke off; retrying in 1\d\.\d s$/);
  });

  test('fails after five attempts, with the last reason', async () => {
    const ports = createPorts();
    await expect(retryTransient(ports, failTimes(5, new HttpError('broke off')))).rejects.toThrow(
      'broke off; gave up after 5 attempts',
    );
    expect(ports.pauses).toHaveLength(4);
  });

  test('starts counting again if the attempt got further', async () => {
    const ports = createPorts();
    await expect(retryTransient(ports, failTimes(9, new HttpError('broke off')), () => true)).resolves.toBe('done');
    expect(areWithin(ports.pauses, Array<number>(9).fill(1000))).toBe(true);
  });

  test('fails at once with the reason of a cancel', async () => {
    const ports = createPorts();
    const attempt = async (): Promise<string> => {
      ports.cancel(new CancelledError('cancelled by SIGTERM'));
      return Promise.reject(new HttpError('broke off'));
    };
    await expect(retryTransient(ports, attempt)).rejects.toThrow(new CancelledError('cancelled by SIGTERM'));
    expect(ports.pauses).toEqual([]);
  });
});

test('does not retry a permanent error', async () => {
  const ports = createPorts();
  await expect(retryTransient(ports, failTimes(1, new Failure('no')))).rejects.toThrow(/^no$/);
  expect(ports.pauses).toEqual([]);
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
])('the status %p is transient: %p', (status, expected) => {
  expect(isTransient(new HttpError('x', status))).toBe(expected);
});

test('a URL is shown without its secrets', () => {
  expect(redactUrl('https://user:pass@example.org:8443/a/b.img?X-Amz-Signature=abc#t')).toBe(
    'https://example.org:8443/a/b.img',
  );
});
