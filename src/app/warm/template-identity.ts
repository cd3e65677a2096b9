import { createHash } from 'node:crypto';
import type { DiskPorts } from '../../disk/storage-daemon.js';
import { withGuest } from '../../disk/with-guest.js';
import type { TemplateIdentity } from './compare-identities.js';

/**
 * Reads who the guest of a template was from its disk, which nothing writes to.
 * @param directory for sockets and temporary files
 */
export async function readTemplateIdentity(
  path: string,
  directory: string,
  ports: DiskPorts,
): Promise<TemplateIdentity> {
  return withGuest({ path, format: 'qcow2' }, directory, ports, async ({ files }) => {
    const read = async (name: string): Promise<string | undefined> => (await files.tryReadText(name))?.trim();
    return {
      hostname: await read('/etc/hostname'),
      machineId: await read('/etc/machine-id'),
      fingerprint: tryToFingerprint(await read('/etc/ssh/ssh_host_ed25519_key.pub')),
    };
  });
}

/** As ssh-keygen prints it; undefined for what is no public key. */
export function tryToFingerprint(publicKey: string | undefined): string | undefined {
  const blob = /^ssh-ed25519 ([A-Za-z0-9+/]+=*)( |$)/.exec(publicKey ?? '')?.[1];
  if (blob === undefined) return undefined;
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
