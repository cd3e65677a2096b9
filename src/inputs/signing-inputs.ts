import { UsageError } from '../platform/errors.js';
import { parseUserPath } from '../platform/fs/user-path.js';
import { buildInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import { isLine, parseAge } from './parse.js';
import { readAll } from './read-all.js';

/**
 * Inputs whose value is a secret: it must not get into messages, reports, logs or the environment of other programs.
 */
export const secretInputs: readonly string[] = ['sign-key'];

/** What versions, the index and the heartbeat are signed with. */
export interface SigningInputs {
  /** The absolute path of a PEM file, or the PEM text itself. */
  readonly key: string;
  /** How long a signed index or heartbeat is valid. */
  readonly validMs: number;
}

/** Undefined if no key is given. @throws UsageError, whose message does not contain the key */
export function readSigning(given: RawInputs): SigningInputs | undefined {
  const raw = withDefaults(buildInputDefinitions, given);
  const signing = readAll({
    key: () => readKey(raw('sign-key')),
    validMs: () => parseAge('sign-expires', raw('sign-expires')),
  });
  return signing.key === '' ? undefined : signing;
}

function readKey(value: string): string {
  if (value === '' || isPem(value)) return value;
  if (!isLine(value)) throw wrongSignKey('sign-key is neither a PEM text nor the path of a file');
  try {
    return parseUserPath(value, { name: 'sign-key' });
  } catch {
    // The original error quotes the value.
    throw wrongSignKey('sign-key looks like a URL or a variable, not like the path of a file');
  }
}

export function isPem(key: string): boolean {
  return key.includes('-----BEGIN');
}

/** @param message without the value, which may be an incompletely copied key */
export function wrongSignKey(message: string): UsageError {
  return new UsageError(message, {
    fix: 'use the path of an Ed25519 private key in PEM, or its text; ch-golden key create creates one',
  });
}
