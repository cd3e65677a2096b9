import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { hashChunkTable } from '../../../src/disk/disk-digest.js';
import { isZero } from '../../../src/platform/zeros.js';

describe('isZero', () => {
  test.each([0, 1, 2, 3, 511, 512, 65536])('%d zeros', (length) => {
    expect(isZero(Buffer.alloc(length))).toBe(true);
  });

  test.each([
    [1, 0],
    [2, 1],
    [512, 0],
    [512, 255],
    [512, 511],
    [65536, 65535],
  ])('%d bytes with a 1 at %d', (length, place) => {
    const bytes = Buffer.alloc(length);
    bytes[place] = 1;
    expect(isZero(bytes)).toBe(false);
  });

  test('bytes that are all the same, and not zero', () => {
    expect(isZero(Buffer.alloc(4096, 0xff))).toBe(false);
  });
});

describe('hashChunkTable', () => {
  test('is the SHA-256 of one line for each chunk', () => {
    const table = `0 ${'a'.repeat(64)}\n7 ${'b'.repeat(64)}\n`;
    expect(
      hashChunkTable([
        { index: 0, sha256: 'a'.repeat(64) },
        { index: 7, sha256: 'b'.repeat(64) },
      ]),
    ).toBe(createHash('sha256').update(table).digest('hex'));
  });

  test('of an empty disk is the SHA-256 of nothing', () => {
    expect(hashChunkTable([])).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  });
});
