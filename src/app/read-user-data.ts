import { readFile } from 'node:fs/promises';
import type { VmUserData } from '../host/vm/cloud-init.js';
import { errorMessage, UsageError } from '../platform/errors.js';

/** Where a VM's user-data comes from: a file that is all of it, or files with public keys and commands for the first boot. */
export type UserDataSource = { readonly file: string } | { readonly sshKeyFiles: readonly string[]; readonly commands: readonly string[] };

/** @throws UsageError for a file that cannot be read, or is not what it is to be */
export async function readUserData(source: UserDataSource): Promise<VmUserData> {
  if ('file' in source) return { text: checkUserData(await read('user-data', source.file), source.file) };
  return { sshKeys: await Promise.all(source.sshKeyFiles.map(readKey)), commands: source.commands };
}

/** cloud-init takes no notice of what does not begin so, and the VM would come up without it. */
function checkUserData(text: string, path: string): string {
  if (/^(#|Content-Type:|From |MIME-Version:)/i.test(text)) return text;
  throw new UsageError(`user-data ${path} does not begin as user-data does`, { mend: 'begin it with #cloud-config, or #! for a script' });
}

async function readKey(path: string): Promise<string> {
  const key = (await read('ssh-key', path)).trim();
  if (/^(ssh-|ecdsa-|sk-)\S+ \S+[^\n]*$/.test(key)) return key;
  throw new UsageError(`ssh-key ${path} is not a public key of OpenSSH`, { mend: 'give the file that ends in .pub' });
}

async function read(option: string, path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new UsageError(`${option} cannot be read: ${errorMessage(error)}`, { mend: 'give the path of a file', cause: error });
  });
}
