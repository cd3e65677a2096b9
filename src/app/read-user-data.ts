import { readFile } from 'node:fs/promises';
import type { VmUserData } from '../host/vm/cloud-init.js';
import { assertUserData } from '../host/vm/user-data.js';
import type { UserDataSource } from '../inputs/commands/vm/create.js';
import { errorMessage, UsageError } from '../platform/errors.js';

/** @throws UsageError for a file that cannot be read or has the wrong content */
export async function readUserData(source: UserDataSource): Promise<VmUserData> {
  if ('file' in source) {
    const content = await read('user-data', source.file);
    assertUserData(content, source.file);
    return { content };
  }
  return { sshKeys: (await Promise.all(source.sshKeyFiles.map(readKeys))).flat(), commands: source.commands };
}

/** The lines of a .pub file, or of authorized_keys: sshd(8). What begins a key says its own length, so that its base64 begins with AAAA. */
async function readKeys(path: string): Promise<readonly string[]> {
  const keys = String(await read('ssh-key', path))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length > 0 && keys.every((key) => /(^|\s)(ssh-|ecdsa-|sk-)[\w@.-]+ AAAA[\w+/]+=*(\s|$)/.test(key)))
    return keys;
  throw new UsageError(`ssh-key ${path} is not a public key of OpenSSH`, { fix: 'give the file that ends in .pub' });
}

async function read(option: string, path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new UsageError(`${option} cannot be read: ${errorMessage(error)}`, {
      fix: 'give the path of a file',
      cause: error,
    });
  });
}
