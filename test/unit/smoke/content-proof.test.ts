import { describe, expect, test } from '@jest/globals';
import type { DiskDigest } from '../../../src/disk/disk-digest.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { assertSameContent, shareChunks } from '../../../src/smoke/content-proof.js';

const mebibytes = 1024 ** 2;
const digestOf = (indices: readonly number[], chunkSize = 4 * mebibytes): DiskDigest => ({
  chunkSize,
  sha256: '',
  chunks: indices.map((index) => ({ index, sha256: sha256Of(String(index)) })),
});
const indices = (shares: ReturnType<typeof shareChunks>): readonly (readonly number[])[] =>
  shares.map((share) => share.map(({ index }) => index));

describe('shareChunks', () => {
  test('with KVM: every chunk once, but the masked one', () => {
    expect(indices(shareChunks(digestOf([0, 1, 2, 5, 9]), 'kvm', 2))).toEqual([
      [1, 5],
      [2, 9],
    ]);
  });

  test('without: eight, with the first and the last', () => {
    const sample = indices(shareChunks(digestOf(Array.from({ length: 500 }, (_, index) => index)), 'tcg', 2))
      .flat()
      .sort((a, b) => a - b);
    expect(sample).toHaveLength(8);
    expect(sample).toEqual(expect.arrayContaining([1, 499]));
  });

  test('without: all where there are fewer', () =>
    expect(indices(shareChunks(digestOf([0, 3, 4]), 'tcg', 1))).toEqual([[3, 4]]));

  test('more clones than chunks', () =>
    expect(indices(shareChunks(digestOf([0, 3]), 'tcg', 3))).toEqual([[3], [], []]));

  test('chunks smaller than the mask', () =>
    expect(indices(shareChunks(digestOf([0, 1, 2, 3], 64 * 1024), 'kvm', 1))).toEqual([[2, 3]]));
});

describe('assertSameContent', () => {
  const { chunks, chunkSize } = digestOf([3, 7]);
  const right = new Map(chunks.map(({ index, sha256 }) => [index, sha256]));

  test('the same', () => expect(() => assertSameContent('smoke-1', chunks, right, chunkSize)).not.toThrow());

  test.each([
    ['other content', new Map([...right, [7, sha256Of('other')]]), 'the one at byte 29360128 has different content'],
    ['an unreadable chunk', new Map([...right, [7, sha256Of('')]]), 'could not be read'],
    ['a chunk that is missing', new Map([...right].slice(0, 1)), 'could not be read'],
  ])('%s', (_, read, message) => {
    expect(() => assertSameContent('smoke-1', chunks, read, chunkSize)).toThrow(message);
    expect(() => assertSameContent('smoke-1', chunks, read, chunkSize)).toThrow('1 of 2 chunks');
  });
});
