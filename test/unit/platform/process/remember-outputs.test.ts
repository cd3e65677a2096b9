import { expect, test } from '@jest/globals';
import type { Processes } from '../../../../src/platform/process/processes.js';
import { rememberOutputs } from '../../../../src/platform/process/remember-outputs.js';

test('only facts are remembered, and failures are not', async () => {
  const runs: string[] = [];
  let isBroken = true;
  const inner = {
    run: async ({ argv }) => {
      runs.push(argv.join(' '));
      return isBroken ? Promise.reject(new Error('broken')) : Promise.resolve({ stdout: argv.join(), stderr: '' });
    },
  } as Pick<Processes, 'run'> as Processes;
  const { run } = rememberOutputs(inner, ([name]) => name === 'fact');
  await expect(run({ argv: ['fact', '1'] })).rejects.toThrow('broken');
  isBroken = false;
  expect(await Promise.all([run({ argv: ['fact', '1'] }), run({ argv: ['fact', '1'] })])).toMatchObject([
    { stdout: 'fact,1' },
    { stdout: 'fact,1' },
  ]);
  await run({ argv: ['fact', '2'] });
  await run({ argv: ['fact', '1'], input: 'text' });
  for (let time = 0; time < 2; time++) await run({ argv: ['work'] });
  expect(runs).toEqual(['fact 1', 'fact 1', 'fact 2', 'fact 1', 'work', 'work']);
});
