import { buildInputDefinitions, withDefaults, type RawInputs } from './definitions.js';
import { parseAge } from './parse.js';

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
  return raw('sign-key') === '' ? {} : { signing: { key: raw('sign-key'), validMs } };
}
