import { expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { sliceReader } from '../../../src/disk/block-reader.js';
import { openMemoryDisk } from '../../fixtures/memory-disk.js';

const slice = sliceReader(openMemoryDisk(Buffer.from('0123456789')), 2, 5);

test('a slice starts at offset 0', async () => {
  expect(slice.size).toBe(5);
  expect((await slice.read(0, 5)).toString()).toBe('23456');
  expect((await slice.read(4, 1)).toString()).toBe('6');
  expect(await slice.read(5, 0)).toHaveLength(0);
});

test.each([
  [-1, 2],
  [0, 6],
  [5, 1],
  [3, -1],
  [2 ** 60, 1],
  [0, 2 ** 60],
])('%d, %d is outside', async (offset, length) => {
  await expect(slice.read(offset, length)).rejects.toThrow(Failure);
});
