import { describe, expect, test } from '@jest/globals';
import { isQcow2, parseQcow2Header } from '../../../src/disk/qcow2-header.js';
import { createRandom } from '../../fixtures/random.js';

/** A header as `qemu-img create -f qcow2` writes it, for a disk of 1 GiB. */
function header(change: (bytes: Buffer) => void = () => undefined, length = 5120): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(3, 4);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(1024n ** 3n, 24);
  bytes.writeUInt32BE(112, 100);
  change(bytes);
  return bytes;
}

const withFeatures = (features: bigint): Buffer => header((bytes) => bytes.writeBigUInt64BE(features, 72));

describe('parseQcow2Header', () => {
  test('reads a plain image', () => {
    expect(parseQcow2Header(header())).toEqual({
      version: 3, clusterSize: 65_536, virtualSize: 1024 ** 3, encrypted: false, compressionType: 'zlib',
      externalDataFile: false, extendedL2: false, corrupt: false, unknownFeatures: 0n,
    });
  });

  test('reads version 2, whose header ends at 72 bytes and has no features', () => {
    const bytes = header((all) => {
      all.writeUInt32BE(2, 4);
      all.fill(0xff, 72);
    }).subarray(0, 72);
    expect(parseQcow2Header(bytes)).toMatchObject({ version: 2, compressionType: 'zlib', unknownFeatures: 0n });
  });

  test('reads a backing file', () => {
    const bytes = header((all) => {
      all.writeBigUInt64BE(256n, 8);
      all.writeUInt32BE(11, 16);
      all.write('/etc/shadow', 256);
    });
    expect(parseQcow2Header(bytes).backingFile).toBe('/etc/shadow');
  });

  test('reads a backing file of an empty name as one', () => {
    expect(parseQcow2Header(header((bytes) => bytes.writeBigUInt64BE(256n, 8))).backingFile).toBe('');
  });

  test.each([
    ['encrypted', header((bytes) => bytes.writeUInt32BE(2, 32)), { encrypted: true }],
    ['corrupt', withFeatures(2n), { corrupt: true, unknownFeatures: 0n }],
    ['external data file', withFeatures(4n), { externalDataFile: true, unknownFeatures: 0n }],
    ['extended L2', withFeatures(16n), { extendedL2: true, unknownFeatures: 0n }],
    ['dirty, which anyone may open', withFeatures(1n), { corrupt: false, unknownFeatures: 0n }],
    ['unknown features, the highest bit too', withFeatures(32n | 1n << 63n), { unknownFeatures: 32n | 1n << 63n }],
    ['zstd', header((bytes) => {
      bytes.writeBigUInt64BE(8n, 72);
      bytes.writeUInt8(1, 104);
    }), { compressionType: 'zstd' }],
    ['a compression byte without its feature', header((bytes) => bytes.writeUInt8(1, 104)), { compressionType: 'zlib' }],
    ['the smallest clusters', header((bytes) => bytes.writeUInt32BE(9, 20)), { clusterSize: 512 }],
    ['the largest clusters', header((bytes) => bytes.writeUInt32BE(21, 20)), { clusterSize: 2 * 1024 ** 2 }],
  ])('reads %s', (_, bytes, expected) => {
    expect(parseQcow2Header(bytes)).toMatchObject(expected);
  });

  test.each([
    ['no bytes', Buffer.alloc(0), /magic number/],
    ['three bytes', Buffer.from('QFI'), /magic number/],
    ['another file', Buffer.from('KDMV'.repeat(40)), /magic number/],
    ['the magic number alone', header(undefined).subarray(0, 4), /ends early/],
    ['a header of version 2 cut short', header((bytes) => bytes.writeUInt32BE(2, 4)).subarray(0, 71), /ends early/],
    ['a header of version 3 cut short', header().subarray(0, 104), /ends early/],
    ['version 1', header((bytes) => bytes.writeUInt32BE(1, 4)), /version 1 is unknown/],
    ['version 2^32-1', header((bytes) => bytes.writeUInt32BE(0xffffffff, 4)), /version 4294967295 is unknown/],
    ['clusters of 256 bytes', header((bytes) => bytes.writeUInt32BE(8, 20)), /cluster size of 2\^8/],
    ['clusters of 2^4294967295 bytes', header((bytes) => bytes.writeUInt32BE(0xffffffff, 20)), /cluster size/],
    ['a disk of 2^64-1 bytes', header((bytes) => bytes.writeBigUInt64BE(2n ** 64n - 1n, 24)), /more than 64 TiB/],
    ['a disk just over the limit', header((bytes) => bytes.writeBigUInt64BE(64n * 1024n ** 4n + 1n, 24)), /more than 64 TiB/],
    ['a backing name of 4 GiB', header((bytes) => {
      bytes.writeBigUInt64BE(256n, 8);
      bytes.writeUInt32BE(0xffffffff, 16);
    }), /backing file name lies outside/],
    ['a backing name behind the header', header((bytes) => {
      bytes.writeBigUInt64BE(2n ** 64n - 1n, 8);
      bytes.writeUInt32BE(10, 16);
    }), /backing file name lies outside/],
    ['a backing name over the end', header((bytes) => {
      bytes.writeBigUInt64BE(5115n, 8);
      bytes.writeUInt32BE(10, 16);
    }), /backing file name lies outside/],
    ['an unknown compression', header((bytes) => {
      bytes.writeBigUInt64BE(8n, 72);
      bytes.writeUInt8(2, 104);
    }), /compression type 2 is unknown/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseQcow2Header(bytes)).toThrow(message);
  });

  test('never throws anything but a Failure, whatever the bytes', () => {
    const next = createRandom(1);
    const random = (below: number): number => Math.floor(next() * below);
    for (let round = 0; round < 2000; round++) {
      const bytes = header().subarray(0, 72 + random(200));
      for (let flips = 0; flips < 8; flips++) bytes.writeUInt8(random(256), 4 + random(bytes.length - 4));
      try {
        parseQcow2Header(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'Failure' });
      }
    }
  });
});

test('isQcow2 wants the whole magic number', () => {
  expect(isQcow2(header())).toBe(true);
  expect(isQcow2(Buffer.from('QFI'))).toBe(false);
  expect(isQcow2(Buffer.from('QFI\u0000'))).toBe(false);
});
