import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { isPem, wrongSignKey, type SigningInputs } from '../inputs/signing-inputs.js';
import { hasCode } from '../platform/errors.js';
import { quoteText } from '../platform/format.js';
import type { Log } from '../platform/progress/log.js';
import type { Steps } from '../platform/progress/steps.js';
import type { Signer } from '../store/signer.js';
import { shortenId } from '../trust/dsse.js';
import { parseSigningKey } from '../trust/keys.js';

/** Bytes; a key has 119. */
const largestKey = 16 * 1024;

interface Ports {
  readonly steps: Steps;
  /** What must be in nothing that others will read. */
  readonly secrets: readonly string[];
}

/**
 * The ports with the signer of a run, and with its key among the secrets; the ports as they are if no key is given.
 * @param hide called with each text that must not appear in a log
 * @throws Failure if the key cannot be read or used. No message has any of it
 */
export async function withSigner<T extends Ports>(
  signing: SigningInputs | undefined,
  ports: T,
  hide: (secret: string) => void = () => undefined,
): Promise<T & { readonly signer?: Signer }> {
  if (signing === undefined) return ports;
  return ports.steps.run('Load signing key', async (log) => {
    const pem = isPem(signing.key) ? signing.key : await readKeyFile(signing.key, log);
    const secrets = listKeyTexts(pem);
    secrets.forEach(hide);
    const key = parseSigningKey(pem, 'sign-key');
    log.info(`signs with key ${shortenId(key.id)}`);
    return { ...ports, secrets: [...ports.secrets, ...secrets], signer: { key, validMs: signing.validMs } };
  });
}

/** What lies between the first and the last line of a PEM text. A shorter line is no part of a key, and could be in any log. */
function listKeyTexts(pem: string): readonly string[] {
  return pem
    .split(/\n|-----[^-\n]*-----/)
    .map((line) => line.trim())
    .filter((line) => line.length >= 16);
}

async function readKeyFile(path: string, log: Log): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o004) !== 0)
      log.warn(`${quoteText(resolve(path))} can be read by every user of this machine: chmod 600 it`);
    // A pipe has no size.
    return (await buffer(createReadStream(path, { end: largestKey - 1 }))).toString('utf8');
  } catch (error) {
    // A path that does not exist may be a key without its first line: it is not shown, and neither is Node's message.
    const reason = readProblems.find(([code]) => hasCode(error, code))?.[1];
    if (reason === undefined) throw wrongSignKey('sign-key is neither a PEM text nor the path of a file');
    throw wrongSignKey(`sign-key ${quoteText(resolve(path))} cannot be read: ${reason}`);
  }
}

/** With these the path exists. */
const readProblems = [
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
] as const;
