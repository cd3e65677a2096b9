import type { VmUserData } from '../host/vm/cloud-init.js';
import { assertUserData } from '../host/vm/user-data.js';
import type { UserDataSource } from '../inputs/commands/vm/create.js';
import { errorMessage, UsageError } from '../platform/errors.js';
import { formatBytes, quoteText } from '../platform/format.js';
import { readStart } from '../platform/fs/files.js';

/** For user-data and for public keys: far more than either needs. Both are copied into the seed of the VM. */
const maxFileBytes = 1024 ** 2;

/** @throws UsageError for a file that cannot be read, is too large or has the wrong content */
export async function loadUserData(source: UserDataSource): Promise<VmUserData> {
  if ('file' in source) {
    const content = await read('user-data', source.file);
    assertUserData(content, source.file);
    return { content };
  }
  return { sshKeys: (await Promise.all(source.sshKeyFiles.map(readKeys))).flat(), commands: source.commands };
}

/**
 * The lines of a .pub file, or of authorized_keys: sshd(8). A key starts with the length of its type's name, which is
 * AAAA in base64.
 */
async function readKeys(path: string): Promise<readonly string[]> {
  const keys = String(await read('ssh-key', path))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (keys.length > 0 && keys.every((key) => /(^|\s)(ssh-|ecdsa-|sk-)[\w@.-]+ AAAA[\w+/]+=*(\s|$)/.test(key)))
    return keys;
  throw new UsageError(`ssh-key ${quoteText(path)} is not an OpenSSH public key`, {
    fix: 'pass the file that ends in .pub',
  });
}

async function read(option: string, path: string): Promise<Buffer> {
  const bytes = await readStart(path, maxFileBytes + 1).catch((error: unknown) => {
    throw new UsageError(`${option} ${quoteText(path)} cannot be read: ${errorMessage(error)}`, {
      fix: 'pass the path of a readable file',
      cause: error,
    });
  });
  if (bytes.length <= maxFileBytes) return bytes;
  throw new UsageError(`${option} ${quoteText(path)} is larger than ${formatBytes(maxFileBytes)}`, {
    fix: option === 'user-data' ? 'let it download large files when the VM boots' : 'pass the file that ends in .pub',
  });
}
