import { UsageError } from '../platform/errors.js';
import { formatBytes, quoteText, unprintable } from '../platform/format.js';
import { checkChannelName } from '../store/names.js';

/** Parsers of input values: pure; each throws a UsageError that names the input, what it got, and what it takes. */

export function parseBoolean(name: string, value: string): boolean {
  return parseChoice(name, value.toLowerCase(), ['true', 'false']) === 'true';
}

export function parseChoice<const T extends string>(name: string, value: string, values: readonly T[]): T {
  const chosen = values.find((candidate) => candidate === value);
  if (chosen === undefined) throw reject(name, value, `use ${values.join(', ')}`);
  return chosen;
}

export function parseInteger(name: string, value: string, range: { readonly min: number; readonly max: number }): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.min && number <= range.max)) throw reject(name, value, `use a whole number from ${range.min} to ${range.max}`);
  return number;
}

const mebibyte = 1024 ** 2;
const sizeUnits: Readonly<Record<string, number>> = { '': 1, K: 1024, M: mebibyte, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes, from `10G`, `512M` or a plain number; units are powers of 1024, as qemu-img has them. The range is in bytes. */
export function parseSize(name: string, value: string, range: { readonly min: number; readonly max: number }): number {
  const match = /^(\d{1,15})([KMGT]?)(?:iB)?$/.exec(value);
  const bytes = match === null ? Number.NaN : Number(match[1]) * (sizeUnits[match[2] ?? ''] ?? 1);
  const allowed = bytes >= range.min && bytes <= range.max && bytes % mebibyte === 0;
  if (!allowed) throw reject(name, value, `use whole mebibytes such as 10G or 512M, from ${formatBytes(range.min)} to ${formatBytes(range.max)}`);
  return bytes;
}

const durationUnits: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds, from `90s`, `5m` or `1h`. */
export function parseDuration(name: string, value: string): number {
  const match = /^(\d{1,6})([smh])$/.exec(value);
  const milliseconds = match === null ? 0 : Number(match[1]) * (durationUnits[match[2] ?? ''] ?? 0);
  if (milliseconds <= 0 || milliseconds > 24 * 3_600_000) throw reject(name, value, 'use a duration such as 90s, 5m or 1h, up to 24h');
  return milliseconds;
}

/** Milliseconds, from `12h` or `14d`. */
export function parseAge(name: string, value: string): number {
  const [, number, unit] = /^([1-9]\d{0,3})([hd])$/.exec(value) ?? [];
  if (number === undefined) throw reject(name, value, 'use an age in hours or days such as 12h or 14d');
  return Number(number) * 3_600_000 * (unit === 'd' ? 24 : 1);
}

/** By how much a later value may be larger than an earlier one, as a part of one, and what follows where it is. */
export interface Tolerance {
  readonly part: number;
  readonly otherwise: 'warn' | 'fail';
}

/** From `warn=50%` or `fail=50%`; undefined for `none`. */
export function parseTolerance(name: string, value: string): Tolerance | undefined {
  if (value === 'none') return undefined;
  const [, otherwise, percent] = /^(warn|fail)=([1-9]\d{0,3})%$/.exec(value) ?? [];
  if (otherwise === undefined) throw reject(name, value, 'use none, or warn=50% or fail=50% with a percentage of yours');
  return { part: Number(percent) / 100, otherwise: otherwise === 'fail' ? 'fail' : 'warn' };
}

/** The number of a version. */
export function parseVersion(name: string, value: string): number {
  return parseInteger(name, value, { min: 1, max: 999_999_999 });
}

/** A version by its number, or by the name of a channel. */
export function parseWanted(word: string): number | string {
  return /^\d+$/.test(word) ? parseVersion('version', word) : checkChannelName(word);
}

/** What ends a line, or drives a terminal. */
const control = /[\p{Cc}\u2028\u2029]/u;

/** Undefined where the value is empty. */
export function parseSha256(name: string, value: string): string | undefined {
  if (value === '') return undefined;
  if (!/^[0-9a-fA-F]{64}$/.test(value)) throw reject(name, value, 'use 64 hexadecimal digits');
  return value.toLowerCase();
}

/** One line without control characters, no longer than a path can be. */
export function isLine(value: string): boolean {
  return value.length <= 4096 && !control.test(value);
}

/** A text on one line without control characters; undefined where it is empty. */
export function parseText(name: string, value: string): string | undefined {
  if (!isLine(value)) throw reject(name, value, 'use one line without control characters');
  return value === '' ? undefined : value;
}

/** A text that is stored and shown to others: short, and nothing in it that drives a terminal. */
export function parseReason(name: string, value: string): string {
  if (value === '' || value.length > 300 || control.test(value) || value.search(unprintable) !== -1) {
    throw reject(name, value, 'use one line of at most 300 characters without control characters');
  }
  return value;
}

/** Specifiers that systemd 252 and later resolve; for any other it ignores the whole line. Source: systemd.unit(5). */
const specifier = /%[aAbBCdEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY%]/g;

/**
 * Lines `KEY=VALUE` for a systemd unit. Each stays one setting of one variable: a value has no line break of its own,
 * quotes and backslashes are escaped where the unit is written. A value can be a secret: no message has it.
 */
export function parseEnvironment(name: string, value: string): readonly string[] {
  if (value.length > 64 * 1024) throw new UsageError(`${name} is too long`, { mend: 'use at most 64 KiB' });
  const lines = value.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
  const keys = lines.map((line) => parseEnvironmentLine(name, line));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new UsageError(`${name} sets ${twice} twice`, { mend: 'set it once' });
  return lines;
}

function parseEnvironmentLine(name: string, line: string): string {
  const [, key, content = ''] = /^([A-Za-z_][A-Za-z0-9_]{0,127})=(.*)$/s.exec(line) ?? [];
  if (key === undefined) {
    throw new UsageError(`${name} has a line that is not KEY=VALUE`, { mend: 'use one KEY=VALUE on each line; a key is letters, digits and _' });
  }
  if (control.test(content)) {
    throw new UsageError(`${name}: the value of ${key} has control characters`, { mend: 'use one line without control characters' });
  }
  if (content.replace(specifier, '').includes('%')) {
    throw new UsageError(`${name}: the value of ${key} has a % that is no specifier of systemd`, { mend: 'write %% for a percent sign' });
  }
  return key;
}

/** The value is foreign: it is shortened, and cannot drive a terminal or a log. */
function reject(name: string, value: string, mend: string): UsageError {
  return new UsageError(`${name} is ${quoteText(value, 60)}, which cannot be used`, { mend });
}
