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

test("the cache is in the user's, where there is one", () => {
  expect(defaultDirectories({ HOME: '/home/me' }).cache).toBe('/home/me/.cache/ch-golden');
  expect(defaultDirectories({ HOME: '/home/me', XDG_CACHE_HOME: '/caches' }).cache).toBe('/caches/ch-golden');
  expect(defaultDirectories({ HOME: '', XDG_CACHE_HOME: '' }).cache).toBe(join(tmpdir(), `ch-golden-${uid}`, 'cache'));
});

describe('the work directory', () => {
  let own: string;
  beforeEach(() => {
    own = join(temporary, `ch-golden-${uid}`);
  });

  test("is the user's alone, also where it was open to others", async () => {
    expect(nameWork()).toBe(own);
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    await chmod(own, 0o777);
    expect(nameWork()).toBe(own);
    expect((await stat(own)).mode & 0o777).toBe(0o700);
  });

  test('is not made before somebody asks for it', async () => {
    defaultDirectories({ RUNNER_TEMP: temporary });
    expect(await readdir(temporary)).toEqual([]);
  });

  test.each([
    ['a link', async () => symlink(temporary, own)],
    ['a link to nothing', async () => symlink('nothing', own)],
    ['a file', async () => writeFile(own, '')],
  ])('is refused where %s is in its place', async (_, make) => {
    await make();
    expect(nameWork).toThrow(
      expect.objectContaining({
        message: `${own} is not a directory of this user`,
        fix: 'set --work-folder (input work-folder) to a different directory',
      }),
    );
  });

  testAsRoot('is refused where somebody else made it', async () => {
    await mkdir(own);
    await chown(own, plainUid, plainUid);
    expect(nameWork).toThrow('is not a directory of this user');
  });
});
