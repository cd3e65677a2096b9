import { CancelledError, Failure, UsageError } from './errors.js';

/** Shorter values, such as `true` and `8080`, are in every text, and no secret that is worth the name. */
const shortest = 6;
const mask = '***';

/** The name of a variable, a field or a parameter whose value is one. */
const secretName = String.raw`[\w.-]{0,64}(?:secret|token|passw(?:or)?d|private[_-]?key|access[_-]?key|api[_-]?key|credential|signature)[\w.-]{0,64}`;

/** What looks like a secret wherever it stands. Repetitions have bounds: what a guest prints must not take us minutes. */
const patterns: readonly (readonly [RegExp, string])[] = [
  // To its end, or as far as lines look like it: the end of a log may be cut off. Each line may have a prefix, such as a journal's.
  [/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]{0,8000}?-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----/g, mask],
  [/-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:(?:\s|\\n).{0,200}[A-Za-z0-9+/=]{32,200}){0,100}/g, mask],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@"'<>]{1,500}@/gi, `$1${mask}@`],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g, mask],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/g, mask],
  [/\bgithub_pat_\w{20,}/g, mask],
  [/\beyJ[\w-]{10,2000}\.[\w-]{10,2000}\.[\w-]{0,2000}/g, mask],
  [/\b(authorization["']?\s*[:=]\s*["']?(?:\w+ )?)[^\s"',;]+/gi, `$1${mask}`],
  // NAME=value, name: value, "name": "value", ?name=value&
  [new RegExp(String.raw`\b(${secretName}["']?\s*[=:]\s*)("[^"\n]*"|'[^'\n]*'|[^\s"'&,;]+)`, 'gi'), `$1${mask}`],
  [/([?&](?:sig|key|auth|code|x-amz-[\w-]+)=)[^\s&"'<>]+/gi, `$1${mask}`],
];

/** Takes secrets out of what others will read. */
export interface Redactor {
  /** The text with stars for secrets: those that are known, and what looks like one. */
  text(text: string): string;
  /** Whether bytes have a known secret in them. */
  knows(bytes: Buffer): boolean;
}

/** @param secrets values that are known to be secret */
export function createRedactor(secrets: readonly string[]): Redactor {
  // The longest first: one may be a part of another.
  const known = [...new Set(secrets.flatMap((secret) => [secret, ...secret.split('\n')]).map((secret) => secret.trim()))]
    .filter((secret) => secret.length >= shortest)
    .sort((a, b) => b.length - a.length);
  return {
    text: (text) => patterns.reduce(
      (rest, [pattern, replacement]) => rest.replace(pattern, replacement),
      known.reduce((rest, secret) => rest.replaceAll(secret, mask), text),
    ),
    knows: (bytes) => known.some((secret) => bytes.includes(secret)),
  };
}

/** What a person reads of a failure with every text in it redacted; a cancel and what is no failure stay as they are. */
export function redactFailure(thrown: unknown, redactor: Redactor): unknown {
  if (!(thrown instanceof Failure) || thrown instanceof CancelledError) return thrown;
  const { message, mend, evidence } = redactTexts({ message: thrown.message, mend: thrown.mend, evidence: thrown.evidence }, redactor);
  const details = { evidence, ...(mend === undefined ? {} : { mend }) };
  return thrown instanceof UsageError ? new UsageError(message, details) : new Failure(message, details);
}

/** The same value with every text in it redacted. */
export function redactTexts<T>(value: T, redactor: Redactor): T {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) => (typeof part === 'string' ? redactor.text(part) : part)) as T;
}
