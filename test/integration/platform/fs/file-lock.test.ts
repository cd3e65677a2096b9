import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLockDirectory, openLockFile } from '../../../../src/platform/fs/file-lock.js';
import { createTestProcesses } from '../../../fixtures/ports.js';

const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
const nobody = 65534;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'locks-'));
  await chmod(directory, 0o755);
});
afterEach(async () => rm(directory, { recursive: true }));

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
])('below mode %d locks are for those who may write there', async (mode, lockDirectoryMode, lockMode) => {
  await chmod(directory, mode);
  const umask = process.umask(0);
  try {
    await createLockDirectory(join(directory, 'locks'));
    await (await openLockFile(join(directory, 'locks/swap'))).close();
  } finally {
    process.umask(umask);
  }
  expect([await modeOf(join(directory, 'locks')), await modeOf(join(directory, 'locks/swap'))]).toEqual([
    lockDirectoryMode,
    lockMode,
  ]);
  if (process.geteuid?.() === 0) expect(await canLock(join(directory, 'locks/swap'))).toBe(mode === 0o777);
});

testAsRoot('what was open to all is closed, and stays what it is', async () => {
  await mkdir(join(directory, 'locks'), { mode: 0o755 });
  await chmod(join(directory, 'locks'), 0o2755);
  await writeFile(join(directory, 'locks/swap'), 'x');
  await chmod(join(directory, 'locks/swap'), 0o644);
  expect(await canLock(join(directory, 'locks/swap'))).toBe(true);
  await (await openLockFile(join(directory, 'locks/swap'))).close();
  expect(await modeOf(join(directory, 'locks/swap'))).toBe('600');
  await createLockDirectory(join(directory, 'locks'));
  expect(await modeOf(join(directory, 'locks'))).toBe('2700');
  expect(await canLock(join(directory, 'locks'))).toBe(false);
});

testAsRoot('what another user has made stays as it is', async () => {
  await mkdir(join(directory, 'theirs'), { mode: 0o755 });
  await chown(join(directory, 'theirs'), nobody, nobody);
  await createLockDirectory(join(directory, 'theirs'));
  expect(await modeOf(join(directory, 'theirs'))).toBe('755');
});

test('links are not followed', async () => {
  await writeFile(join(directory, 'victim'), '');
  await chmod(join(directory, 'victim'), 0o644);
  await symlink('victim', join(directory, 'link'));
  await symlink('.', join(directory, 'linked'));
  await expect(openLockFile(join(directory, 'link'))).rejects.toThrow('ELOOP');
  await expect(createLockDirectory(join(directory, 'linked'))).rejects.toThrow('is not a directory');
  expect(await modeOf(join(directory, 'victim'))).toBe('644');
});
