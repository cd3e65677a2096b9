import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isPem, wrongSignKey, type SigningInputs } from '../inputs/signing-inputs.js';
import { hasCode } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import { readStart } from '../platform/fs/files.js';
import type { Session } from '../platform/session.js';
import type { Signer } from '../store/signer.js';
import { shortenId } from '../trust/dsse.js';
import { parseSigningKey, type SigningKey } from '../trust/keys.js';

/** A key has 119 bytes. */
const maxKeyBytes = 16 * 1024;

/**
 * The ports with the signer of a run, and with its key among the secrets. Unchanged if no key is given.
 * @param hide called with each text that must not appear in a log
 * @throws Failure if the key cannot be read or used. No message contains any of it
 */
export async function withSigner<T extends Pick<Session, 'steps' | 'secrets'>>(
  signing: SigningInputs | undefined,
  ports: T,
  hide: (secret: string) => void = () => undefined,
): Promise<T & { readonly signer?: Signer }> {
  if (signing === undefined) return ports;
  return ports.steps.run('Load signing key', async (log) => {
    const { key, secrets, exposedPath } = await loadSigningKey(signing, hide);
    if (exposedPath !== undefined)
      log.warn(`Every user of this machine can read ${quoteText(exposedPath)}: chmod 600 it`);
    log.info(`Signing with key ${shortenId(key.id)}`);
    return { ...ports, secrets: [...ports.secrets, ...secrets], signer: { key, validMs: signing.validMs } };
  });
}

export interface LoadedKey {
  readonly key: SigningKey;
  /** Values that must not appear in anything that others read. */
  readonly secrets: readonly string[];
  /** The path of the key, if every user of this machine can read it. */
  readonly exposedPath: string | undefined;
}

/**
 * Loads the key from a file, or parses its text.
 * @param hide called with each secret before the key is parsed
 * @throws Failure if the key cannot be read or used. No message contains any of it
 */
export async function loadSigningKey(
  { key }: Pick<SigningInputs, 'key'>,
  hide: (secret: string) => void = () => undefined,
): Promise<LoadedKey> {
  const { pem, exposedPath } = isPem(key) ? { pem: key, exposedPath: undefined } : await readKeyFile(key);
  const secrets = listKeyTexts(pem);
  secrets.forEach(hide);
  return { key: parseSigningKey(pem, 'sign-key'), secrets, exposedPath };
}

/**
 * What lies between the first and the last line of a PEM text. A shorter line is not part of a key, and could be in any
 * log.
 */
function listKeyTexts(pem: string): readonly string[] {
  return pem
    .split(/\n|-----[^-\n]*-----/)
    .map((line) => line.trim())
    .filter((line) => line.length >= 16);
}

async function readKeyFile(file: string): Promise<{ readonly pem: string } & Pick<LoadedKey, 'exposedPath'>> {
  const path = resolve(file);
  try {
    const isExposed = ((await stat(path)).mode & 0o004) !== 0;
    const bytes = await readStart(path, maxKeyBytes);
    return { pem: bytes.toString('utf8'), exposedPath: isExposed ? path : undefined };
  } catch (error) {
    // A path that does not exist may be a key without its first line, so neither it nor Node's message is shown.
    const reason = readProblems.find(([code]) => hasCode(error, code))?.[1];
    if (reason === undefined) throw wrongSignKey('sign-key is neither a PEM text nor the path of a file');
    throw wrongSignKey(`sign-key ${quoteText(path)} cannot be read: ${reason}`);
  }
}

/** With these errors the path exists. */
const readProblems = [
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
] as const;
