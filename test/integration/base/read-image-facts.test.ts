import { copyFile, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readImageFacts } from '../../../src/base/read-image-facts.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const all = createTestProcesses();
const mebibyte = 1024 ** 2;

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let raw: string;
let commands: string[][];
const processes: Processes = {
  ...all,
  run: async (command) => {
    commands.push([...command.argv]);
    return all.run(command);
  },
};

beforeAll(async () => {
  directory = await makeTestDirectory('inspect');
  raw = join(directory.path, 'disk.raw');
  await writeFile(raw, '');
  await truncate(raw, 8 * mebibyte);
  await all.run({ argv: ['sfdisk', '--quiet', raw], input: 'label: gpt\nstart=2048\n' });
  const file = await open(raw, 'r+');
  await file.write(Buffer.alloc(mebibyte, 'compressible '), 0, mebibyte, 2 * mebibyte);
  await file.close();
});
afterAll(async () => directory.remove());
beforeEach(async () => {
  commands = [];
  await rm(join(directory.path, 'image.qcow2'), { force: true });
});

const inspect = async (path: string): ReturnType<typeof readImageFacts> => readImageFacts(path, { processes });

async function convert(...options: readonly string[]): Promise<string> {
  const path = join(directory.path, 'image.qcow2');
  await all.run({ argv: ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, path] });
  return path;
}

async function create(...options: readonly string[]): Promise<string> {
  const path = join(directory.path, 'image.qcow2');
  await all.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', ...options, path, '8M'], cwd: directory.path });
  return path;
}

/** An image that was changed with qemu-img. */
async function changed(verb: string, ...options: readonly string[]): Promise<string> {
  const path = await create();
  await all.run({ argv: ['qemu-img', verb, ...options, path, ...(verb === 'bitmap' ? ['marks'] : [])] });
  return path;
}

async function patch(path: string, offset: number, bytes: readonly number[]): Promise<string> {
  const file = await open(path, 'r+');
  await file.write(Buffer.from(bytes), 0, bytes.length, offset);
  await file.close();
  return path;
}

describe('facts', () => {
  test.each([
    ['none', []],
    ['zlib', ['-c', '-o', 'compression_type=zlib']],
    ['zstd', ['-c', '-o', 'compression_type=zstd']],
    ['zlib', ['-c', '-o', 'compat=0.10']],
  ])('qcow2, compression %s', async (compression, options) => {
    const path = await convert(...options);
    expect(await inspect(path)).toEqual({
      format: 'qcow2',
      compression,
      size: (await stat(path)).size,
      virtualSize: 8 * mebibyte,
    });
  });

  test('compression none if the type is set but no cluster uses it', async () => {
    expect(await inspect(await convert('-o', 'compression_type=zstd'))).toMatchObject({ compression: 'none' });
  });

  test('QEMU opens the file with an explicit format, and under limits', async () => {
    const path = await convert();
    await inspect(path);
    expect(commands).toEqual([
      expect.arrayContaining(['prlimit', '--data=335544320', '--cpu=60', 'qemu-img', '-f', 'qcow2', path]),
    ]);
  });

  test('raw with a GPT', async () => {
    expect(await inspect(raw)).toEqual({
      format: 'raw',
      compression: 'none',
      size: 8 * mebibyte,
      virtualSize: 8 * mebibyte,
    });
    expect(commands).toEqual([]);
  });

  test('raw with an MBR, and with a GPT of 4096-byte sectors', async () => {
    const path = join(directory.path, 'other.raw');
    await writeFile(path, Buffer.alloc(mebibyte));
    await inspect(await patch(path, 510, [0x55, 0xaa]));
    await writeFile(path, Buffer.alloc(mebibyte));
    await patch(path, 4096 + 84, [128]);
    await expect(inspect(await patch(path, 4096, [...Buffer.from('EFI PART')]))).resolves.toMatchObject({
      format: 'raw',
    });
  });
});

describe('rejected before QEMU opens the file', () => {
  test.each([
    ['a backing file', /with a backing file cannot be a base/, async () => create('-b', raw, '-F', 'raw')],
    [
      'a backing file of a harmful name',
      /with a backing file/,
      async () => create('-u', '-b', 'nbd://127.0.0.1:1/x', '-F', 'raw'),
    ],
    ['an external data file', /with an external data file/, async () => create('-o', `data_file=data.raw`)],
    [
      'encryption',
      /that is encrypted/,
      async () => create('--object', 'secret,id=s,data=x', '-o', 'encrypt.format=aes,encrypt.key-secret=s'),
    ],
    ['extended L2 entries', /with extended L2 entries/, async () => create('-o', 'extended_l2=on')],
    ['the corrupt mark', /that is marked corrupt/, async () => patch(await create(), 79, [2])],
    [
      'an internal snapshot',
      /with internal snapshots cannot be a base/,
      async () => changed('snapshot', '-c', 'before'),
    ],
    ['a bitmap', /with bitmaps cannot be a base/, async () => changed('bitmap', '--add', '-g', '64k')],
    ['unknown features', /unknown features \(0x8000000000000000\)/, async () => patch(await create(), 72, [0x80])],
    ['no bytes', /with an empty disk/, async () => patch(await create(), 24, [0, 0, 0, 0, 0, 0, 0, 0])],
    ['a huge disk', /limit: 64 TiB/, async () => patch(await create(), 24, [0x7f])],
  ])('qcow2 with %s', async (_, message, make) => {
    const path = await make();
    await expect(inspect(path)).rejects.toThrow(message);
    expect(commands).toEqual([]);
  });

  test.each([
    ['an empty file', Buffer.alloc(0), /neither qcow2, nor raw with a partition table or an ext4 filesystem$/],
    ['noise', Buffer.from('hello, world'), /neither qcow2, nor raw with a partition table or an ext4 filesystem$/],
    ['zeros', Buffer.alloc(mebibyte), /neither qcow2/],
    ['gzip', Buffer.from('1f8b0800', 'hex'), /this is gzip\)$/],
    ['xz', Buffer.from('fd377a585a0000', 'hex'), /this is xz/],
    ['VMDK', Buffer.from('KDMV'), /this is VMDK/],
    ['a login page', Buffer.from('<!DOCTYPE html><html>'), /this is a web page/],
    ['half a magic number', Buffer.from('QFI'), /neither qcow2/],
    ['only a magic number', Buffer.from([0x51, 0x46, 0x49, 0xfb]), /incomplete header/],
  ])('%s', async (_, content, message) => {
    const path = join(directory.path, 'other');
    await writeFile(path, content);
    await expect(inspect(path)).rejects.toThrow(message);
    expect(commands).toEqual([]);
  });

  test.each([
    ['snapshot', '-c', 'before'],
    ['bitmap', '--add'],
  ])('after running the fix for an image with a %s, it can be a base', async (...words) => {
    const path = await changed(...(words as [string, ...string[]]));
    await expect(inspect(path)).rejects.toThrow(
      expect.objectContaining({
        fix: 'if you trust the image, convert it to a standalone one: qemu-img convert -f qcow2 -O qcow2 OLD NEW',
      }),
    );
    const plain = join(directory.path, 'plain.qcow2');
    await all.run({ argv: ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'qcow2', path, plain] });
    expect(await inspect(plain)).toMatchObject({ format: 'qcow2', virtualSize: 8 * mebibyte });
  });

  test('raw that is truncated within a sector', async () => {
    const path = join(directory.path, 'cut.raw');
    await copyFile(raw, path);
    await truncate(path, mebibyte + 1);
    await expect(inspect(path)).rejects.toThrow(/raw image is truncated: 1048577 bytes/);
  });
});

describe('rejected by the check of all tables', () => {
  test('a truncated image', async () => {
    const path = await convert('-c');
    await truncate(path, (await stat(path)).size - 70_000);
    await expect(inspect(path)).rejects.toThrow(/truncated or damaged/);
  });

  test('only a header', async () => {
    const path = await convert();
    await truncate(path, 600);
    await expect(inspect(path)).rejects.toThrow(/truncated or damaged|could not be checked/);
  });

  test('a table that points outside the file', async () => {
    const path = await convert();
    const l1 = Number((await readFile(path)).readBigUInt64BE(40));
    await expect(inspect(await patch(path, l1, [0x80, 0x7f]))).rejects.toThrow(/truncated or damaged/);
  });

  test('an L1 table larger than the memory limit', async () => {
    const path = await patch(await create(), 36, [0x7f, 0xff, 0xff, 0xff]);
    await expect(inspect(path)).rejects.toThrow(/could not be checked|damaged/);
  });

  test('leaked clusters, with a fix', async () => {
    const path = await create();
    await truncate(path, (await stat(path)).size + 65_536);
    const bytes = await readFile(path);
    const refcounts = Number(bytes.readBigUInt64BE(Number(bytes.readBigUInt64BE(48))));
    const last = Math.floor(((await stat(path)).size - 1) / 65_536);
    await patch(path, refcounts + last * 2, [0, 1]);
    await expect(inspect(path)).rejects.toThrow(
      expect.objectContaining({
        message: expect.stringContaining('leaked clusters') as unknown,
        fix: 'repair it with qemu-img check -r leaks',
      }),
    );
  });
});
