import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { parseFiles, parsePackages } from '../../../src/inputs/parse-changes.js';
import { UsageError } from '../../../src/platform/errors.js';

test('packages are separated by spaces, line ends or commas, and deduplicated', () => {
  expect(parsePackages('packages', ' curl,g++\nlibc6:amd64  curl=8.5.0-2ubuntu10.1~x curl ')).toEqual([
    'curl',
    'g++',
    'libc6:amd64',
    'curl=8.5.0-2ubuntu10.1~x',
  ]);
  expect(parsePackages('packages', '')).toEqual([]);
});

test.each(['curl-', '-y', '--yes', 'Curl', 'a', 'c$(id)', 'curl;id', 'curl/stable', '../x.deb', 'curl*', 'curl='])(
  '%j is not a package',
  (value) => {
    expect(() => parsePackages('packages', value)).toThrow(UsageError);
  },
);

test('files have an optional mode and owner', () => {
  expect(parseFiles('files', 'motd:/etc/motd\n\n bin/tool:/usr/local//bin/tool:0755:root \r\nx:/y:4755:7:8')).toEqual([
    { source: resolve('motd'), path: '/etc/motd', attributes: { mode: 0o644, uid: 0, gid: 0 } },
    { source: resolve('bin/tool'), path: '/usr/local/bin/tool', attributes: { mode: 0o755, uid: 0, gid: 0 } },
    { source: resolve('x'), path: '/y', attributes: { mode: 0o4755, uid: 7, gid: 8 } },
  ]);
  expect(parseFiles('files', 'x:/y:0600:7')[0]?.attributes).toEqual({ mode: 0o600, uid: 7, gid: 7 });
});

test.each([
  'motd',
  'motd:',
  ':/etc/motd',
  'motd:etc/motd',
  'motd:/etc/',
  'motd:/etc/../x',
  'motd:/etc/motd:rw',
  'motd:/etc/motd:0999',
  'motd:/x:0644:me',
  'motd:/x:0644:1:2:3',
  'motd:/x:0644:99999999999',
  'a:/x\nb:/x',
  'a:/"x',
])('%j is rejected', (value) => {
  expect(() => parseFiles('files', value)).toThrow(UsageError);
});
