import { expect, test } from '@jest/globals';
import { toBootTimes } from '../../../src/smoke/boot-times.js';

const slowestUnits = [
  { unit: 'a.service', milliseconds: 50, startMs: 3000 },
  { unit: 'b.service', milliseconds: 40, startMs: undefined },
];
const marks = { initramfsMs: 600, userspaceMs: 2000, daemonMs: 5000, finishedMs: 9000 };
/** In emulation: the host's clock runs four times as fast. */
const proof = { kernelMs: 900, healthMs: 21_900, isFirstAnswer: true };

test("all times are by the guest's clock if it saw the answer", () =>
  expect(toBootTimes({ ...proof, identity: { marks: { ...marks, answeredMs: 5250 }, slowestUnits } })).toEqual({
    clock: 'guest',
    vmmMs: 900,
    kernelMs: 0,
    ...marks,
    healthMs: 5250,
    slowestUnits: [
      { unit: 'a.service', milliseconds: 50, startMs: 3000 },
      { unit: 'b.service', milliseconds: 40 },
    ],
  }));

test.each([
  ['did not see an answer', marks, true],
  ['may have seen an error', { ...marks, answeredMs: 4800 }, false],
])('they name no clock if the guest %s', (_, seen, isFirstAnswer) =>
  expect(toBootTimes({ ...proof, isFirstAnswer, identity: { marks: seen, slowestUnits } })).toEqual({
    kernelMs: 900,
    healthMs: 21_900,
    initramfsMs: 1500,
    userspaceMs: 2900,
    daemonMs: 5900,
    finishedMs: 9900,
    slowestUnits: [
      { unit: 'a.service', milliseconds: 50, startMs: 3900 },
      { unit: 'b.service', milliseconds: 40 },
    ],
  }),
);
