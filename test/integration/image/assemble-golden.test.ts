import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathExists } from '../../../src/platform/fs/files.js';
import type { BaseImage } from '../../../src/base/base-image.js';
import type { AssembleRequest } from '../../../src/image/assemble-golden.js';
import type { GoldenImage } from '../../../src/image/golden-image.js';
import type { Edit } from '../../../src/image/plan.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { areEqual, convertToRaw, digestRaw, expectSound } from '../../fixtures/golden-proof.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import {
  below,
  bootTree,
  guestTree,
  kernelVersion,
  linuxRootX86,
  makeBase,
  makeDisk,
  makeKernel,
  makeTestDirectory,
  nobleDisk,
  type BaseFormat,
} from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const mebibyte = 1024 ** 2;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let raw: string;
let base: BaseImage;
let edits: readonly Edit[];
/** Made first; all others must hold what it holds. */
let reference: GoldenImage;
let count = 0;

async function build(from: BaseImage, changes: Partial<AssembleRequest> = {}): Promise<GoldenImage> {
  return assemble(from, { directory: directory.path, name: `golden-${count++}` }, { edits, ...changes }, processes);
}

beforeAll(async () => {
  directory = await makeTestDirectory('golden');
  raw = join(directory.path, 'disk.raw');
  await makeDisk(raw, nobleDisk, processes);
  base = await makeBase(raw, 'zlib', processes);
  edits = await planTestDaemon(directory.path);
  reference = await build(base, { compression: 'none' });
});
afterAll(async () => directory.remove());

/** Sound, and with the digest of the reference, which `expectSound` has worked out in its own way. */
async function expectLikeReference(golden: GoldenImage): Promise<ReturnType<typeof expectSound>> {
  const header = await expectSound(golden, join(directory.path, 'scratch.raw'), processes);
  expect(golden.digest).toEqual(reference.digest);
  return header;
}

describe('every layout and compression gives the same disk', () => {
  test.each<
    readonly [
      AssembleRequest['layout'],
      AssembleRequest['compression'],
      GoldenImage['compression'],
      'zlib' | 'zstd',
      string,
    ]
  >([
    ['flattened', 'auto', 'inherit', 'zlib', '50.0'],
    ['flattened', 'zstd', 'zstd', 'zstd', '50.0'],
    ['flattened', 'zlib', 'zlib', 'zlib', '50.0'],
    ['flattened', 'none', 'none', 'zlib', '39.0'],
    ['layered', 'auto', 'zstd', 'zstd', '53.0'],
    ['layered', 'zlib', 'zlib', 'zlib', '53.0'],
    ['layered', 'none', 'none', 'zlib', '53.0'],
  ])('%s, %s', async (layout, compression, chosen, compressionType, min) => {
    const golden = await build(base, { layout, compression });
    const header = await expectLikeReference(golden);
    expect(await areEqual(golden.image.path, reference.image.path, processes)).toBe(true);
    expect(golden).toMatchObject({ layout, compression: chosen, driver: 'inject', virtualSize: base.virtualSize });
    expect(header.compressionType).toBe(compressionType);
    expect(golden.cloudHypervisor).toEqual({
      min,
      diskOptions: ['image_type=qcow2', ...(layout === 'layered' ? ['backing_files=on'] : [])],
    });
    expect(golden.backingFile).toBe(layout === 'layered' ? `../images/${base.sha256}.qcow2` : undefined);
    expect(golden.kernel.version).toBe(kernelVersion);
    expect((await readFile(golden.kernel.path)).equals(makeKernel(1))).toBe(true);
    expect((await readFile(golden.initramfs.path)).equals(makeBytes(2, 500_000))).toBe(true);
    // A directory for work is left by nobody.
    expect((await readdir(dirname(dirname(golden.image.path)))).sort()).toEqual(['images', 'kernels', 'snapshots']);
  });
});

describe('every base gives the same disk', () => {
  test.each<
    readonly [what: string, format: BaseFormat, options: readonly string[], chosen: GoldenImage['compression']]
  >([
    ['zlib, clusters of 2 MiB', 'zlib', ['cluster_size=2M'], 'inherit'],
    ['zlib, clusters of 512 bytes', 'zlib', ['cluster_size=512', 'refcount_bits=1'], 'inherit'],
    ['zlib, version 2', 'zlib', ['compat=0.10', 'cluster_size=64k', 'refcount_bits=16'], 'inherit'],
    ['zstd', 'zstd', [], 'inherit'],
    ['not compressed', 'none', [], 'zstd'],
    ['raw', 'raw', [], 'zstd'],
  ])('%s', async (_, format, options, chosen) => {
    const golden = await build(await makeBase(raw, format, processes, options));
    expect(golden.compression).toBe(chosen);
    await expectLikeReference(golden);
  });

  test('a raw base below a layered image', async () => {
    const golden = await build(await makeBase(raw, 'raw', processes), { layout: 'layered' });
    expect(golden.backingFile).toMatch(/^\.\.\/images\/[0-9a-f]{64}\.raw$/);
    await expectLikeReference(golden);
  });
});

test('a guest works out the same digest with coreutils', async () => {
  const scratch = join(directory.path, 'coreutils.raw');
  await convertToRaw(reference.image.path, scratch, processes);
  const script =
    'for index in $1; do ' +
    'echo "$index $(dd if="$0" bs=4M skip="$index" count=1 status=none | sha256sum | cut -d" " -f1)"; ' +
    'done | sha256sum';
  const { stdout } = await processes.run({
    argv: ['sh', '-c', script, scratch, reference.digest.chunks.map(({ index }) => index).join(' ')],
  });
  expect(stdout).toBe(`${reference.digest.sha256}  -\n`);
});

test('three builds at once, of one base and with one cache, do not disturb each other', async () => {
  const cacheDirectory = join(directory.path, 'shared cache');
  const goldens = await Promise.all(
    (['inherit', 'zstd', 'none'] as const).map(async (compression) => build(base, { compression, cacheDirectory })),
  );
  for (const golden of goldens) expect(golden.digest).toEqual(reference.digest);
});

test('inherit leaves the bytes of unchanged clusters where they were', async () => {
  const golden = await build(base, { compression: 'inherit' });
  const [before, after] = [await readFile(base.path), await readFile(golden.image.path)];
  let same = 0;
  for (let place = 0; place < before.length; place += 4096)
    if (before.subarray(place, place + 4096).equals(after.subarray(place, place + 4096))) same += 4096;
  expect(same / before.length).toBeGreaterThan(0.7);
});

test('a second build is the same disk', async () => {
  const golden = await build(base);
  expect(golden.digest).toEqual(reference.digest);
  expect(await areEqual(golden.image.path, reference.image.path, processes)).toBe(true);
});

test("the base's chunks are hashed once, and a broken cache is made anew", async () => {
  const name = `${base.sha256}-${4 * mebibyte}.json`;
  const cached = await readFile(join(directory.path, 'cache/digests', name), 'utf8');
  const fresh = join(directory.path, 'other-cache');
  await mkdir(join(fresh, 'digests'), { recursive: true });
  await writeFile(join(fresh, 'digests', name), '[{"index":-1}]');
  expect((await build(base, { cacheDirectory: fresh, compression: 'none' })).digest).toEqual(reference.digest);
  expect(await readFile(join(fresh, 'digests', name), 'utf8')).toBe(cached);
});

test('a layered image finds its base after its directory was moved', async () => {
  const golden = await build(base, { layout: 'layered' });
  const moved = join(directory.path, 'moved, elsewhere');
  await rename(dirname(dirname(golden.image.path)), moved);
  expect(await areEqual(join(moved, 'snapshots/image.qcow2'), reference.image.path, processes)).toBe(true);
});

describe('a larger disk', () => {
  /** No whole chunks of the digest. */
  const diskSize = 37 * mebibyte;
  let larger: GoldenImage;
  beforeAll(async () => {
    expect(base.virtualSize).toBe(34 * mebibyte);
    larger = await build(base, { diskSize, compression: 'none' });
  });

  test.each<readonly [AssembleRequest['layout'], AssembleRequest['compression']]>([
    ['flattened', 'inherit'],
    ['flattened', 'zstd'],
    ['layered', 'zlib'],
  ])('%s, %s', async (layout, compression) => {
    const golden = await build(base, { layout, compression, diskSize });
    await expectSound(golden, join(directory.path, 'larger.raw'), processes);
    expect(golden.digest).toEqual(larger.digest);
    expect(await areEqual(golden.image.path, larger.image.path, processes)).toBe(true);
  });

  test('that does not end with a cluster has none inherited', async () => {
    const odd = diskSize + 512;
    const golden = await build(base, { diskSize: odd });
    expect(golden).toMatchObject({ compression: 'zstd', virtualSize: odd });
    await expectSound(golden, join(directory.path, 'odd.raw'), processes);
    await expect(build(base, { diskSize: odd, compression: 'inherit' })).rejects.toThrow(
      /is not a multiple of the base's cluster size of 65536 bytes/,
    );
  });

  test('has zeros at its end, and its digest is of it', async () => {
    const scratch = join(directory.path, 'larger.raw');
    await convertToRaw(larger.image.path, scratch, processes);
    expect((await readFile(scratch)).subarray(34 * mebibyte).equals(Buffer.alloc(3 * mebibyte))).toBe(true);
    expect(larger.digest.sha256).toBe(await digestRaw(scratch));
    expect(larger.digest.sha256).not.toBe(reference.digest.sha256);
  });
});

describe('guests of all kinds', () => {
  const root = { ...guestTree, ...below('boot', bootTree()) };

  test('boot in the root, several kernels: the newest complete one', async () => {
    const path = join(directory.path, 'one.raw');
    const tree = {
      ...root,
      'boot/vmlinuz-6.8.0-90-generic': makeKernel(5),
      'boot/initrd.img-6.8.0-90-generic': makeBytes(6, 1000),
      'boot/vmlinuz-6.11.0-1-generic': makeKernel(7),
      'boot/grub/grub.cfg': 'no line for it',
    };
    await makeDisk(
      path,
      { table: 'gpt', partitions: [{ number: 1, sizeMiB: 24, content: { tree, label: 'cloudimg-rootfs' } }] },
      processes,
    );
    const golden = await build(await makeBase(path, 'zstd', processes));
    await expectSound(golden, join(directory.path, 'one.scratch'), processes);
    expect(golden.kernel.version).toBe(kernelVersion);
    expect(golden.cmdline).toBe('root=LABEL=cloudimg-rootfs ro console=ttyS0');
    expect(golden.packages).toEqual([{ name: 'libc6', version: '2.39-0ubuntu8', architecture: 'amd64' }]);
    expect(golden.distribution).toEqual({ id: 'ubuntu' });
  });

  test.each([
    ['MBR', 'dos', []],
    ['no partition table, ext3', 'none', ['-b', '4096', '-O', '^extent,^64bit,^metadata_csum']],
    ['sectors of 4 KiB', 'gpt4k', ['-O', 'orphan_file,metadata_csum_seed']],
  ] as const)('%s', async (name, table, options) => {
    const path = join(directory.path, `${table}.raw`);
    const type = table === 'gpt4k' ? { type: linuxRootX86 } : {};
    await makeDisk(
      path,
      { table, partitions: [{ number: 1, sizeMiB: 24, ...type, content: { tree: root, options } }] },
      processes,
    );
    const golden = await build(await makeBase(path, 'zlib', processes));
    await expectSound(golden, join(directory.path, `${table}.scratch`), processes);
    expect(name).not.toBe('');
  });
});

test('nothing of all this is left', async () => {
  expect(await waitForNothingLeft(directory.path)).toEqual([]);
  expect(await pathExists(reference.image.path)).toBe(true);
});
