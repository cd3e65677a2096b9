import { CancelledError, Failure, UsageError } from '../errors.js';
import { findSecrets } from './find-secrets.js';

/** Shorter values, such as `true` and `8080`, are in every text. */
const minLength = 6;
/** Stands for a secret. */
export const mask = '***';

/** Masks secrets in what others will read. */
export interface Redactor {
  /** The text with known secrets masked, and what looks like one. */
  text(text: string): string;
  /** Whether bytes contain a known secret. */
  knows(bytes: Buffer): boolean;
}

/** @param secrets values that are known to be secret */
export function createRedactor(secrets: readonly string[]): Redactor {
  // The longest first: one may be a part of another.
  const known = [
    ...new Set(secrets.flatMap((secret) => [secret, ...secret.split('\n')]).map((secret) => secret.trim())),
  ]
    .filter((secret) => secret.length >= minLength)
    .sort((a, b) => b.length - a.length);
  return {
    text: (text) => maskSecrets(known.reduce((rest, secret) => rest.replaceAll(secret, mask), text)),
    knows: (bytes) => known.some((secret) => bytes.includes(secret)),
  };
}

/** Masks what looks like a secret. */
function maskSecrets(text: string): string {
  const { found } = findSecrets(text, { masking: true });
  const kept = found.map(({ start }, index) => text.slice(found[index - 1]?.end ?? 0, start));
  return [...kept, text.slice(found.at(-1)?.end ?? 0)].join(mask);
}

/** A failure with every text in it redacted. A cancel, and anything that is not a failure, is returned unchanged. */
export function redactFailure(thrown: unknown, redactor: Redactor): unknown {
  if (!(thrown instanceof Failure) || thrown instanceof CancelledError) return thrown;
  const { message, fix, evidence } = redactTexts(
    { message: thrown.message, fix: thrown.fix, evidence: thrown.evidence },
    redactor,
  );
  const details = { evidence, fix };
  return thrown instanceof UsageError ? new UsageError(message, details) : new Failure(message, details);
}

/** The same value with every text in it redacted. */
export function redactTexts<T>(value: T, redactor: Redactor): T {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'string' ? redactor.text(part) : part,
  ) as T;
}
