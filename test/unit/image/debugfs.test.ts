import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import { formatAllocation, formatFilled, formatOperation } from '../../../src/image/inject/debugfs.js';
import type { FileOperation } from '../../../src/image/resolve-edits.js';
import { createFakeFilesystem } from '../../fixtures/fake-filesystem.js';

const mount = { path: '/', filesystem: createFakeFilesystem({}) };
const attributes = { mode: 0o4755, uid: 1000, gid: 100000 };

test.each<readonly [FileOperation, readonly string[]]>([
  [
    { kind: 'write', mount, path: '/a', content: { text: 'x' }, attributes },
    [
      'write "/run/staged" "/a"',
      'set_inode_field "/a" mode 0104755',
      'set_inode_field "/a" uid 1000',
      'set_inode_field "/a" gid 100000',
    ],
  ],
  [
    {
      kind: 'write',
      mount,
      path: '/a',
      content: { file: '/build/da emon', sha256: '' },
      attributes: { mode: 0, uid: 0, gid: 0 },
    },
    [
      'write "/run/staged" "/a"',
      'set_inode_field "/a" mode 0100000',
      'set_inode_field "/a" uid 0',
      'set_inode_field "/a" gid 0',
    ],
  ],
  [
    { kind: 'make-directory', mount, path: '/d', attributes },
    [
      'mkdir "/d"',
      'set_inode_field "/d" mode 044755',
      'set_inode_field "/d" uid 1000',
      'set_inode_field "/d" gid 100000',
    ],
  ],
  [
    { kind: 'set-attributes', mount, path: '/d', attributes },
    ['set_inode_field "/d" mode 044755', 'set_inode_field "/d" uid 1000', 'set_inode_field "/d" gid 100000'],
  ],
  [{ kind: 'link', mount, path: '/l', target: '../x y' }, ['symlink "/l" "../x y"']],
  [{ kind: 'remove-file', mount, path: '/f' }, ['rm "/f"']],
  [{ kind: 'remove-directory', mount, path: '/d' }, ['rmdir "/d"']],
])('%#', (operation, commands) => {
  expect(formatOperation(operation, '/run/staged')).toEqual(commands);
});

test('a large file gets its blocks first, and its extents are marked as written when they are', () => {
  expect(formatAllocation('/a b', 4096 * 3, 4096)).toEqual([
    'fallocate "/a b" 0 2',
    'set_inode_field "/a b" size 12288',
  ]);
  expect(formatAllocation('/a', 1025, 1024)).toEqual(['fallocate "/a" 0 1', 'set_inode_field "/a" size 1025']);
  const runs = [
    { first: 0, count: 2, start: 70, isWritten: false },
    { first: 2, count: 1, start: 9, isWritten: false },
  ];
  expect(formatFilled('/a b', runs)).toEqual([
    'extent_open "/a b"',
    'goto_block 0',
    'replace_node 0 2 70',
    'goto_block 2',
    'replace_node 2 1 9',
    'extent_close',
  ]);
});

describe('names that debugfs could take for something else', () => {
  test('quotes are doubled, and all else stays as it is', () => {
    expect(formatOperation({ kind: 'remove-file', mount, path: '/a "b" \'c\' #!\\ $(id) ü' }, '')).toEqual([
      'rm "/a ""b"" \'c\' #!\\ $(id) ü"',
    ]);
  });

  // A line that starts with "!" is run by a shell: a file name of the image must never start one.
  test.each([
    '/var/log/x\n!touch /tmp/evil',
    '/a\rb',
    '/a\0b',
    '/a\u001bb',
    `/${'a'.repeat(4000)}`,
    `/${'ü'.repeat(2000)}`,
    `/${'"'.repeat(2000)}`,
  ])('%j is refused', (path) => {
    const operations: readonly FileOperation[] = [
      { kind: 'remove-file', mount, path },
      { kind: 'remove-directory', mount, path },
      { kind: 'link', mount, path, target: 'x' },
      { kind: 'link', mount, path: '/l', target: path },
      { kind: 'write', mount, path: '/f', content: { file: path, sha256: '' }, attributes },
      { kind: 'write', mount, path, content: { text: '' }, attributes },
    ];
    for (const operation of operations) expect(() => formatOperation(operation, path)).toThrow(Failure);
    expect(() => formatAllocation(path, 1, 1024)).toThrow(Failure);
    expect(() => formatFilled(path, [])).toThrow(Failure);
  });

  test('the longest line is shorter than what debugfs reads at once', () => {
    const path = `/${'"'.repeat(1998)}`;
    const [line] = formatOperation(
      { kind: 'write', mount, path, content: { file: path, sha256: '' }, attributes },
      path,
    );
    expect(Buffer.byteLength(line!)).toBeLessThan(8191);
  });
});
