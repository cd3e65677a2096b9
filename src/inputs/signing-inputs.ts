import { UsageError } from '../platform/errors.js';
import { buildInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import { isLine, parseAge } from './parse.js';

export const signingInputs = ['sign-key', 'sign-expires'] as const;

/** Inputs whose value is a secret: it must be in no message, report, log or environment of another program. */
export const secretInputs: readonly string[] = ['sign-key'];

/** What versions, the index and the heartbeat are signed with. */
export interface SigningInputs {
  /** The path of a PEM file, or the PEM text itself. */
  readonly key: string;
  /** How long a signed index or heartbeat is valid. */
  readonly validMs: number;
}

/** Nothing if no key is given. @throws UsageError, whose message does not have the key */
export function readSigning(given: RawInputs): { readonly signing?: SigningInputs } {
  const raw = withDefaults(buildInputDefinitions, given);
  const validMs = parseAge('sign-expires', raw('sign-expires'));
  const key = raw('sign-key');
  if (!isPem(key) && !isLine(key)) throw wrongSignKey('sign-key is neither a PEM text nor the path of a file');
  return key === '' ? {} : { signing: { key, validMs } };
}

export function isPem(key: string): boolean {
  return key.includes('-----BEGIN');
}

/** @param message without the value, which may be a key that was copied badly */
export function wrongSignKey(message: string): UsageError {
  return new UsageError(message, { mend: 'give the path of an Ed25519 private key in PEM, or its text; ch-golden key create makes one' });
}
