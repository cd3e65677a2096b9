import { describe, expect, test } from '@jest/globals';
import { layOutParts } from '../../../src/objects/s3/file-parts.js';

const mebibyte = 1024 ** 2;
const part = 5 * mebibyte;
const gibibyte = 1024 * mebibyte;

describe('the parts of a file', () => {
  test.each([
    [0, [[1, 0, 0]]],
    [1, [[1, 0, 1]]],
    [part, [[1, 0, part]]],
    [
      2 * part + 7,
      [
        [1, 0, part],
        [2, part, part],
        [3, 2 * part, 7],
      ],
    ],
  ])('of %d bytes', (size, expected) => {
    expect(layOutParts(size).map(({ number, start, length }) => [number, start, length])).toEqual(expected);
  });

  test('are as many as S3 takes, of whole chunks, also of the largest object', () => {
    const parts = layOutParts(5 * 1024 * gibibyte);
    expect(parts.length).toBeLessThanOrEqual(10_000);
    expect(parts.every(({ start }) => start % mebibyte === 0)).toBe(true);
  });

  test('are copied where all of a part is unchanged, the last and shorter one too, and joined where they meet', () => {
    const parts = layOutParts(5 * part + 3, [
      { start: 1, length: part },
      { start: 2 * part, length: 3 * part + 3 },
    ]);
    expect(parts.map(({ number, start, length, isUnchanged }) => [number, start, length, isUnchanged])).toEqual([
      [1, 0, part, false],
      [2, part, part, false],
      [3, 2 * part, 3 * part + 3, true],
    ]);
  });

  test('are copied in pieces: many requests are slow, and one long one is as slow', () => {
    const parts = layOutParts(gibibyte, [{ start: 0, length: gibibyte }]);
    expect(parts.every(({ isUnchanged }) => isUnchanged)).toBe(true);
    expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(gibibyte);
    expect(parts).toHaveLength(9);
  });

  test('have no hole and no overlap, wherever ranges begin and end', () => {
    const ranges = [
      { start: 3, length: 40 * mebibyte },
      { start: 50 * mebibyte, length: 5 * mebibyte },
      { start: 60 * mebibyte - 1, length: 9 * mebibyte },
    ];
    let end = 0;
    for (const [index, { number, start, length }] of layOutParts(71 * mebibyte + 11, ranges).entries()) {
      expect([number, start]).toEqual([index + 1, end]);
      end = start + length;
    }
    expect(end).toBe(71 * mebibyte + 11);
  });
});
