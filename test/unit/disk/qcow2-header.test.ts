import { describe, expect, test } from '@jest/globals';
import { isQcow2, parseQcow2Header, type Qcow2Header } from '../../../src/disk/qcow2-header.js';
import { makeQcow2Header, qcow2Extension, type Qcow2Parts } from '../../fixtures/qcow2-bytes.js';
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
      version: 3,
      clusterSize: 65_536,
      virtualSize: 1024 ** 3,
      encrypted: false,
      compressionType: 'zlib',
      externalDataFile: false,
      extendedL2: false,
      corrupt: false,
      snapshots: 0,
      bitmaps: false,
      unknownFeatures: 0n,
    });
  });

  test('reads version 2, whose header has 72 bytes and no features', () => {
    const bytes = header((all) => {
      all.writeUInt32BE(2, 4);
      all.fill(0xff, 80);
    }).subarray(0, 80);
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

  test('reads a backing file with an empty name', () => {
    expect(parseQcow2Header(header((bytes) => bytes.writeBigUInt64BE(256n, 8))).backingFile).toBe('');
  });

  test.each([
    ['encrypted', header((bytes) => bytes.writeUInt32BE(2, 32)), { encrypted: true }],
    ['corrupt', withFeatures(2n), { corrupt: true, unknownFeatures: 0n }],
    ['external data file', withFeatures(4n), { externalDataFile: true, unknownFeatures: 0n }],
    ['extended L2', withFeatures(16n), { extendedL2: true, unknownFeatures: 0n }],
    ['dirty, which is allowed', withFeatures(1n), { corrupt: false, unknownFeatures: 0n }],
    ['unknown features, the highest bit too', withFeatures(32n | (1n << 63n)), { unknownFeatures: 32n | (1n << 63n) }],
    [
      'zstd',
      header((bytes) => {
        bytes.writeBigUInt64BE(8n, 72);
        bytes.writeUInt8(1, 104);
      }),
      { compressionType: 'zstd' },
    ],
    [
      'a compression byte without its feature',
      header((bytes) => bytes.writeUInt8(1, 104)),
      { compressionType: 'zlib' },
    ],
    ['the smallest clusters', header((bytes) => bytes.writeUInt32BE(9, 20)), { clusterSize: 512 }],
    ['the largest clusters', header((bytes) => bytes.writeUInt32BE(21, 20)), { clusterSize: 2 * 1024 ** 2 }],
  ])('reads %s', (_, bytes, expected) => {
    expect(parseQcow2Header(bytes)).toMatchObject(expected);
  });

  test.each([
    ['no bytes', Buffer.alloc(0), /magic number/],
    ['three bytes', Buffer.from('QFI'), /magic number/],
    ['another file', Buffer.from('KDMV'.repeat(40)), /magic number/],
    ['only the magic number', header(undefined).subarray(0, 4), /incomplete header/],
    [
      'a header of version 2 that is truncated',
      header((bytes) => bytes.writeUInt32BE(2, 4)).subarray(0, 71),
      /incomplete header/,
    ],
    ['a header of version 3 that is truncated', header().subarray(0, 104), /incomplete header/],
    ['version 1', header((bytes) => bytes.writeUInt32BE(1, 4)), /unsupported qcow2 version 1 /],
    ['version 2^32-1', header((bytes) => bytes.writeUInt32BE(0xffffffff, 4)), /unsupported qcow2 version 4294967295 /],
    ['clusters of 256 bytes', header((bytes) => bytes.writeUInt32BE(8, 20)), /cluster size 2\^8 /],
    ['clusters of 2^4294967295 bytes', header((bytes) => bytes.writeUInt32BE(0xffffffff, 20)), /cluster size/],
    ['a disk of 2^64-1 bytes', header((bytes) => bytes.writeBigUInt64BE(2n ** 64n - 1n, 24)), /limit: 64 TiB/],
    [
      'a disk just over the limit',
      header((bytes) => bytes.writeBigUInt64BE(64n * 1024n ** 4n + 1n, 24)),
      /limit: 64 TiB/,
    ],
    [
      'a backing name of 4 GiB',
      header((bytes) => {
        bytes.writeBigUInt64BE(256n, 8);
        bytes.writeUInt32BE(0xffffffff, 16);
      }),
      /backing file's name is outside/,
    ],
    [
      'a backing name beyond the header',
      header((bytes) => {
        bytes.writeBigUInt64BE(2n ** 64n - 1n, 8);
        bytes.writeUInt32BE(10, 16);
      }),
      /backing file's name is outside/,
    ],
    [
      'a backing name across the end',
      header((bytes) => {
        bytes.writeBigUInt64BE(5115n, 8);
        bytes.writeUInt32BE(10, 16);
      }),
      /backing file's name is outside/,
    ],
    [
      'an unknown compression',
      header((bytes) => {
        bytes.writeBigUInt64BE(8n, 72);
        bytes.writeUInt8(2, 104);
      }),
      /unsupported qcow2 compression type 2 /,
    ],
  ])('rejects %s', (_, bytes, message) => {
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

test('isQcow2 needs the whole magic number', () => {
  expect(isQcow2(header())).toBe(true);
  expect(isQcow2(Buffer.from('QFI'))).toBe(false);
  expect(isQcow2(Buffer.from('QFI\u0000'))).toBe(false);
});

describe('header extensions', () => {
  const { backingFormat, bitmaps, encryption, externalData, featureNames } = qcow2Extension;
  const parse = (parts: Qcow2Parts): Qcow2Header => parseQcow2Header(withRoom(makeQcow2Header(parts)));
  /** The rest of the first cluster. */
  const withRoom = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(1024)]);

  test.each<readonly [string, Qcow2Parts, Partial<Qcow2Header>]>([
    [
      'those of QEMU',
      { extensions: [[featureNames, Buffer.alloc(0x180)]] },
      { bitmaps: false, externalDataFile: false },
    ],
    ['an unknown one', { extensions: [[0x12345678, 'any']] }, { bitmaps: false }],
    [
      'one of no bytes',
      {
        extensions: [
          [0x12345678, ''],
          [backingFormat, 'raw'],
        ],
        backingFile: 'x',
      },
      { backingFormat: 'raw' },
    ],
    [
      'a backing format',
      {
        extensions: [
          [featureNames, 'x'],
          [backingFormat, 'qcow2'],
        ],
        backingFile: '../a',
      },
      { backingFile: '../a', backingFormat: 'qcow2' },
    ],
    [
      'a backing format in version 2',
      { version: 2, extensions: [[backingFormat, 'qcow2']], backingFile: 'a' },
      { version: 2, backingFormat: 'qcow2' },
    ],
    [
      'bitmaps, also those that their mark does not vouch for',
      { extensions: [[bitmaps, Buffer.alloc(24)]] },
      { bitmaps: true },
    ],
    ['the mark of bitmaps without any', { autoclear: 1n }, { bitmaps: true }],
    ['a data file, also without its feature', { extensions: [[externalData, '/dev/sda']] }, { externalDataFile: true }],
    ['the mark of a raw data file', { autoclear: 2n }, { externalDataFile: true }],
    [
      'an encryption header, also without a method',
      { extensions: [[encryption, Buffer.alloc(16)]] },
      { encrypted: true },
    ],
    ['snapshots', { snapshots: 3 }, { snapshots: 3 }],
    ['the marks of a later release', { autoclear: 1n << 40n }, { bitmaps: false, externalDataFile: false }],
  ])('reads %s', (_, parts, expected) => {
    expect(parse(parts)).toMatchObject(expected);
  });

  test('are absent if the name directly follows the header', () => {
    const bytes = withRoom(Buffer.concat([makeQcow2Header({ version: 2 }).subarray(0, 72), Buffer.from('base.img')]));
    bytes.writeBigUInt64BE(72n, 8);
    bytes.writeUInt32BE(8, 16);
    expect(parseQcow2Header(bytes)).toMatchObject({ backingFile: 'base.img' });
  });

  /** A header with these bytes instead of extensions, and a backing file. */
  const behindHeader = (content: Buffer, backingOffset = 0n, length = 65_536): Buffer => {
    const bytes = Buffer.concat([makeQcow2Header().subarray(0, 112), content, Buffer.alloc(length)]).subarray(
      0,
      length,
    );
    bytes.writeBigUInt64BE(backingOffset, 8);
    return bytes;
  };
  const word = (...values: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 4);
    values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4));
    return bytes;
  };

  test.each<readonly [string, Buffer]>([
    [
      'that end nowhere',
      behindHeader(word(...Array.from({ length: 8200 }, (_, index) => [0x12340000 + index, 0]).flat())),
    ],
    ['that end at the end of the file', behindHeader(word(0x12345678, 8, 0, 0), 0n, 128)],
    ['cut within their start', behindHeader(word(0x12345678), 0n, 116)],
    ['larger than the header', behindHeader(word(0x12345678, 65_536))],
    ['of 4 GiB', behindHeader(word(0x12345678, 0xffffffff))],
    [
      'that end behind the first cluster',
      (() => {
        const bytes = behindHeader(word(0x12345678, 512));
        bytes.writeUInt32BE(9, 20);
        return bytes;
      })(),
    ],
    ['that reach into the name of the backing file', behindHeader(word(0x12345678, 16), 128n)],
    [
      'that have the name of the backing file before their end',
      behindHeader(word(0x12345678, 8, 0, 0, backingFormat, 3), 128n),
    ],
    ['behind the name of the backing file', behindHeader(word(backingFormat, 3, 0x72617700, 0, 0, 0), 80n)],
  ])('rejects those %s', (_, bytes) => {
    expect(() => parseQcow2Header(bytes)).toThrow('qcow2 header extensions do not end within the header');
  });

  test.each([backingFormat, bitmaps, featureNames])('rejects two of type %d', (type) => {
    expect(() =>
      parse({
        extensions: [
          [type, 'raw'],
          [type, 'qcow2'],
        ],
        backingFile: 'x',
      }),
    ).toThrow(`duplicate qcow2 header extension 0x${type.toString(16)}`);
  });

  test.each([0, 72, 103, 105, 109, 1 << 16, 0xffffffff])('rejects a header of %d bytes', (length) => {
    expect(() => parseQcow2Header(header((bytes) => bytes.writeUInt32BE(length, 100)))).toThrow(
      `invalid qcow2 header length ${length}`,
    );
  });

  test('unknown fields of a longer header are ignored', () => {
    const bytes = header((all) => {
      all.writeUInt32BE(120, 100);
      all.fill(0xff, 112, 120);
    });
    expect(parseQcow2Header(bytes)).toMatchObject({ bitmaps: false });
  });
});
