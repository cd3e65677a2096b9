import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SettingsFile, SettingsSources } from '../inputs/settings/settings.js';
import { errorMessage, Failure } from '../platform/errors.js';
import { toFailure } from '../platform/fs/system-errors.js';
import { ifPresent, readFully } from '../platform/fs/files.js';
import { assertOwned } from '../platform/fs/owned-directory.js';

const limitBytes = 64 * 1024;
const othersRead = 0o044;
const systemFile = '/etc/ch-golden/config.toml';

/**
 * Reads the environment, the user's file and the system's. A file that others can write to is not used: it could name
 * the store that this host runs VMs from.
 */
export async function loadSettings(environment: SettingsSources['environment']): Promise<SettingsSources> {
  const get = (name: string): string | undefined => (environment[name] === '' ? undefined : environment[name]);
  const home = get('HOME');
  const directory = get('XDG_CONFIG_HOME') ?? (home === undefined ? undefined : join(home, '.config'));
  const user = directory === undefined ? [] : [await readFileOf('user', join(directory, 'ch-golden', 'config.toml'))];
  return { environment, files: [...user, await readFileOf('system', systemFile)] };
}

async function readFileOf(kind: SettingsFile['kind'], path: string): Promise<SettingsFile> {
  return readSafely(kind, path).catch(async (error: unknown) => {
    // A program that was started as another user (setpriv, a service's User=) may still have root's HOME.
    if (kind === 'user' && isDenied(error) && (await stat(path).then(() => false, isDenied)))
      return missing(kind, path);
    return { ...missing(kind, path), failure: toError(error) };
  });
}

function isDenied(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EACCES';
}

function toError(thrown: unknown): Error {
  const error = toFailure(thrown);
  return error instanceof Error ? error : new Error(errorMessage(error));
}

function missing(kind: SettingsFile['kind'], path: string): SettingsFile {
  return { kind, path, text: undefined, readableByOthers: false };
}

/** Follows links, because people keep such files in a repository. @throws Failure */
async function readSafely(kind: SettingsFile['kind'], path: string): Promise<SettingsFile> {
  // O_NONBLOCK: opening a pipe must not wait for a writer.
  await using file = await ifPresent(open(path, constants.O_RDONLY | constants.O_NONBLOCK));
  if (file === undefined) return missing(kind, path);
  const stats = await file.stat();
  if (!stats.isFile()) throw new Failure(`${path} is not a plain file`, { fix: 'move it away' });
  assertOwned(path, stats, [0]);
  const bytes = await readFully(file, Buffer.alloc(limitBytes + 1), 0);
  if (bytes.length > limitBytes)
    throw new Failure(`${path} is larger than ${limitBytes} bytes`, { fix: 'move it away' });
  return { kind, path, text: bytes.toString(), readableByOthers: (stats.mode & othersRead) !== 0 };
}
