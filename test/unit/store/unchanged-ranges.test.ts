import { describe, expect, test } from '@jest/globals';
import { findUnchangedRanges } from '../../../src/store/unchanged-ranges.js';

/** A file whose chunks of ten bytes have letters for digests. */
const fileOf = (
  letters: string,
  size = letters.length * 10,
): { size: number; chunkSize: number; chunks: readonly string[] } => ({
  size,
  chunkSize: 10,
  chunks: Array.from(letters),
});

describe('unchanged ranges', () => {
  test.each([
    ['all', 'abc', 'abc', [[0, 30]]],
    ['nothing', 'abc', 'xyz', []],
    [
      'the middle changed',
      'abcde',
      'abxde',
      [
        [0, 20],
        [30, 20],
      ],
    ],
    ['longer now', 'ab', 'abcd', [[0, 20]]],
    ['shorter now', 'abcd', 'ab', [[0, 20]]],
    ['moved by one chunk', 'abc', 'xabc', []],
    ['empty before', '', 'ab', []],
    ['empty now', 'ab', '', []],
  ])('%s', (_, before, after, ranges) => {
    expect(findUnchangedRanges(fileOf(before), fileOf(after))).toEqual(
      ranges.map(([start, length]) => ({ start, length })),
    );
  });

  test('end with the file where its last chunk is short', () => {
    expect(findUnchangedRanges(fileOf('abc', 23), fileOf('abc', 23))).toEqual([{ start: 0, length: 23 }]);
  });

  test('are none between files of other chunk sizes', () => {
    expect(findUnchangedRanges({ ...fileOf('abc'), chunkSize: 20 }, fileOf('abc'))).toEqual([]);
  });
});
