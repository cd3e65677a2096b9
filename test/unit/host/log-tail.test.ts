import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { appendFile, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLineSplitter, openLogTail } from '../../../src/host/vm/log-tail.js';
import { openDirectory, withOwnedDirectory } from '../../../src/platform/fs/owned-directory.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let path: string;
beforeEach(async () => {
  directory = await makeTestDirectory('log tail');
  path = join(directory.path, 'serial.log');
});
afterEach(async () => directory.remove());

const withTail = async <T>(lines: number, work: (read: () => Promise<string>) => Promise<T>): Promise<T> =>
  withOwnedDirectory(directory.path, await openDirectory(directory.path, 'it'), async (owned) => {
    await using tail = await openLogTail(owned, 'serial.log', { lines });
    return await work(async () => String(await tail.read()));
  });

test.each([
  ['a\nb\nc\n', 2, 'b\nc\n'],
  ['a\nb\nlogin: ', 2, 'b\nlogin: '],
  ['a\nb\n', 9, 'a\nb\n'],
  ['\n\n\n', 1, '\n'],
  ['a\n', 0, ''],
  ['', 5, ''],
  [`${'x'.repeat(200_000)}\nend\n`, 1, 'end\n'],
])('of %j the last %i lines', async (content, lines, expected) => {
  await writeFile(path, content);
  expect(await withTail(lines, async (read) => read())).toBe(expected);
});

test('a log is read on after it was cut short, and after it was replaced', async () => {
  await writeFile(path, 'old line\n');
  await withTail(1, async (read) => {
    expect(await read()).toBe('old line\n');
    await truncate(path);
    await appendFile(path, 'cut\n');
    expect(await read()).toBe('cut\n');
    await rename(path, `${path}.1`);
    await appendFile(`${path}.1`, 'late\n');
    await writeFile(path, 'new\n');
    expect([await read(), await read(), await read()]).toEqual(['late\n', 'new\n', '']);
  });
});

test('lines come whole, however their bytes are split, and a line without an end comes in pieces', () => {
  const splitter = createLineSplitter(4);
  const bytes = Buffer.from('ä1\n2');
  expect([splitter.push(bytes.subarray(0, 1)), splitter.push(bytes.subarray(1))]).toEqual([[], ['ä1']]);
  expect(splitter.push(Buffer.from('3456'))).toEqual(['23456']);
  splitter.push(Buffer.from('x'));
  expect([splitter.end(), splitter.end()]).toEqual([['x'], []]);
});
