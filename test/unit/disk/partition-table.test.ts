import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { readPartitions, type Partition } from '../../../src/disk/partition-table.js';
import { openMemoryDisk } from '../../fixtures/memory-disk.js';
import { createRandom } from '../../fixtures/random.js';

const mebibyte = 1024 ** 2;
const diskSize = 64 * mebibyte;
const linuxRoot = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
/** The same in the stored byte order. */
const linuxRootBytes = 'e3bc684fcde8b14d96e7fbcaf984b709';

interface Entry {
  readonly number: number;
  readonly first: bigint;
  readonly last: bigint;
}

function makeGpt(
  sector: number,
  entries: readonly Entry[],
  header: { readonly at?: bigint; readonly count?: number; readonly size?: number } = {},
): Buffer {
  const disk = Buffer.alloc(2 * sector + 128 * 128);
  disk.writeUInt16LE(0xaa55, 510);
  disk.write('EFI PART', sector, 'latin1');
  disk.writeBigUInt64LE(header.at ?? 2n, sector + 72);
  disk.writeUInt32LE(header.count ?? 128, sector + 80);
  disk.writeUInt32LE(header.size ?? 128, sector + 84);
  for (const { number, first, last } of entries) {
    const start = 2 * sector + (number - 1) * 128;
    disk.write(linuxRootBytes, start, 'hex');
    disk.writeBigUInt64LE(first, start + 32);
    disk.writeBigUInt64LE(last, start + 40);
  }
  return disk;
}

async function read(bytes: Buffer, size = diskSize): Promise<readonly Partition[]> {
  return readPartitions(openMemoryDisk(bytes, size));
}

describe('GPT', () => {
  test.each([512, 4096])('sectors of %d bytes: numbers as stored, sorted by offset', async (sector) => {
    const entries = [
      { number: 1, first: 4096n, last: 8191n },
      { number: 16, first: 2048n, last: 4095n },
    ];
    expect(await read(makeGpt(sector, entries))).toEqual([
      { number: 16, start: 2048 * sector, length: 2048 * sector, type: linuxRoot },
      { number: 1, start: 4096 * sector, length: 4096 * sector, type: linuxRoot },
    ]);
  });

  test('a partition that ends with the disk', async () => {
    const last = BigInt(diskSize / 512 - 1);
    expect(await read(makeGpt(512, [{ number: 1, first: 2048n, last }]))).toMatchObject([
      { length: diskSize - mebibyte },
    ]);
  });

  test('no partitions', async () => {
    expect(await read(makeGpt(512, []))).toEqual([]);
  });

  const tooLarge = 0xffff_ffff_ffff_ffffn;
  test.each<readonly [what: string, bytes: Buffer, message: RegExp]>([
    ['entries behind the disk', makeGpt(512, [], { at: BigInt(diskSize) }), /entries are outside/],
    ['entries at 2^64', makeGpt(512, [], { at: tooLarge }), /entries are outside/],
    ['4294967295 entries', makeGpt(512, [], { count: 0xffff_ffff }), /entries are outside/],
    ['entries of no bytes', makeGpt(512, [], { size: 0 }), /entries are outside/],
    ['entries of 4 GiB', makeGpt(512, [], { size: 0xffff_ffff }), /entries are outside/],
    ['a partition at 0', makeGpt(512, [{ number: 1, first: 0n, last: 9n }]), /partition 1 is outside/],
    [
      'a partition that ends before it starts',
      makeGpt(512, [{ number: 7, first: 100n, last: 98n }]),
      /partition 7 is outside/,
    ],
    [
      'a partition behind the disk',
      makeGpt(512, [{ number: 1, first: 2048n, last: BigInt(diskSize / 512) }]),
      /partition 1 is outside/,
    ],
    ['a partition up to 2^64', makeGpt(512, [{ number: 1, first: 2048n, last: tooLarge }]), /partition 1 is outside/],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes)).rejects.toThrow(Failure);
    await expect(read(bytes)).rejects.toThrow(message);
  });

  test('random headers give a Failure or partitions inside the disk', async () => {
    const random = createRandom(7);
    const pick = (below: number): number => Math.floor(random() * below);
    for (let round = 0; round < 500; round++) {
      const disk = makeGpt(512, [
        { number: 1, first: 2048n, last: 4095n },
        { number: 2, first: 4096n, last: 8191n },
      ]);
      for (let edits = 0; edits < 3; edits++)
        disk.writeUInt8([0, 1, 0x7f, 0xff, pick(256)][pick(5)]!, [512 + 72 + pick(16), 1024 + pick(256)][pick(2)]);
      try {
        for (const { start, length } of await read(disk))
          expect(start > 0 && length > 0 && start + length <= diskSize).toBe(true);
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
      }
    }
  });
});

describe('MBR', () => {
  function makeMbr(entries: readonly (readonly [type: number, first: number, count: number])[]): Buffer {
    const disk = Buffer.alloc(512);
    disk.writeUInt16LE(0xaa55, 510);
    for (const [index, [type, first, count]] of entries.entries()) {
      disk.writeUInt8(type, 446 + index * 16 + 4);
      disk.writeUInt32LE(first, 446 + index * 16 + 8);
      disk.writeUInt32LE(count, 446 + index * 16 + 12);
    }
    return disk;
  }

  test('primary partitions, sorted by offset', async () => {
    expect(
      await read(
        makeMbr([
          [0x83, 8192, 2048],
          [0x8e, 2048, 4096],
        ]),
      ),
    ).toEqual([
      { number: 2, start: mebibyte, length: 2 * mebibyte, type: '8E' },
      { number: 1, start: 4 * mebibyte, length: mebibyte, type: '83' },
    ]);
  });

  test('ignores extended, protective, empty and impossible ones', async () => {
    const entries = [
      [0x05, 2048, 2048],
      [0xee, 1, 0xffff_ffff],
      [0x83, 2048, 0],
      [0, 2048, 2048],
    ] as const;
    expect(await read(makeMbr(entries))).toEqual([]);
    expect(
      await read(
        makeMbr([
          [0x83, 0, 2048],
          [0x83, 2048, 0xffff_ffff],
          [0x0f, 2048, 1],
          [0x85, 2048, 1],
        ]),
      ),
    ).toEqual([]);
  });

  test('no table without a signature', async () => {
    expect(await read(Buffer.alloc(512))).toEqual([]);
  });

  test('no table on a disk that is too small', async () => {
    expect(await read(makeMbr([[0x83, 1, 1]]), 32 * 1024)).toEqual([]);
    expect(await read(Buffer.alloc(0), 0)).toEqual([]);
  });
});
