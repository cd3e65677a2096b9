import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyHost } from '../../src/host/list-host.js';
import { pullVersion, type Pulled } from '../../src/host/pull-version.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { countBytes, image, makeImage, publishTestVersion } from '../fixtures/host-versions.js';
import { createMemoryStore } from '../fixtures/memory-store.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory } from '../fixtures/small-image.js';
import { createTestClock } from '../fixtures/test-clock.js';

// Row 37: damaged files of a host. The next pull that needs a file repairs it, with a warning that names it.

const mebibyte = 1024 ** 2;
const chunks = 5;
const kernel = 'kernels/vmlinuz-6.8.0-90-generic';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let store: ObjectStore;
let warnings: string[];

beforeEach(async () => {
  directory = await makeTestDirectory('damaged');
  root = join(directory.path, 'host');
  store = createMemoryStore();
  warnings = [];
});
afterEach(async () => directory.remove());

const ports = {
  processes: createTestProcesses(),
  clock: createTestClock(),
  signal: new AbortController().signal,
  log: { ...silentLog, warn: (line: string) => void warnings.push(line) },
};

async function pull(
  wanted: number | string,
  from: Parameters<typeof pullVersion>[1]['store'] = store,
): Promise<Pulled> {
  return pullVersion({ root, image, wanted, verify: false }, { ...ports, store: from });
}

/** Changes a file without changing its date, as a failing disk does. */
async function rot(path: string, change: (path: string) => Promise<void>): Promise<void> {
  const { atime, mtime } = await stat(path);
  await chmod(path, 0o644);
  await change(path);
  await utimes(path, atime, mtime);
  await chmod(path, 0o444);
}

const flipAt =
  (offset: number) =>
  async (path: string): Promise<void> => {
    const bytes = await readFile(path);
    bytes[offset] = bytes[offset]! ^ 1;
    await writeFile(path, bytes);
  };

interface Case {
  readonly name: string;
  /** Below the root. */
  readonly path: (pulled: Pulled) => string;
  readonly change: (path: string) => Promise<void>;
  /** Versions to publish and pull before the damage, and after it. */
  readonly before: readonly Parameters<typeof publishTestVersion>[1][];
  readonly after?: Parameters<typeof publishTestVersion>[1];
  readonly wanted: number | string;
  /** Bytes that are fetched again. */
  readonly fetched: number;
}

const bytes = makeImage(chunks);
const same = { kernel: Buffer.alloc(3000, 'kernel'), initramfs: Buffer.alloc(4000, 'initramfs') };
const imageOf1 = (): string => 'snapshots/ubuntu-base.1.qcow2';

const cases: readonly Case[] = [
  {
    name: 'an image of the previous version with a wrong bit',
    path: imageOf1,
    change: flipAt(3 * mebibyte),
    before: [{ image: bytes }, {}],
    wanted: 1,
    fetched: mebibyte,
  },
  {
    name: 'the image in use, cut short',
    path: imageOf1,
    change: async (path) => truncate(path, 2 * mebibyte),
    before: [{ image: bytes }],
    wanted: 'latest',
    fetched: 3 * mebibyte + 12_345,
  },
  {
    name: 'the image in use, with a header that names another file',
    path: imageOf1,
    // The offset and the length of the name of a backing file.
    change: async (path) => {
      await flipAt(15)(path);
      await flipAt(19)(path);
    },
    before: [{ image: bytes }],
    wanted: 'latest',
    fetched: mebibyte,
  },
  {
    name: 'a kernel that the next version uses too',
    path: () => kernel,
    change: flipAt(7),
    before: [same],
    after: same,
    wanted: 'latest',
    fetched: 3000,
  },
  {
    name: 'a base that the next version uses too',
    path: ({ local }) => `images/${local.manifest.files.find(({ role }) => role === 'base')!.name}`,
    change: flipAt(4000),
    before: [{ ...same, layout: 'layered' }],
    after: { ...same, layout: 'layered' },
    wanted: 'latest',
    fetched: 5000,
  },
];

test.each(cases)('row 37: $name', async ({ path, change, before, after, wanted, fetched }) => {
  let pulled: Pulled | undefined;
  for (const version of before) {
    await publishTestVersion(store, version);
    pulled = await pull('latest');
  }
  const damaged = join(root, path(pulled!));
  const original = await readFile(damaged);
  await rot(damaged, change);
  warnings = [];
  const { version } = after === undefined ? { version: 0 } : (await publishTestVersion(store, after)).manifest;
  const counted = countBytes(store);
  const { local } = await pull(wanted, counted);
  expect((await readFile(damaged)).equals(original)).toBe(true);
  expect(warnings.filter((line) => line.includes(damaged))).toEqual([
    expect.stringMatching(/(different SHA-256|bytes, expected \d+).*: fetching its damaged chunks again$/),
  ]);
  const ownBytes = version === 0 ? 0 : local.files.find(({ role }) => role === 'image')!.size;
  expect(counted.seen.bytes).toBe(fetched + ownBytes);
  // There is no second name for the same file.
  expect((await readdir(join(root, 'kernels'))).filter((name) => name.includes('@'))).toHaveLength(
    after === undefined && before.length > 1 ? 2 : 0,
  );
  for (const { problems } of await verifyHost({ root, image }, ports)) expect(problems).toEqual([]);
  // The repair lasts.
  expect(await pull(wanted)).toMatchObject({ changed: false });
});

test('row 37: an existing file that was not pulled is left alone', async () => {
  await publishTestVersion(store, { image: bytes });
  await pull('latest');
  await publishTestVersion(store);
  const foreign = join(root, 'snapshots/ubuntu-base.2.qcow2');
  await writeFile(foreign, 'mine');
  await expect(pull('latest')).rejects.toThrow(
    'ubuntu-base.2.qcow2 exists with different content, and was not created by a pull',
  );
  expect(await readFile(foreign, 'utf8')).toBe('mine');
});
