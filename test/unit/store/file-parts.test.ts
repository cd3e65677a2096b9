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
    expect(layOutParts(size).map(({ number, offset, length }) => [number, offset, length])).toEqual(expected);
  });

  test('are as many as S3 takes, of whole chunks, also of the largest object', () => {
    const parts = layOutParts(5 * 1024 * gibibyte);
    expect(parts.length).toBeLessThanOrEqual(10_000);
    expect(parts.every(({ offset }) => offset % mebibyte === 0)).toBe(true);
  });

  test('are copied where all of a part is unchanged, the last and shorter one too, and joined where they meet', () => {
    const parts = layOutParts(5 * part + 3, [
      { offset: 1, length: part },
      { offset: 2 * part, length: 3 * part + 3 },
    ]);
    expect(parts.map(({ number, offset, length, isUnchanged }) => [number, offset, length, isUnchanged])).toEqual([
      [1, 0, part, false],
      [2, part, part, false],
      [3, 2 * part, 3 * part + 3, true],
    ]);
  });

  test('are copied in pieces: many requests are slow, and one long one is as slow', () => {
    const parts = layOutParts(gibibyte, [{ offset: 0, length: gibibyte }]);
    expect(parts.every(({ isUnchanged }) => isUnchanged)).toBe(true);
    expect(parts.reduce((sum, { length }) => sum + length, 0)).toBe(gibibyte);
    expect(parts).toHaveLength(9);
  });

  test('have no hole and no overlap, wherever ranges begin and end', () => {
    const ranges = [
      { offset: 3, length: 40 * mebibyte },
      { offset: 50 * mebibyte, length: 5 * mebibyte },
      { offset: 60 * mebibyte - 1, length: 9 * mebibyte },
    ];
    let end = 0;
    for (const [index, { number, offset, length }] of layOutParts(71 * mebibyte + 11, ranges).entries()) {
      expect([number, offset]).toEqual([index + 1, end]);
      end = offset + length;
    }
    expect(end).toBe(71 * mebibyte + 11);
  });
});
