import { expect, test } from '@jest/globals';
import { createTrace, formatChromeTrace } from '../../../../src/platform/progress/trace.js';

test('steps and processes are complete events; concurrent spans have separate tracks', () => {
  const time = { now: 1000 };
  const trace = createTrace({ now: () => time.now, sleep: async () => Promise.resolve() });
  const endBuild = trace.begin('step', 'Build');
  const endGo = trace.begin('process', 'go', 'go build ./...');
  time.now = 1100;
  const endGpgv = trace.begin('process', 'gpgv', 'gpgv x');
  time.now = 1200;
  endGo();
  const endTrue = trace.begin('process', 'true');
  time.now = 1300;
  for (const end of [endTrue, endGpgv, endBuild]) end();
  const { traceEvents } = JSON.parse(formatChromeTrace(trace.spans)) as { readonly traceEvents: readonly object[] };
  expect(traceEvents).toEqual([
    { name: 'process_name', ph: 'M', pid: 1, args: { name: 'steps' } },
    { name: 'Build', cat: 'step', ph: 'X', pid: 1, tid: 0, ts: 1_000_000, dur: 300_000, args: {} },
    { name: 'process_name', ph: 'M', pid: 2, args: { name: 'processes' } },
    {
      name: 'go',
      cat: 'process',
      ph: 'X',
      pid: 2,
      tid: 0,
      ts: 1_000_000,
      dur: 200_000,
      args: { command: 'go build ./...' },
    },
    { name: 'gpgv', cat: 'process', ph: 'X', pid: 2, tid: 1, ts: 1_100_000, dur: 200_000, args: { command: 'gpgv x' } },
    { name: 'true', cat: 'process', ph: 'X', pid: 2, tid: 0, ts: 1_200_000, dur: 100_000, args: {} },
  ]);
});
