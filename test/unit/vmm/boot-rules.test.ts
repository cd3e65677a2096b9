import { describe, expect, test } from '@jest/globals';
import { addArgument, maxCmdlineLength } from '../../../src/vmm/boot-rules.js';

describe('an argument of the kernel', () => {
  test.each([
    ['ro', 'quiet', 'ro quiet'],
    ['ro', 'a.b=1', 'ro a.b=1'],
    ['ro -- single', 'quiet', 'ro quiet -- single'],
    ['ro -- quiet', 'quiet', 'ro quiet -- quiet'],
    ['ro quietly', 'quiet', 'ro quietly quiet'],
  ])('is added to %j', (cmdline, argument, expected) => {
    expect(addArgument(cmdline, argument)).toBe(expected);
  });

  test.each([
    ['ro quiet', 'quiet'],
    ['ro a.b=2', 'a.b=1'],
    ['ro a.b', 'a.b=1'],
    ['x'.repeat(maxCmdlineLength - 5), 'quiet'],
  ])('is not added to %j, which has it or has no space left', (cmdline, argument) => {
    expect(addArgument(cmdline, argument)).toBe(cmdline);
  });
});
