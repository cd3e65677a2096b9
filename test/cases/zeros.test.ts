import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { countNeededBytes } from '../../src/host/fetch-file.js';
import { findZeroChunks } from '../../src/host/plan-chunks.js';
import { pullVersion, type Pulled } from '../../src/host/pull-version.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { sha256Of } from '../../src/platform/fs/files.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { createDigestOfZeros, digestOfZeros, sha256OfChunk } from '../../src/platform/zeros.js';
import { assertFewZeros } from '../../src/store/zero-limit.js';
import { countBytes, forgeManifest, image, makeImage, publishTestVersion } from '../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../fixtures/memory-store.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory } from '../fixtures/small-image.js';
import { createTestClock } from '../fixtures/test-clock.js';

// Row 42: zeros cost whoever publishes them nothing, and whoever hashes them time.

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let state: MemoryState;
let store: ObjectStore;

beforeEach(async () => {
  directory = await makeTestDirectory('zeros');
  root = join(directory.path, 'host');
  state = createMemoryState();
  store = createMemoryStore(state);
});
afterEach(async () => directory.remove());

async function pull(from: Parameters<typeof pullVersion>[1]['store'] = store): Promise<Pulled> {
  return pullVersion(
    { root, image, wanted: 'latest', verify: false },
    {
      store: from,
      processes: createTestProcesses(),
      clock: createTestClock(),
      signal: new AbortController().signal,
      log: silentLog,
    },
  );
}

const zeroFile = (size: number, chunkSize: number): { size: number; chunkSize: number; chunks: readonly string[] } => ({
  size,
  chunkSize,
  chunks: Array.from({ length: Math.ceil(size / chunkSize) }, (_, chunk) =>
    digestOfZeros(Math.min(chunkSize, size - chunk * chunkSize)),
  ),
});

describe('row 42: the digest of zeros', () => {
  test.each([0, 1, 7, 4096, mebibyte])('of %d bytes is that of the bytes', (length) => {
    expect(digestOfZeros(length)).toBe(sha256Of(Buffer.alloc(length)));
    expect(sha256OfChunk(Buffer.alloc(length))).toBe(digestOfZeros(length));
  });

  test('of bytes that are not all zeros is their own', () => {
    expect(sha256OfChunk(Buffer.from([0, 0, 1]))).toBe(sha256Of(Buffer.from([0, 0, 1])));
  });

  test('is computed once for a length, and few are kept', () => {
    const hashed: number[] = [];
    const digest = createDigestOfZeros((bytes) => `digest ${hashed.push(bytes.length)}`);
    expect(new Set(Array.from({ length: 300_000 }, () => digest(1024)))).toEqual(new Set(['digest 1']));
    expect(hashed).toEqual([1024]);
    for (let length = 0; length < 1000; length++) digest(length);
    expect(hashed).toHaveLength(1001);
  });
});

describe('row 42: a version with too many zeros', () => {
  test.each([
    ['image', 65 * gibibyte, '65 GiB'],
    ['base', 256 * gibibyte, '256 GiB'],
    ['kernel', 2 * gibibyte, '2 GiB'],
    ['initramfs', gibibyte + 16 * mebibyte, '1.0 GiB'],
  ] as const)('%s of %d bytes: is named with its limit', (role, size, text) => {
    expect(() => assertFewZeros({ role, name: 'x.img', ...zeroFile(size, 16 * mebibyte) })).toThrow(
      new RegExp(`^x\\.img has ${text} of zeros, which a host would hash \\(maximum: (64|1) GiB\\)$`),
    );
  });

  test.each([
    ['as many as are allowed', zeroFile(64 * gibibyte, 16 * mebibyte)],
    ['chunks of bytes', { size: 256 * gibibyte, chunkSize: gibibyte / 64, chunks: Array<string>(16_384).fill('a') }],
    ['none', { size: 0, chunkSize: mebibyte, chunks: [] }],
  ])('%s: is allowed', (_, file) => {
    expect(() => assertFewZeros({ role: 'base', name: 'x.img', ...file })).not.toThrow();
  });

  test('is rejected by a host before anything is fetched or hashed', async () => {
    await publishTestVersion(store);
    forgeManifest(state, 1, ({ files }) => Object.assign(files[0]!, zeroFile(256 * gibibyte, 16 * mebibyte)));
    const counted = countBytes(store);
    await expect(pull(counted)).rejects.toThrow(
      'ubuntu-base.1.qcow2 has 256 GiB of zeros, which a host would hash (maximum: 64 GiB)',
    );
    expect(counted.seen.requests).toBe(0);
    expect(await readdir(join(root, 'snapshots'))).toEqual([]);
  });
});

describe('row 42: zeros in a file that an interrupted pull left', () => {
  const bytes = Buffer.concat([makeImage(1), Buffer.alloc(6 * mebibyte), makeImage(1)]);
  const chunks = Array.from({ length: Math.ceil(bytes.length / mebibyte) }, (_, chunk) =>
    sha256Of(bytes.subarray(chunk * mebibyte, (chunk + 1) * mebibyte)),
  );
  const table = { size: bytes.length, chunkSize: mebibyte, chunks, sha256: sha256Of(bytes) };

  test('need no disk space', async () => {
    const partial = join(directory.path, 'partial');
    await using file = await open(partial, 'w');
    await file.truncate(table.size);
    const zeros = findZeroChunks(table).size * mebibyte;
    expect(zeros).toBe(5 * mebibyte);
    expect(await countNeededBytes({ partial, table, sources: [] })).toBe(table.size - zeros);
  });

  test('are written over other bytes, without the store', async () => {
    const published = await publishTestVersion(store, { image: bytes });
    await pull();
    const path = join(root, 'snapshots', 'ubuntu-base.1.qcow2');
    const sha256 = published.manifest.files[0]!.sha256;
    await rename(path, join(root, 'snapshots', `.partial-${sha256}`));
    await using file = await open(join(root, 'snapshots', `.partial-${sha256}`), 'r+');
    await file.write('rot', 3 * mebibyte);
    const counted = countBytes(store);
    await pull(counted);
    expect(counted.seen.bytes).toBe(0);
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await stat(path)).blocks * 512).toBeLessThan(5 * mebibyte);
  });
});
