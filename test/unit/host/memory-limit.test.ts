import { expect, test } from '@jest/globals';
import { toMemoryLimit } from '../../../src/host/warm/memory-limit.js';

test('the limit of a step grows with the memory: a disk with 50 MiB/s writes 64 GiB in 22 minutes', () => {
  expect(toMemoryLimit(120_000, 512)).toBeGreaterThan(120_000);
  expect(toMemoryLimit(120_000, 64 * 1024)).toBeGreaterThan((64 * 1024 * 1000) / 50);
});
