import { open, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errorMessage, Failure, hasCode } from '../platform/errors.js';
import { syncDirectory } from '../platform/fs/files.js';
import { createKeyPair, parsePublicKey } from '../trust/keys.js';

export interface CreatedKey {
  readonly id: string;
  /** Absolute paths. */
  readonly privateKey: string;
  readonly publicKey: string;
}

/**
 * Creates an Ed25519 key pair as PREFIX.key, which only this user can read, and PREFIX.pub.
 * @throws Failure if one of them exists
 */
export async function createKeyFiles(prefix: string): Promise<CreatedKey> {
  const [privateKey, publicKey] = [`${resolve(prefix)}.key`, `${resolve(prefix)}.pub`];
  const pair = createKeyPair();
  await writeNew(privateKey, pair.privatePem, 0o600);
  try {
    await writeNew(publicKey, pair.publicPem, 0o644);
  } catch (error) {
    await rm(privateKey, { force: true });
    throw error;
  }
  await syncDirectory(dirname(privateKey));
  return { id: parsePublicKey(pair.publicPem, publicKey).id, privateKey, publicKey };
}

async function writeNew(path: string, content: string, mode: number): Promise<void> {
  await using file = await open(path, 'wx', mode).catch((error: unknown) => {
    if (hasCode(error, 'EEXIST')) {
      throw new Failure(`${path} already exists; keys are never overwritten`, {
        fix: 'choose a different --out',
        cause: error,
      });
    }
    throw new Failure(`${path} cannot be created: ${errorMessage(error)}`, {
      fix: 'choose a different --out',
      cause: error,
    });
  });
  await file.writeFile(content);
  await file.sync();
}
