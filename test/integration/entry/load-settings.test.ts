import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSettings } from '../../../src/entry/load-settings.js';
import type { SettingsFile } from '../../../src/inputs/settings/settings.js';

let home: string;
let path: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'ch-golden-settings-'));
  path = join(home, '.config/ch-golden/config.toml');
  await mkdir(join(home, '.config/ch-golden'), { recursive: true });
});
afterEach(async () => rm(home, { recursive: true }));

async function loadUserFile(environment: Readonly<Record<string, string>> = { HOME: home }): Promise<SettingsFile> {
  const [file] = (await loadSettings(environment)).files;
  if (file === undefined) throw new Error('no file');
  return file;
}

test("the user's file, then the system's", async () => {
  await writeFile(path, 'store = "/s"', { mode: 0o600 });
  expect((await loadSettings({ HOME: home })).files).toMatchObject([
    { kind: 'user', path, text: 'store = "/s"', readableByOthers: false },
    { kind: 'system', path: '/etc/ch-golden/config.toml' },
  ]);
});

test('others may read it, which is reported, and it may be a link', async () => {
  await writeFile(join(home, 'dotfile'), '', { mode: 0o644 });
  await symlink(join(home, 'dotfile'), path);
  expect(await loadUserFile()).toMatchObject({ text: '', readableByOthers: true });
});

test('XDG_CONFIG_HOME is used instead of ~/.config, and without a home there is no file of the user', async () => {
  expect(await loadUserFile({ HOME: home, XDG_CONFIG_HOME: join(home, 'x') })).toMatchObject({
    path: join(home, 'x/ch-golden/config.toml'),
    text: undefined,
  });
  expect(await loadUserFile({})).toMatchObject({ kind: 'system' });
});

test.each<readonly [what: string, write: () => Promise<unknown>, message: RegExp]>([
  ['others can write to', async () => writeFile(path, '').then(async () => chmod(path, 0o646)), /by other users/],
  ['is too large', async () => writeFile(path, Buffer.alloc(65 * 1024)), /larger than 65536 bytes/],
  ['is a directory', async () => mkdir(path), /EISDIR|not a plain file/],
])('a file that %s has a failure, for the commands that need settings', async (_, write, message) => {
  await write();
  const { text, failure } = await loadUserFile();
  expect(text).toBeUndefined();
  expect(failure?.message).toMatch(message);
});

/** Only root can act as another user. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;

asRoot(
  'a home that belongs to another user has no file for this one; a file that it cannot read is a failure',
  async () => {
    await chmod(home, 0o755);
    await writeFile(path, 'store = "/s"', { mode: 0o600 });
    const load = async (): Promise<SettingsFile> => {
      process.seteuid?.('nobody');
      return loadUserFile().finally(() => process.seteuid?.(0));
    };
    expect((await load()).failure?.message).toMatch(/EACCES/);
    await chmod(home, 0o700);
    expect(await load()).toEqual({ kind: 'user', path, text: undefined, readableByOthers: false });
  },
);
