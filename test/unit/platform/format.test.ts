import { describe, expect, test } from '@jest/globals';
import { formatBytes, formatCount, formatDuration, sanitizeLine } from '../../../src/platform/format.js';
import { formatCommand } from '../../../src/platform/process/processes.js';

describe('formatDuration', () => {
  test.each([
    [0, '0 ms'],
    [812.4, '812 ms'],
    [4200, '4.2 s'],
    [59_999, '60.0 s'],
    [185_000, '3 min 5 s'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatBytes', () => {
  test.each([
    [0, '0 B'],
    [512, '512 B'],
    [1024, '1 KiB'],
    [1434, '1.4 KiB'],
    [10 * 1024 ** 3, '10 GiB'],
    [57_000_000, '54.4 MiB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatCount', () => {
  test.each([
    [0, '0 clones'],
    [1, '1 clone'],
    [2, '2 clones'],
  ])('%d are %s', (count, text) => {
    expect(formatCount(count, 'clone')).toBe(text);
  });
});

describe('sanitizeLine', () => {
  test('leaves a harmless line unchanged', () => {
    expect(sanitizeLine('GET /health: 200 ✔')).toBe('GET /health: 200 ✔');
  });
  test('removes what could control a terminal or a workflow log', () => {
    expect(sanitizeLine('a\u001b[2Jb\r\n::error::c\u009b')).toBe('a [2Jb ::error::c');
  });
  test('shortens', () => {
    expect(sanitizeLine('x'.repeat(500), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});

test('a command line can be pasted into a shell', () => {
  expect(formatCommand(['cp', 'a b', "it's", '--x=1', '', '$(rm)'])).toBe(`cp 'a b' 'it'\\''s' --x=1 '' '$(rm)'`);
});
