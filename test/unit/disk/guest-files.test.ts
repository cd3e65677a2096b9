import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/platform/errors.js';
import type { DirectoryEntry } from '../../../src/disk/ext4-reader.js';
import { openGuestFiles, type GuestFiles } from '../../../src/disk/guest-files.js';
import { createFakeFilesystem, openFakeFiles } from '../../fixtures/fake-filesystem.js';
import type { Tree } from '../../fixtures/small-image.js';

const tree: Tree = {
  'usr/lib/tool': 'content',
  'usr/lib/self': { link: '.' },
  lib: { link: 'usr/lib' },
  'etc/absolute': { link: '/usr/lib/tool' },
  'etc/relative': { link: '../usr/./lib//tool' },
  'etc/up': { link: '../../../../etc/plain' },
  'etc/chain': { link: 'relative' },
  'etc/dangling': { link: '/nowhere/file' },
  'etc/empty': { link: '' },
  'etc/plain': 'plain',
  'a/x': { link: '/a/y' },
  'a/y': { link: 'x' },
  'boot/hidden': 'under the mount',
  'z/one': '1',
  'z/.two': '2',
};
const boot: Tree = { vmlinuz: 'kernel', 'sub/deep': 'x', out: { link: '/etc/plain' }, rel: { link: '../etc/plain' } };

const files = openFakeFiles(tree);
const withBoot = openFakeFiles(tree, boot);

async function walk(from: GuestFiles, path: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const file of from.walk(path)) paths.push(file.path);
  return paths;
}

describe('tryStat and tryResolve', () => {
  test.each([
    ['/usr/lib/tool', '/usr/lib/tool', '/usr/lib/tool'],
    ['/lib/tool', '/usr/lib/tool', '/usr/lib/tool'],
    ['/lib', '/lib', '/usr/lib'],
    ['/lib/', '/lib', '/usr/lib'],
    ['//lib/.//self/self/../lib/tool', '/usr/lib/tool', '/usr/lib/tool'],
    ['/etc/absolute', '/etc/absolute', '/usr/lib/tool'],
    ['/etc/chain', '/etc/chain', '/usr/lib/tool'],
    ['/etc/up', '/etc/up', '/etc/plain'],
    ['/..', '/', '/'],
    ['/../../etc/../etc/plain', '/etc/plain', '/etc/plain'],
    // `..` depends on the target of the link.
    ['/lib/../bin/../lib/tool', undefined, undefined],
    ['/lib/../lib/tool', '/usr/lib/tool', '/usr/lib/tool'],
    ['/etc/dangling', '/etc/dangling', undefined],
    ['/etc/dangling/x', undefined, undefined],
    ['/etc/plain/x', undefined, undefined],
    ['/etc/nothing', undefined, undefined],
    ['/', '/', '/'],
  ])('%s', async (path, stat, resolved) => {
    expect((await files.tryStat(path))?.path).toBe(stat);
    expect((await files.tryResolve(path))?.path).toBe(resolved);
  });

  test('links in a circle fail', async () => {
    expect((await files.tryStat('/a/x'))?.inode.kind).toBe('link');
    await expect(files.tryResolve('/a/x')).rejects.toThrow(Failure);
    await expect(files.tryStat('/a/x/below')).rejects.toThrow(/too many symbolic links/);
  });
});

describe('a hostile filesystem', () => {
  test('fails if a path leads through thousands of directories', async () => {
    const hostile = openFakeFiles({
      self: { link: '.' },
      far: { link: `${'self/'.repeat(250)}near` },
      near: { link: `${'self/'.repeat(250)}far` },
    });
    await expect(hostile.tryResolve('/far')).rejects.toThrow(
      /too many symbolic links in the path ".{1,200}" of the image$/,
    );
  });

  test('fails if directories share their blocks, which makes millions of files', async () => {
    const empty = createFakeFilesystem({});
    const directory = await empty.getInode(2);
    const list = (start: number): readonly DirectoryEntry[] =>
      Array.from({ length: 1500 }, (_, index) => ({ name: `n${index}`, inode: start + index }));
    const [directories, others] = [list(3), list(5000)];
    const shared = openGuestFiles([
      {
        path: '/',
        filesystem: {
          ...empty,
          getInode: async (number) =>
            Promise.resolve({ ...directory, number, kind: number < 5000 ? 'directory' : 'other' }),
          readDirectory: async ({ number }) => Promise.resolve(number === 2 ? directories : others),
        },
      },
    ]);
    let walked = 0;
    await expect(async () => {
      for await (const { path } of shared.walk('/')) walked += Math.min(1, path.length);
    }).rejects.toThrow(/more than 2000000 files below/);
    expect(walked).toBe(2_000_000);
  });
});

describe('a boot partition', () => {
  test('hides the content of its mount point', async () => {
    expect((await withBoot.list('/boot')).map((file) => file.path)).toEqual([
      '/boot/out',
      '/boot/rel',
      '/boot/sub',
      '/boot/vmlinuz',
    ]);
    expect(await withBoot.tryStat('/boot/hidden')).toBeUndefined();
  });

  test('has paths in the guest and inner paths', async () => {
    expect(await withBoot.tryStat('/boot/sub/deep')).toMatchObject({
      path: '/boot/sub/deep',
      innerPath: '/sub/deep',
      mount: { path: '/boot' },
    });
    expect(await withBoot.tryStat('/boot')).toMatchObject({ path: '/boot', innerPath: '/', mount: { path: '/boot' } });
    expect((await withBoot.list('/')).find((file) => file.path === '/boot')).toMatchObject({
      innerPath: '/',
      mount: { path: '/boot' },
    });
  });

  test('resolves its links in the guest', async () => {
    expect((await withBoot.tryResolve('/boot/out'))?.path).toBe('/etc/plain');
    expect((await withBoot.tryResolve('/boot/rel'))?.path).toBe('/etc/plain');
    expect((await withBoot.tryResolve('/boot/sub/../../etc/plain'))?.path).toBe('/etc/plain');
  });

  test('is not part of a walk of the root filesystem', async () => {
    expect(await walk(withBoot, '/')).not.toContain('/boot/vmlinuz');
    expect(await walk(withBoot, '/boot')).toEqual([
      '/boot/out',
      '/boot/rel',
      '/boot/sub',
      '/boot/sub/deep',
      '/boot/vmlinuz',
    ]);
  });
});

describe('list and walk', () => {
  test('list sorts by name, and is empty without a directory', async () => {
    expect((await files.list('/z')).map((file) => file.path)).toEqual(['/z/.two', '/z/one']);
    expect((await files.list('/lib')).map((file) => file.path)).toEqual(['/usr/lib/self', '/usr/lib/tool']);
    expect(await files.list('/etc/plain')).toEqual([]);
    expect(await files.list('/nowhere')).toEqual([]);
  });

  test('walk returns directories before their entries, and follows no links', async () => {
    expect(await walk(files, '/usr')).toEqual(['/usr/lib', '/usr/lib/self', '/usr/lib/tool']);
    expect(await walk(files, '/lib')).toEqual(['/usr/lib/self', '/usr/lib/tool']);
    expect(await walk(files, '/nowhere')).toEqual([]);
  });

  test('walk fails on a directory that contains itself', async () => {
    const sound = createFakeFilesystem({ 'a/b/c': 'x' });
    const readDirectory: typeof sound.readDirectory = async (inode) =>
      (await sound.readDirectory(inode)).map((entry) =>
        entry.name === 'c' ? { name: 'c', inode: inode.number } : entry,
      );
    const damaged = openGuestFiles([{ path: '/', filesystem: { ...sound, readDirectory } }]);
    await expect(walk(damaged, '/a')).rejects.toThrow(/contains itself/);
  });

  test('an endless path fails', async () => {
    const sound = createFakeFilesystem({ 'a/b': 'x' });
    const directory = await sound.getInode(3);
    const endless = openGuestFiles([
      {
        path: '/',
        filesystem: {
          ...sound,
          getInode: async (number) => Promise.resolve({ ...directory, number }),
          readDirectory: async (inode) => Promise.resolve([{ name: 'name'.repeat(50), inode: inode.number + 1 }]),
        },
      },
    ]);
    await expect(walk(endless, '/')).rejects.toThrow(/longer than 4096 characters/);
  });
});

describe('content', () => {
  test('read follows links, and rejects what is missing, not a file, or too large', async () => {
    expect((await files.read('/etc/relative', 7)).toString()).toBe('content');
    await expect(files.read('/etc/relative', 6)).rejects.toThrow(/too large: 7 bytes \(limit: 6\)/);
    await expect(files.read('/etc', 100)).rejects.toThrow(/no file \/etc/);
    await expect(files.read('/etc/dangling', 100)).rejects.toThrow(/no file/);
  });

  test('tryReadText is undefined without a file', async () => {
    expect(await files.tryReadText('/lib/tool')).toBe('content');
    expect(await files.tryReadText('/etc')).toBeUndefined();
    expect(await files.tryReadText('/nowhere')).toBeUndefined();
  });

  test('content comes in pieces', async () => {
    const pieces: string[] = [];
    for await (const piece of files.content((await files.tryStat('/boot/hidden'))!)) pieces.push(piece.toString());
    expect(pieces.join('')).toBe('under the mount');
  });
});

test('a root filesystem is required', () => {
  expect(() => openGuestFiles([{ path: '/boot', filesystem: createFakeFilesystem({}) }])).toThrow(/no root filesystem/);
});
