import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultDirectories } from '../../../src/platform/session.js';
import { plainUid } from '../../fixtures/plain-user.js';

const uid = process.geteuid?.();
const testAsRoot = uid === 0 ? test : test.skip;
let temporary: string;
beforeEach(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'session-'));
});
afterEach(async () => rm(temporary, { recursive: true }));

const nameWork = (): string => defaultDirectories({ RUNNER_TEMP: temporary }).work;

test("the cache is in the user's cache directory, if there is one", () => {
  expect(defaultDirectories({ HOME: '/home/me' }).cache).toBe('/home/me/.cache/ch-golden');
  expect(defaultDirectories({ HOME: '/home/me', XDG_CACHE_HOME: '/caches' }).cache).toBe('/caches/ch-golden');
  expect(defaultDirectories({ HOME: '', XDG_CACHE_HOME: '' }).cache).toBe(join(tmpdir(), `ch-golden-${uid}`, 'cache'));
});

describe('the work directory', () => {
  let own: string;
  beforeEach(() => {
    own = join(temporary, `ch-golden-${uid}`);
  });

  test('is private to the user, even if it was open to others', async () => {
    expect(nameWork()).toBe(own);
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    await chmod(own, 0o777);
    expect(nameWork()).toBe(own);
    expect((await stat(own)).mode & 0o777).toBe(0o700);
  });

  test.each([0, 0o022, 0o077])('is private with its missing parents, whatever the umask: %i', async (umask) => {
    const before = process.umask(umask);
    try {
      const parent = join(temporary, 'a/b');
      expect(defaultDirectories({ RUNNER_TEMP: parent }).work).toBe(join(parent, `ch-golden-${uid}`));
    } finally {
      process.umask(before);
    }
    for (const name of ['a', 'a/b', `a/b/ch-golden-${uid}`])
      expect((await stat(join(temporary, name))).mode & 0o777).toBe(0o700);
  });

  test('is an error at once where nothing can be created', () => {
    expect(() => defaultDirectories({ RUNNER_TEMP: '/proc/none' }).work).toThrow('ENOENT');
  });

  test('is not created before it is needed', async () => {
    defaultDirectories({ RUNNER_TEMP: temporary });
    expect(await readdir(temporary)).toEqual([]);
  });

  test.each([
    ['a link', async () => symlink(temporary, own)],
    ['a link to nothing', async () => symlink('nothing', own)],
    ['a file', async () => writeFile(own, '')],
  ])('is rejected if its name is that of %s, which stays as it is', async (_, create) => {
    await create();
    await chmod(temporary, 0o755);
    const { mode } = await stat(temporary);
    expect(nameWork).toThrow(
      expect.objectContaining({
        message: `${own} is not a directory of this user`,
        fix: 'set --work-folder (input work-folder) to a different directory',
      }),
    );
    expect((await stat(temporary)).mode).toBe(mode);
  });

  testAsRoot('is rejected if another user created it', async () => {
    await mkdir(own);
    await chown(own, plainUid, plainUid);
    expect(nameWork).toThrow('is not a directory of this user');
  });
});
