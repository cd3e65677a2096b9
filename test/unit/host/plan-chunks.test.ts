import { describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../../src/platform/fs/files.js';
import {
  chunkRange,
  findMostSimilar,
  findSharedChunks,
  findZeroChunks,
  indexChunks,
  planRuns,
  type ChunkTable,
} from '../../../src/host/plan-chunks.js';

const mebibyte = 1024 ** 2;
const table = (chunks: readonly string[], size = chunks.length * mebibyte): ChunkTable => ({
  size,
  chunkSize: mebibyte,
  chunks,
});

test('the last chunk can be shorter', () => {
  const short = table(['a', 'b', 'c'], 2 * mebibyte + 5);
  expect(chunkRange(short, 1)).toEqual({ start: mebibyte, length: mebibyte });
  expect(chunkRange(short, 2)).toEqual({ start: 2 * mebibyte, length: 5 });
});

describe('runs', () => {
  const hundred = table(Array.from({ length: 100 }, String));

  test('join neighbours, and bridge no gap', () => {
    expect(planRuns(hundred, [0, 1, 2, 5, 7, 8])).toEqual([
      { first: 0, count: 3 },
      { first: 5, count: 1 },
      { first: 7, count: 2 },
    ]);
    expect(planRuns(hundred, [])).toEqual([]);
  });

  test('end after 16 MiB, so that several can be fetched at once', () => {
    expect(
      planRuns(
        hundred,
        Array.from({ length: 40 }, (_, index) => index),
      ),
    ).toEqual([
      { first: 0, count: 16 },
      { first: 16, count: 16 },
      { first: 32, count: 8 },
    ]);
    expect(planRuns({ ...hundred, chunkSize: 20 * mebibyte }, [3, 4])).toEqual([
      { first: 3, count: 1 },
      { first: 4, count: 1 },
    ]);
  });
});

test('a chunk is found in whichever file has it, at its place there', () => {
  const places = indexChunks([
    { ...table(['a', 'b']), path: '/one' },
    { ...table(['c', 'd'], mebibyte + 9), path: '/two' },
  ]);
  expect(places.get('b')).toEqual({ path: '/one', start: mebibyte, length: mebibyte });
  expect(places.get('d')).toEqual({ path: '/two', start: mebibyte, length: 9 });
  expect(places.get('e')).toBeUndefined();
});

test('chunks of zeros are known, the short last one too', () => {
  const zeros = (length: number): string => sha256Of(Buffer.alloc(length));
  expect([...findZeroChunks(table([zeros(mebibyte), sha256Of('x'), zeros(7)], 2 * mebibyte + 7))]).toEqual([0, 2]);
  expect([...findZeroChunks(table([zeros(7)], mebibyte))]).toEqual([]);
});

test('the likest file is that with the most chunks in their places', () => {
  const [one, two, three] = [table(['a', 'x', 'y']), table(['a', 'b', 'y']), table(['b', 'c', 'a'])];
  expect(findMostSimilar(table(['a', 'b', 'c']), [one, two, three])).toBe(two);
  expect(findMostSimilar(table(['a', 'b', 'c']), [three])).toBeUndefined();
  expect(findMostSimilar(table(['a', 'b', 'c']), [{ ...two, chunkSize: 5 }])).toBeUndefined();
});

describe('a clone has', () => {
  test('the chunks that are equal in both, in their places', () => {
    expect([...findSharedChunks(table(['a', 'b', 'c', 'd']), table(['a', 'c', 'b', 'd']))]).toEqual([0, 3]);
    expect([...findSharedChunks(table(['a', 'b']), table(['a', 'b', 'c']))]).toEqual([0, 1]);
  });

  test('no chunk of another length', () => {
    expect([...findSharedChunks(table(['a', 'b']), table(['a', 'b'], mebibyte + 5))]).toEqual([0]);
    expect([...findSharedChunks(table(['a', 'b']), { ...table(['a', 'b']), chunkSize: 2 * mebibyte })]).toEqual([]);
  });

  test('zeros behind the end of the file, and none before', () => {
    const zeros = sha256Of(Buffer.alloc(mebibyte));
    expect([...findSharedChunks(table(['a', zeros, zeros, 'b']), table(['a', 'x'], mebibyte + 5))]).toEqual([0, 2]);
  });
});
