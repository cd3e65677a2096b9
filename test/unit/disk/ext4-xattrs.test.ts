import { describe, expect, test } from '@jest/globals';
import { crc32c, parseAttributeBlock } from '../../../src/disk/ext4-attribute-block.js';
import { parseBlockAttributes } from '../../../src/disk/ext4-xattrs.js';

/** @param valueInode where the value lies; 0: in the block */
function makeBlock({ references = 5, valueInode = 0 } = {}): Buffer {
  const block = Buffer.alloc(1024);
  block.writeUInt32LE(0xea02_0000, 0);
  block.writeUInt32LE(references, 4);
  block.writeUInt8(1, 32);
  block.writeUInt8(1, 33);
  block.writeUInt16LE(1020, 34);
  block.writeUInt32LE(valueInode, 36);
  block.writeUInt32LE(3, 40);
  block.write('a', 48);
  block.write('xyz', 1020);
  return block;
}

test('CRC-32C of the check text, with the inversions that ext4 leaves out', () => {
  expect((crc32c(Buffer.from('123456789'), 0xffff_ffff) ^ 0xffff_ffff) >>> 0).toBe(0xe306_9283);
});

describe('a block of attributes', () => {
  test('changes its count, and nothing else without checksums', () => {
    const { references, changeReferences } = parseAttributeBlock(7, makeBlock(), undefined);
    expect(references).toBe(5);
    expect([...changeReferences(3)]).toEqual([[4, 3]]);
    expect([...changeReferences(0x1_0005)]).toEqual([[6, 1]]);
    expect([...changeReferences(5)]).toEqual([]);
  });

  test('changes its checksum, which depends on its place', () => {
    const change = (number: number): readonly (readonly [number, number])[] => [
      ...parseAttributeBlock(number, makeBlock(), 0xabcd).changeReferences(3),
    ];
    expect(change(7)[0]).toEqual([4, 3]);
    expect(
      change(7)
        .slice(1)
        .every(([offset]) => offset >= 16 && offset < 20),
    ).toBe(true);
    expect(change(7)).not.toEqual(change(8));
  });

  test.each([
    ['without its magic number', 7, Buffer.alloc(1024), 'block 7 of the ext4 filesystem is not a block of extended'],
    ['that is too short', 7, makeBlock().subarray(0, 20), 'block 7 of the ext4 filesystem is not a block of extended'],
    ['beyond 32 bits', 2 ** 32, makeBlock(), 'block 4294967296 of the ext4 filesystem is beyond 32 bits'],
    ['with values elsewhere', 7, makeBlock({ valueInode: 9 }), 'has extended attributes in separate inodes'],
  ] as const)('%s is rejected', (_, number, block, message) => {
    expect(() => parseAttributeBlock(number, block, 1)).toThrow(message);
  });

  test('is read up to its first bad entry', () => {
    expect([...parseBlockAttributes(makeBlock())]).toEqual([['user.a', Buffer.from('xyz')]]);
    const long = makeBlock();
    long.writeUInt32LE(5, 40);
    expect([...parseBlockAttributes(long)]).toEqual([]);
  });
});
