import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { copyFile, open, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { freeTables, hasZeroMarks, moveTables, type TableFile } from '../../../src/disk/qcow2-tables.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
/** The bytes that one L2 table maps. */
const covered = 512 * mebibyte;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let raw: string;

beforeAll(async () => {
  directory = await makeTestDirectory('tables');
  raw = join(directory.path, 'disk.raw');
  const disk = await open(raw, 'w');
  for (const table of [0, 1, 3])
    await disk.write(makeBytes(table, 3 * mebibyte), 0, 3 * mebibyte, table * covered + mebibyte);
  await disk.close();
  await truncate(raw, 5 * covered);
});
afterAll(async () => directory.remove());

async function makeImage(
  name: string,
  options: readonly string[] = [],
  compression: readonly string[] = ['-c'],
): Promise<string> {
  const path = join(directory.path, `${name}.qcow2`);
  await processes.run({
    argv: [
      'qemu-img',
      'convert',
      '-f',
      'raw',
      '-O',
      'qcow2',
      ...compression,
      ...options.flatMap((option) => ['-o', option]),
      raw,
      path,
    ],
  });
  return path;
}

async function withFile<T>(path: string, work: (file: TableFile) => Promise<T>): Promise<T> {
  const handle = await open(path, 'r+');
  try {
    return await work({
      read: async (offset, length) => (await handle.read(Buffer.alloc(length), 0, length, offset)).buffer,
      write: async (offset, bytes) => {
        await handle.write(bytes, 0, bytes.length, offset);
      },
    });
  } finally {
    await handle.close();
  }
}

/** The clusters of the L2 tables, from the L1 table, which is one cluster for disks of this size. */
async function listTables(path: string): Promise<readonly number[]> {
  const bytes = await readFile(path);
  const l1 = Number(bytes.readBigUInt64BE(40));
  return Array.from(
    { length: 5 },
    (_, index) => Number(bytes.readBigUInt64BE(l1 + index * 8) & 0x00ff_ffff_ffff_fe00n) / 65536,
  );
}

const check = async (path: string): Promise<string> =>
  (await processes.run({ argv: ['qemu-img', 'check', path] })).stdout;

describe('the tables of changed ranges', () => {
  test.each([
    ['version 3', [], ['-c']],
    ['version 2', ['compat=0.10'], ['-c']],
    ['zstd', ['compression_type=zstd'], ['-c']],
    ['not compressed', [], []],
  ] as const)('%s: move to the end, and their places are free afterwards', async (name, options, compression) => {
    const path = await makeImage(name, options, compression);
    const end = (await stat(path)).size;
    const before = await listTables(path);
    const left = await withFile(path, async (file) =>
      moveTables(
        file,
        [
          { start: covered - 65536, length: 2 * 65536 },
          { start: covered + mebibyte, length: 512 },
          { start: 2 * covered, length: covered },
        ],
        end,
      ),
    );
    const first = Math.ceil(end / 65536);
    expect(await listTables(path)).toEqual([first, first + 1, 0, before[3], 0]);
    await expect(check(path)).rejects.toMatchObject({ exitCode: 3 }); // leaks
    await withFile(path, async (file) => freeTables(file, left));
    expect(await check(path)).toMatch(/No errors were found/);
    await processes.run({ argv: ['qemu-img', 'compare', '-f', 'raw', '-F', 'qcow2', raw, path] });
  });
});

describe('moves nothing', () => {
  const all = [{ start: 0, length: 5 * covered }];

  async function expectNothing(path: string, ranges = all, end?: number): Promise<void> {
    const copy = `${path}.copy`;
    await copyFile(path, copy);
    const size = end ?? (await stat(path)).size;
    expect(await withFile(path, async (file) => moveTables(file, ranges, size))).toEqual([]);
    expect((await readFile(path)).equals(await readFile(copy))).toBe(true);
  }

  test.each([['cluster_size=2M'], ['cluster_size=4k'], ['refcount_bits=1'], ['refcount_bits=32']])(
    '%s',
    async (option) => {
      await expectNothing(await makeImage(option, [option]));
    },
  );

  test('extended L2 entries', async () => {
    await expectNothing(await makeImage('extended', ['extended_l2=on'], []));
  });

  test('for a snapshot, which shares the tables', async () => {
    const path = await makeImage('snapshot');
    await processes.run({ argv: ['qemu-img', 'snapshot', '-c', 'one', path] });
    await expectNothing(path);
  });

  test('without a range, and for an unwritten range', async () => {
    const path = await makeImage('none');
    await expectNothing(path, []);
    await expectNothing(path, [{ start: 2 * covered, length: covered }]);
    await expectNothing(path, [{ start: 20 * covered, length: covered }]);
  });

  test('if a refcount block is full or missing, or the end is wrong', async () => {
    const path = await makeImage('end');
    await expectNothing(path, all, 32767 * 65536);
    await expectNothing(path, all, 32768 * 65536);
    await expectNothing(path, all, 2 ** 52);
    await expectNothing(path, all, 65536);
  });
});

test('finds a zero mark in the table that has it, and not in a compressed cluster', async () => {
  const path = await makeImage('zeros');
  const look = async (start: number): Promise<boolean> =>
    withFile(path, async (file) => hasZeroMarks(file, [{ start, length: 1 }]));
  expect(await look(0)).toBe(false);
  await processes.run({ argv: ['qemu-io', '-f', 'qcow2', '-c', 'discard 1M 64k', path] });
  expect([await look(0), await look(covered), await look(2 * covered)]).toEqual([true, false, false]);
  const others = await makeImage('others', ['cluster_size=32k']);
  expect(await withFile(others, async (file) => hasZeroMarks(file, [{ start: 0, length: 1 }]))).toBe(true);
});
