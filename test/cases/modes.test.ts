import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostDirectories } from '../../src/host/host-directories.js';
import { openStore } from '../../src/objects/open-store.js';
import { createDirectories } from '../../src/platform/fs/create-directories.js';
import { hashFileChunks } from '../../src/platform/fs/file-chunks.js';
import { openLockFile } from '../../src/platform/fs/file-lock.js';
import { writeFileAtomically } from '../../src/platform/fs/files.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeTestDirectory } from '../fixtures/small-image.js';
import { createTestClock } from '../fixtures/test-clock.js';

const writer = { owner: 'tester', cacheControl: 'no-store' };
const usualUmask = 0o022;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;

beforeEach(async () => {
  directory = await makeTestDirectory('modes');
});
afterEach(async () => {
  process.umask(usualUmask);
  await directory.remove();
});

const at = (name: string): string => join(directory.path, name);
const modeOf = async (path: string): Promise<string> => ((await stat(at(path))).mode & 0o7777).toString(8);
const modesOf = async (...paths: readonly string[]): Promise<Readonly<Record<string, string>>> =>
  Object.fromEntries(await Promise.all(paths.map(async (path) => [path, await modeOf(path)] as const)));

/** Writes one object with each method. */
async function publish(root: string): Promise<void> {
  const store = openStore({ address: root }, { processes: createTestProcesses(), clock: createTestClock() });
  await writeFile(at('file'), 'content');
  const staged = await store.stage({
    key: 'snapshots/a/image',
    path: at('file'),
    ...(await hashFileChunks(at('file'))),
    writer,
  });
  expect(await staged.complete()).toBe('created');
  expect(await store.createOnly('snapshots/a/manifest', Buffer.from('1'), writer)).toBe('created');
  expect(await store.compareAndSwap('index.json', undefined, Buffer.from('1'), writer)).toBe('swapped');
  const tag = (await store.read('index.json', 10))?.tag;
  expect(await store.compareAndSwap('index.json', tag, Buffer.from('2'), writer)).toBe('swapped');
}

describe.each(['000', '002', '022', '027', '077'])('with the umask %s', (name) => {
  const umask = Number.parseInt(name, 8);

  test('a new store can be read by everyone, and its locks by nobody else', async () => {
    process.umask(umask);
    await publish(at('new/store'));
    expect(
      await modesOf(
        ...['new', 'new/store', 'new/store/snapshots', 'new/store/snapshots/a'],
        ...['new/store/snapshots/a/image', 'new/store/snapshots/a/manifest', 'new/store/index.json'],
        ...['new/store/.staging', 'new/store/.locks', 'new/store/.locks/swap'],
      ),
    ).toEqual({
      new: '755',
      'new/store': '755',
      'new/store/snapshots': '755',
      'new/store/snapshots/a': '755',
      'new/store/snapshots/a/image': '444',
      'new/store/snapshots/a/manifest': '444',
      'new/store/index.json': '644',
      'new/store/.staging': '700',
      'new/store/.locks': '700',
      'new/store/.locks/swap': '600',
    });
  });

  test.each([
    ['775', { directories: '775', locks: '770', lock: '660' }],
    ['2775', { directories: '2775', locks: '2770', lock: '660' }],
    ['750', { directories: '750', locks: '700', lock: '600' }],
  ])('a store in a directory with the mode %s inherits its permissions', async (mode, expected) => {
    await mkdir(at('shared'));
    await chmod(at('shared'), Number.parseInt(mode, 8));
    process.umask(umask);
    await publish(at('shared'));
    expect({
      directories: await modeOf('shared/snapshots'),
      locks: await modeOf('shared/.locks'),
      lock: await modeOf('shared/.locks/swap'),
    }).toEqual(expected);
    expect(await modesOf('shared/snapshots/a/image', 'shared/index.json')).toEqual({
      'shared/snapshots/a/image': '444',
      'shared/index.json': '644',
    });
  });

  test("a host's directories and files have their modes", async () => {
    process.umask(umask);
    await createHostDirectories(at('host'));
    await writeFileAtomically(at('host/host.json'), '{}');
    await writeFileAtomically(at('host/secret'), '', 0o600);
    expect(
      await modesOf('host', 'host/versions', 'host/images', 'host/.locks', 'host/host.json', 'host/secret'),
    ).toEqual({
      host: '755',
      'host/versions': '755',
      'host/images': '755',
      'host/.locks': '700',
      'host/host.json': '644',
      'host/secret': '600',
    });
  });

  test('the mode of an existing lock is only narrowed', async () => {
    await writeFile(at('lock'), '');
    await chmod(at('lock'), 0o666);
    await chmod(directory.path, 0o700);
    process.umask(umask);
    await (await openLockFile(at('lock'))).close();
    expect(await modeOf('lock')).toBe('600');
  });
});

describe('a directory that cannot be created', () => {
  test.each(['/proc/foo', '/proc/foo/bar', '/proc/self/foo/bar', '/sys/foo'])(
    '%s is an error, not an endless loop',
    async (path) => {
      await expect(createDirectories(path)).rejects.toThrow(/^E[A-Z]+: /);
    },
  );

  test('is reported if a file has its name', async () => {
    await writeFile(at('file'), '');
    await expect(createDirectories(at('file'))).rejects.toThrow(/^EEXIST/);
    await expect(createDirectories(at('file/below'))).rejects.toThrow(/^ENOTDIR/);
  });

  test('names the store and the fix', async () => {
    await symlink('/proc', at('link'));
    await expect(publish(at('link/store'))).rejects.toMatchObject({
      message: expect.stringMatching(/^store ".*\/link\/store" cannot be created: E/) as unknown,
      fix: 'create it, or use a different directory',
    });
  });
});

test('creates what is missing, and returns it', async () => {
  expect(await createDirectories(at('a/b/c'))).toEqual([at('a'), at('a/b'), at('a/b/c')]);
  expect(await createDirectories(at('a/b/d'))).toEqual([at('a/b/d')]);
  expect(await createDirectories(at('a/b'))).toEqual([]);
});
