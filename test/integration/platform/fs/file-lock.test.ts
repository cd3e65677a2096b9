import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeLockDirectory, openLockFile } from '../../../../src/platform/fs/file-lock.js';
import { createTestProcesses } from '../../../fixtures/ports.js';

const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
const nobody = 65534;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'locks-'));
  await chmod(folder, 0o755);
});
afterEach(async () => rm(folder, { recursive: true }));

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o7777).toString(8);
const canLock = async (path: string): Promise<boolean> =>
  createTestProcesses()
    .run({
      argv: [
        'setpriv',
        `--reuid=${nobody}`,
        `--regid=${nobody}`,
        '--clear-groups',
        '--',
        'flock',
        '--nonblock',
        path,
        'true',
      ],
    })
    .then(
      () => true,
      () => false,
    );

test.each([
  [0o755, '700', '600'],
  [0o775, '770', '660'],
  [0o777, '777', '666'],
])('below mode %o locks are for those who may write there', async (mode, directory, file) => {
  await chmod(folder, mode);
  const umask = process.umask(0);
  try {
    await makeLockDirectory(join(folder, 'locks'));
    await (await openLockFile(join(folder, 'locks/swap'))).close();
  } finally {
    process.umask(umask);
  }
  expect([await modeOf(join(folder, 'locks')), await modeOf(join(folder, 'locks/swap'))]).toEqual([directory, file]);
  if (process.geteuid?.() === 0) expect(await canLock(join(folder, 'locks/swap'))).toBe(mode === 0o777);
});

testAsRoot('what was open to all is closed, and stays what it is', async () => {
  await mkdir(join(folder, 'locks'), { mode: 0o755 });
  await chmod(join(folder, 'locks'), 0o2755);
  await writeFile(join(folder, 'locks/swap'), 'x');
  await chmod(join(folder, 'locks/swap'), 0o644);
  expect(await canLock(join(folder, 'locks/swap'))).toBe(true);
  await (await openLockFile(join(folder, 'locks/swap'))).close();
  expect(await modeOf(join(folder, 'locks/swap'))).toBe('600');
  await makeLockDirectory(join(folder, 'locks'));
  expect(await modeOf(join(folder, 'locks'))).toBe('2700');
  expect(await canLock(join(folder, 'locks'))).toBe(false);
});

testAsRoot('what another user has made stays as it is', async () => {
  await mkdir(join(folder, 'theirs'), { mode: 0o755 });
  await chown(join(folder, 'theirs'), nobody, nobody);
  await makeLockDirectory(join(folder, 'theirs'));
  expect(await modeOf(join(folder, 'theirs'))).toBe('755');
});

test('links are not followed', async () => {
  await writeFile(join(folder, 'victim'), '');
  await chmod(join(folder, 'victim'), 0o644);
  await symlink('victim', join(folder, 'link'));
  await symlink('.', join(folder, 'linked'));
  await expect(openLockFile(join(folder, 'link'))).rejects.toThrow('ELOOP');
  await expect(makeLockDirectory(join(folder, 'linked'))).rejects.toThrow('is not a directory');
  expect(await modeOf(join(folder, 'victim'))).toBe('644');
});
