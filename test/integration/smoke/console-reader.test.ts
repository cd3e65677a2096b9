import { appendFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createConsoleReader, restartLine } from '../../../src/smoke/console-reader.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'console-'));
  path = join(directory, 'serial.log');
});
afterEach(async () => rm(directory, { recursive: true }));

describe('createConsoleReader', () => {
  test('a console that does not exist yet is empty', async () =>
    expect(await createConsoleReader(path, 'smoke-1').readLines()).toEqual([]));

  test('returns complete lines as they come, even if cut inside a character', async () => {
    const reader = createConsoleReader(path, 'smoke-1');
    const text = Buffer.from('one\r\ntwo €\r\nthree\r\n');
    await writeFile(path, text.subarray(0, 10));
    expect(await reader.readLines()).toEqual(['one']);
    await appendFile(path, text.subarray(10));
    expect(await reader.readLines()).toEqual(['two €', 'three']);
    expect(await reader.readLines()).toEqual([]);
  });

  test('reports that a console restarted, and reads it from its start', async () => {
    const reader = createConsoleReader(path, 'smoke-1');
    await writeFile(path, 'Linux version 6\nhalf a li');
    expect(await reader.readLines()).toEqual(['Linux version 6']);
    await writeFile(path, 'again\n');
    expect(await reader.readLines()).toEqual([restartLine]);
    expect(await reader.readLines()).toEqual(['again']);
  });

  test('removes colours, titles and control characters', async () => {
    await writeFile(
      path,
      '[\u001b[0;32m  OK  \u001b[0m] Reached \u001b[0;1;39mtarget\u001b[0m\n' +
        '\u001b]0;title\u0007a\u0000b\u001b[?2004hc\u001bM\td\n\u001b\n',
    );
    expect(await createConsoleReader(path, 'smoke-1').readLines()).toEqual(['[  OK  ] Reached target', 'abc d']);
  });

  test('reads a long console in pieces, and cuts a line without an end', async () => {
    const reader = createConsoleReader(path, 'smoke-1');
    await writeFile(path, `${'x'.repeat(3 * 1024 ** 2)}\nend\n`);
    const calls = [
      await reader.readLines(),
      await reader.readLines(),
      await reader.readLines(),
      await reader.readLines(),
    ];
    expect(calls.flat().at(-1)).toBe('end');
    expect(Math.max(...calls.flat().map((line) => line.length))).toBeLessThanOrEqual(4096);
  });

  test('rejects a console of more than 64 MiB', async () => {
    await writeFile(path, '');
    await truncate(path, 64 * 1024 ** 2 + 1);
    await expect(createConsoleReader(path, 'smoke-1').readLines()).rejects.toThrow(
      'smoke-1 wrote more than 64 MiB to its console',
    );
  });

  test('a megabyte of carriage returns or escapes costs no time', async () => {
    const reader = createConsoleReader(path, 'smoke-1');
    await writeFile(path, `${'\r'.repeat(1024 ** 2)}\n`);
    // CPU time, which other processes do not change. It takes a tenth of a second; if each character were compared with
    // each other one, it would take hours.
    const before = process.cpuUsage();
    await reader.readLines();
    await appendFile(path, `${'\u001b[0'.repeat(300_000)}\n`);
    await reader.readLines();
    await reader.readLines();
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(60_000);
  });
});
