import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  assertLayeredImage,
  assertRawImage,
  assertStandaloneImage,
  type GatedImage,
} from '../../../src/disk/image-gate.js';
import { makeQcow2Header } from '../../fixtures/qcow2-bytes.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

/** As QEMU writes it. */
const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
const baseName = `${'a'.repeat(64)}.img`;
const backing = { file: `../images/${baseName}`, format: 'qcow2' } as const;

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let path: string;
let image: GatedImage;

beforeAll(async () => {
  directory = await makeTestDirectory('gate');
  for (const name of ['snapshots', 'images']) await mkdir(join(directory.path, name));
  path = join(directory.path, 'snapshots/image.qcow2');
  image = { path, fix: 'none' };
  await qemuImg('create', '-q', '-f', 'qcow2', join(directory.path, 'images', baseName), '8M');
  await writeFile(join(directory.path, 'disk.raw'), Buffer.alloc(mebibyte, 'content '));
});
afterAll(async () => directory.remove());
beforeEach(async () => rm(path, { force: true }));

const qemuImg = async (...words: readonly string[]): Promise<unknown> =>
  processes.run({ argv: ['qemu-img', ...words], cwd: join(directory.path, 'snapshots') });
const create = async (...options: readonly string[]): Promise<unknown> =>
  qemuImg('create', '-q', '-f', 'qcow2', ...options, path, '8M');

describe('a standalone image passes', () => {
  test.each<readonly [string, readonly string[]]>([
    ['as it is created', []],
    ['of version 2', ['-o', 'compat=0.10']],
    ['compressed with zstd', ['-o', 'compression_type=zstd']],
    ['with clusters of 512 bytes', ['-o', 'cluster_size=512']],
    ['with clusters of 2 MiB', ['-o', 'cluster_size=2M']],
    ['with lazy refcounts', ['-o', 'lazy_refcounts=on']],
    ['preallocated', ['-o', 'preallocation=metadata']],
    ['with refcounts of 1 bit', ['-o', 'refcount_bits=1']],
    ['with refcounts of 64 bits', ['-o', 'refcount_bits=64']],
  ])('%s', async (_, options) => {
    await create(...options);
    expect(await assertStandaloneImage({ ...image, virtualSize: 8 * mebibyte })).toMatchObject({
      virtualSize: 8 * mebibyte,
    });
  });

  test('also if it was converted from one that is not', async () => {
    await create('-b', '../disk.raw', '-F', 'raw');
    await qemuImg('snapshot', '-c', 'one', path);
    await expect(assertStandaloneImage(image)).rejects.toThrow(
      'qcow2 image with a backing file (its backing file is "../disk.raw")',
    );
    const plain = join(directory.path, 'plain.qcow2');
    await qemuImg('convert', '-f', 'qcow2', '-O', 'qcow2', path, plain);
    expect(await assertStandaloneImage({ ...image, path: plain })).toMatchObject({ snapshots: 0 });
  });
});

describe('a layered image passes', () => {
  test.each<readonly [string, readonly string[]]>([
    ['as it is created', ['create', '-q', '-f', 'qcow2', '-b', backing.file, '-F', 'qcow2']],
    ['of version 2', ['create', '-q', '-f', 'qcow2', '-o', 'compat=0.10', '-b', backing.file, '-F', 'qcow2']],
  ])('%s', async (_, words) => {
    await qemuImg(...words, path);
    expect(await assertLayeredImage(image, backing)).toMatchObject({
      backingFile: backing.file,
      backingFormat: 'qcow2',
    });
    await expect(assertStandaloneImage(image)).rejects.toMatchObject({
      message: expect.stringContaining('with a backing file'),
      fix: 'none',
    });
  });

  test('also after its backing file was renamed, as in a build', async () => {
    await create('-b', join(directory.path, 'images', baseName), '-F', 'qcow2');
    await expect(assertLayeredImage(image, backing)).rejects.toThrow(
      `with a backing file other than "${backing.file}"`,
    );
    await qemuImg('rebase', '-u', '-f', 'qcow2', '-b', backing.file, '-F', 'qcow2', path);
    await assertLayeredImage(image, backing);
    await qemuImg('rebase', '-u', '-f', 'qcow2', '-b', backing.file, '-F', 'raw', path);
    await expect(assertLayeredImage(image, backing)).rejects.toThrow('with a backing format "raw" instead of qcow2');
  });

  test.each([
    ['a snapshot', ['snapshot', '-c', 'one']],
    ['a bitmap', ['bitmap', '--add']],
  ])('unless it has %s', async (_, words) => {
    await create('-b', backing.file, '-F', 'qcow2');
    await qemuImg(...words, path, ...(words[0] === 'bitmap' ? ['marks'] : []));
    await expect(assertLayeredImage(image, backing)).rejects.toThrow(/with (internal snapshots|bitmaps)/);
  });
});

describe('files that are not images', () => {
  test.each([
    ['a directory', '.'],
    ['a file that is not there', 'none'],
    ['a pipe', 'pipe'],
  ])('%s is an error, and nobody waits', async (_, name) => {
    await rm(join(directory.path, 'pipe'), { force: true });
    await processes.run({ argv: ['mkfifo', join(directory.path, 'pipe')] });
    await expect(assertStandaloneImage({ ...image, path: join(directory.path, name) })).rejects.toThrow();
  });

  test('a raw base passes, unless it starts with a qcow2 header', async () => {
    await assertRawImage({ ...image, path: join(directory.path, 'disk.raw') });
    await expect(
      assertStandaloneImage({ ...image, path: join(directory.path, 'disk.raw'), name: 'x\u001b[2J' }),
    ).rejects.toThrow(/^"x\\u001b\[2J" is rejected: not a qcow2 image/);
    await create();
    await expect(assertRawImage(image)).rejects.toThrow('it starts with a qcow2 header, but should be raw');
    await writeFile(path, makeQcow2Header().subarray(0, 4));
    await expect(assertRawImage(image)).rejects.toThrow('truncated qcow2 image');
  });
});
