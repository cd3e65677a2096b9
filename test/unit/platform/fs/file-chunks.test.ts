import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fileChunkSize,
  hashFileChunks,
  hashKnownFile,
  updateFileChunks,
} from '../../../../src/platform/fs/file-chunks.js';
import { sha256Of } from '../../../../src/platform/fs/files.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'file-chunks-'));
  path = join(directory, 'file');
});
afterEach(async () => rm(directory, { recursive: true }));

async function write(offset: number, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(bytes, 0, bytes.length, offset);
  await file.close();
}

describe('the chunks of a file', () => {
  test.each([0, 1, fileChunkSize, 2 * fileChunkSize + 5])('of %d bytes', async (size) => {
    const bytes = randomBytes(size);
    await writeFile(path, bytes);
    const chunks = Array.from({ length: Math.ceil(size / fileChunkSize) }, (_, index) =>
      sha256Of(bytes.subarray(index * fileChunkSize, (index + 1) * fileChunkSize)),
    );
    expect(await hashFileChunks(path)).toEqual({ size, chunks });
    expect(await hashKnownFile(path, sha256Of(bytes))).toEqual({ size, chunks });
  });

  test('of a changed file are rejected', async () => {
    await writeFile(path, 'other');
    await expect(hashKnownFile(path, sha256Of('bytes'))).rejects.toThrow(`${path} has SHA-256 ${sha256Of('other')}`);
  });

  test('are not read after a cancel', async () => {
    await writeFile(path, 'bytes');
    await expect(hashFileChunks(path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });
});

describe('the chunks of a changed copy', () => {
  const start = 3 * fileChunkSize + 100;

  test.each<readonly [string, readonly (readonly [offset: number, length: number])[], number]>([
    ['unchanged', [], start],
    ['changed in one byte', [[5, 1]], start],
    [
      'changed across chunks',
      [
        [fileChunkSize - 1, 2],
        [3 * fileChunkSize, 100],
      ],
      start,
    ],
    ['longer, in the same chunk', [[start, 50]], start + 50],
    ['longer by chunks, of which the last is a hole', [[start, 50]], 5 * fileChunkSize],
    ['longer at the end of a chunk', [], 4 * fileChunkSize],
    ['shorter', [[1, 1]], fileChunkSize + 1],
    ['with a range beyond its end', [[0, 10 * fileChunkSize]], start],
  ])('%s', async (_, changes, size) => {
    await writeFile(path, randomBytes(start));
    const before = await hashFileChunks(path);
    for (const [offset, length] of changes) if (length < fileChunkSize) await write(offset, randomBytes(length));
    await truncate(path, size);
    const changed = changes.map(([offset, length]) => ({ start: offset, length }));
    expect(await updateFileChunks(path, before, changed)).toEqual(await hashFileChunks(path));
  });

  test('are read only where it has changed', async () => {
    await writeFile(path, randomBytes(start));
    const before = { size: start, chunks: ['a', 'b', 'c', 'd'] };
    const { chunks } = await updateFileChunks(path, before, [{ start: 2 * fileChunkSize, length: 1 }]);
    expect([chunks[0], chunks[1], chunks[3]]).toEqual(['a', 'b', 'd']);
    expect(chunks[2]).toHaveLength(64);
  });
});
