import { readFile } from 'node:fs/promises';

/** Settings by which distributions forbid plain users to make user namespaces, and the value that allows it. */
const settings: readonly { readonly name: string; readonly forbids: string; readonly allows: string }[] = [
  // Ubuntu 23.10 and newer: https://ubuntu.com/blog/ubuntu-23-10-restricted-unprivileged-user-namespaces
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allows: '0' },
  // Debian's and Arch's hardened kernels.
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allows: '1' },
  { name: 'user.max_user_namespaces', forbids: '0', allows: '15000' },
];

/** The setting of this kernel that forbids them, as sysctl(8) changes it: `user.max_user_namespaces=15000`; undefined where none does. */
export async function nameForbiddingSetting(): Promise<string | undefined> {
  for (const { name, forbids, allows } of settings) {
    const value = await readFile(`/proc/sys/${name.replaceAll('.', '/')}`, 'utf8').catch(() => '');
    if (value.trim() === forbids) return `${name}=${allows}`;
  }
  return undefined;
}
