import { describe, expect, test } from '@jest/globals';
import { tryParseGoBuildInfo } from '../../../src/daemon/go-build-info.js';

const sum = `h1:${'a'.repeat(43)}=`;

function varint(number: number): Buffer {
  return number < 128
    ? Buffer.from([number])
    : Buffer.concat([Buffer.from([(number % 128) | 0x80]), varint(Math.floor(number / 128))]);
}

function makeSection(goVersion: string, lines: readonly string[], flags = 2): Buffer {
  const header = Buffer.alloc(32);
  header.write('\xff Go buildinf:', 'latin1');
  header.writeUInt8(8, 14);
  header.writeUInt8(flags, 15);
  const framed =
    lines.length === 0 ? '' : `${'<'.repeat(16)}${lines.map((line) => `${line}\n`).join('')}${'>'.repeat(16)}`;
  return Buffer.concat([
    header,
    varint(goVersion.length),
    Buffer.from(goVersion, 'latin1'),
    varint(framed.length),
    Buffer.from(framed, 'latin1'),
    Buffer.alloc(16),
  ]);
}

describe('Go build info', () => {
  test('has version, modules and commit', () => {
    const commit = '0123456789abcdef0123456789abcdef01234567';
    const section = makeSection('go1.26.8', [
      'path\texample.com/daemon/cmd/daemon',
      'mod\texample.com/daemon\t(devel)\t',
      `dep\texample.com/a\tv1.2.3\t${sum}`,
      'dep\texample.com/b\tv0.0.0-20260101000000-abcdefabcdef+incompatible\t',
      'build\t-buildmode=exe',
      'build\tvcs=git',
      `build\tvcs.revision=${commit}`,
      'build\tvcs.revision=ffffffffffffffffffffffffffffffffffffffff',
    ]);
    expect(tryParseGoBuildInfo(section)).toEqual({
      goVersion: 'go1.26.8',
      modules: [
        { path: 'example.com/daemon', version: '(devel)' },
        { path: 'example.com/a', version: 'v1.2.3', sum },
        { path: 'example.com/b', version: 'v0.0.0-20260101000000-abcdefabcdef+incompatible' },
      ],
      revision: commit,
    });
  });

  test('names the replacement of a module, but no directory of the build machine', () => {
    const section = makeSection('go1.26.8', [
      'mod\texample.com/daemon\t(devel)\t',
      'dep\texample.com/a\tv1.0.0',
      `=>\texample.com/fork\tv1.0.1\t${sum}`,
      'dep\texample.com/b\tv2.0.0',
      '=>\t../b\t(devel)\t',
      'dep\texample.com/c\tv3.0.0',
      '=>\t/home/me/c\t(devel)\t',
    ]);
    expect(tryParseGoBuildInfo(section)?.modules).toEqual([
      { path: 'example.com/daemon', version: '(devel)' },
      { path: 'example.com/fork', version: 'v1.0.1', sum },
      { path: 'example.com/b', version: '(devel)' },
      { path: 'example.com/c', version: '(devel)' },
    ]);
  });

  test('can be without modules', () => {
    expect(tryParseGoBuildInfo(makeSection('go1.21', []))).toEqual({ goVersion: 'go1.21', modules: [] });
  });

  test('reads lengths of several bytes', () => {
    const lines = Array.from({ length: 2000 }, (_, index) => `dep\texample.com/module-${index}\tv1.0.0\t`);
    expect(tryParseGoBuildInfo(makeSection('go1.26.8', lines))?.modules).toHaveLength(2000);
  });

  test.each<readonly [string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['zeros', Buffer.alloc(64)],
    ['the format of Go 1.17, which contains pointers', makeSection('go1.17', [], 0)],
    ['a magic number alone', makeSection('go1.26', []).subarray(0, 32)],
    ['a length without its string', makeSection('go1.26', []).subarray(0, 36)],
    ['a length that never ends', Buffer.concat([makeSection('', []).subarray(0, 32), Buffer.alloc(64, 0xff)])],
    ['an empty version', makeSection('', [])],
    ['control characters in the version', makeSection('go1.26\x1b[2J', [])],
    ['control characters in a module', makeSection('go1.26', ['dep\texample.com/\x1b[2J\tv1\t'])],
    ['a module without a version', makeSection('go1.26', ['dep\texample.com/a'])],
    ['a path of 500 characters', makeSection('go1.26', [`dep\t${'a'.repeat(500)}\tv1\t`])],
  ])('is not read from %s', (_name, section) => {
    expect(tryParseGoBuildInfo(section)).toBeUndefined();
  });

  test('ignores an invalid sum and commit', () => {
    const section = makeSection('go1.26', ['dep\texample.com/a\tv1\tmd5:x', 'build\tvcs.revision=main; rm -rf']);
    expect(tryParseGoBuildInfo(section)).toEqual({
      goVersion: 'go1.26',
      modules: [{ path: 'example.com/a', version: 'v1' }],
    });
  });

  test('never throws if it is truncated', () => {
    const section = makeSection('go1.26.8', [
      'mod\texample.com/daemon\t(devel)\t',
      `dep\texample.com/a\tv1.2.3\t${sum}`,
    ]);
    for (let length = 0; length < section.length - 16; length += 1) {
      expect(tryParseGoBuildInfo(section.subarray(0, length))?.modules ?? []).toEqual([]);
    }
  });
});
