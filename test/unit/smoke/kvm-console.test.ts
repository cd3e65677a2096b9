import { describe, expect, test } from '@jest/globals';
import { restartLine } from '../../../src/smoke/console-reader.js';
import { addKvmLine, formatHang, noProgress, type KvmProgress } from '../../../src/smoke/kvm-console.js';

const read = (...lines: readonly string[]): KvmProgress =>
  lines.map((line) => (line === restartLine ? line : `kvm-proof: ${line}`)).reduce(addKvmLine, noProgress);

describe("the guest's console", () => {
  test('a guest that does all of it', () =>
    expect(read('CPUID', 'speed', 'cycles 00002a10', 'TSC deadline timer', 'done')).toEqual({
      step: 'TSC deadline timer',
      isDone: true,
      problem: undefined,
    }));

  test.each([
    // Measured: an emulated machine, and a paravirtual KVM.
    ['00010000', undefined],
    ['00200000', undefined],
    ['00600856', "it interprets the guest's code (768 cycles for a loop pass that takes a CPU 1 or 2)"],
    ['ffffffff', expect.stringContaining('(524288 cycles')],
  ])('cycles %s', (cycles, problem) => expect(read('speed', `cycles ${cycles}`).problem).toEqual(problem));

  test.each([
    [['MSRs', 'wrong result'], 'wrong result in "MSRs"'],
    [['page fault', 'exception 0d'], 'unexpected exception 0x0d in "page fault"'],
    [['paging', restartLine], 'the guest rebooted in "paging"'],
    [[restartLine], 'the guest rebooted'],
    [['wrong result'], 'wrong result'],
  ])('%j', (lines, problem) => {
    expect(read(...lines)).toMatchObject({ isDone: false, problem });
    // What comes later does not change it.
    expect(read(...lines, 'speed', 'done')).toEqual(read(...lines));
  });

  test('other lines are no progress', () => {
    for (const line of ['', 'SeaBIOS (version 1.16)', 'kvm-proof: ', 'kvm-proof: a"b', `kvm-proof: ${'x'.repeat(61)}`])
      expect(addKvmLine(noProgress, line)).toBe(noProgress);
    // A boot loader may leave its line open.
    expect(addKvmLine(noProgress, 'Booting from ROM..kvm-proof: CPUID').step).toBe('CPUID');
  });

  test('names where it hung', () => {
    expect(formatHang(noProgress, 5000)).toBe('no guest output within 5 s');
    expect(formatHang(read('timer interrupt'), 12_345)).toBe('the guest hung in "timer interrupt" for 12.3 s');
  });
});
