import { describe, expect, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';
import { CancelledError } from '../../../../src/platform/errors.js';
import { createPlainView } from '../../../../src/platform/progress/plain-view.js';
import { createSteps } from '../../../../src/platform/progress/steps.js';

function createWorld(verbose = false, signal?: AbortSignal) {
  const lines: string[] = [];
  const time = { now: 1000 };
  const clock = { now: () => time.now, sleep: async () => Promise.resolve() };
  const steps = createSteps(
    createPlainView((line) => lines.push(line), { verbose }),
    clock,
    undefined,
    signal,
  );
  return { lines, time, steps };
}

describe('steps', () => {
  test('are shown as plain lines and kept as a timeline', async () => {
    const { lines, time, steps } = createWorld();
    const result = await steps.run('Build', async (log) => {
      log.info('go build');
      log.detail('only for --verbose');
      log.warn('old Go');
      time.now += 1500;
      return Promise.resolve(42);
    });
    expect(result).toBe(42);
    expect(lines).toEqual(['Build ...', 'Build: go build', 'Build: warning: old Go', 'Build: done after 1.5 s']);
    expect(steps.timeline()).toEqual([{ title: 'Build', outcome: 'done', startMs: 0, durationMs: 1500 }]);
  });

  test('show details when asked to', async () => {
    const { lines, steps } = createWorld(true);
    await steps.run('Build', async (log) => {
      log.detail('$ go build');
      return Promise.resolve();
    });
    expect(lines).toContain('Build: $ go build');
  });

  test.each([
    [new Error('no'), 'failed'],
    [new CancelledError('cancelled by SIGINT'), 'cancelled'],
  ] as const)('%s finishes a step as %s', async (error, outcome) => {
    const { steps } = createWorld();
    await expect(steps.run('Boot', async () => Promise.reject(error))).rejects.toBe(error);
    expect(steps.timeline()).toMatchObject([{ title: 'Boot', outcome }]);
  });

  test('an aborted step fails with the reason of the abort', async () => {
    const { steps } = createWorld();
    const controller = new AbortController();
    const reason = new CancelledError('cancelled by SIGINT');
    const run = steps.run('Boot', async () => delay(60_000, undefined, { signal: controller.signal }));
    controller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(steps.timeline()).toMatchObject([{ outcome: 'cancelled' }]);
  });

  test('a step that a cancel breaks fails with the cancel', async () => {
    const controller = new AbortController();
    const { steps } = createWorld(false, controller.signal);
    const reason = new CancelledError('cancelled by SIGTERM');
    await expect(
      steps.run('Assemble', async () => {
        controller.abort(reason);
        return Promise.reject(new Error('the server closed the connection'));
      }),
    ).rejects.toBe(reason);
    expect(steps.timeline()).toMatchObject([{ outcome: 'cancelled' }]);
  });

  test('the timeline is in the order in which steps started', async () => {
    const { time, steps } = createWorld();
    let finishFirst: () => void = () => undefined;
    const first = steps.run(
      'first',
      async () =>
        new Promise<void>((resolve) => {
          finishFirst = resolve;
        }),
    );
    time.now += 10;
    await steps.run('second', async () => Promise.resolve());
    time.now += 10;
    finishFirst();
    await first;
    expect(steps.timeline().map(({ title, startMs, durationMs }) => [title, startMs, durationMs])).toEqual([
      ['first', 0, 20],
      ['second', 10, 0],
    ]);
  });

  test('progress is a line for each quarter, at any rate of updates', async () => {
    const { lines, steps } = createWorld();
    await steps.run('Get', async (log) => {
      for (let done = 0; done <= 1000; done++) log.progress('download', done, 1000);
      log.progress('unknown', 5, undefined);
      return Promise.resolve();
    });
    expect(lines).toEqual([
      'Get ...',
      'Get: download: 250 B of 1000 B',
      'Get: download: 500 B of 1000 B',
      'Get: download: 750 B of 1000 B',
      'Get: done after 0 ms',
    ]);
  });
});
