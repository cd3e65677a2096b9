import { UsageError } from '../platform/errors.js';
import { formatBytes, quoteText, unprintable } from '../platform/format.js';
import { parseUserPath } from '../platform/fs/user-path.js';
import { parseChannelName } from '../store/names.js';
import { booleans } from './definitions.js';

/** Parsers of input values. Each throws a UsageError that names the input, its value, and what is allowed. */

export function parseBoolean(name: string, value: string): boolean {
  return parseChoice(name, value.toLowerCase(), booleans) === 'true';
}

export function parseChoice<const T extends string>(name: string, value: string, values: readonly T[]): T {
  const chosen = values.find((candidate) => candidate === value);
  if (chosen === undefined) throw invalidInput(name, value, `use ${formatChoices(values)}`);
  return chosen;
}

/** `a, b or c` */
function formatChoices(values: readonly string[]): string {
  return values.join(', ').replace(/, (?=[^,]*$)/, ' or ');
}

export function parseInteger(
  name: string,
  value: string,
  range: { readonly min: number; readonly max: number },
): number {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= range.min && number <= range.max))
    throw invalidInput(name, value, `use a whole number from ${range.min} to ${range.max}`);
  return number;
}

const mebibyte = 1024 ** 2;
const sizeUnits: Readonly<Record<string, number>> = { '': 1, K: 1024, M: mebibyte, G: 1024 ** 3, T: 1024 ** 4 };

/** Bytes, from `10G`, `512M` or a plain number. Units are powers of 1024, as in qemu-img. The range is in bytes. */
export function parseSize(name: string, value: string, range: { readonly min: number; readonly max: number }): number {
  const match = /^(\d{1,15})([KMGT]?)(?:iB)?$/.exec(value);
  const bytes = match === null ? Number.NaN : Number(match[1]) * (sizeUnits[match[2] ?? ''] ?? 1);
  const allowed = bytes >= range.min && bytes <= range.max && bytes % mebibyte === 0;
  if (!allowed)
    throw invalidInput(
      name,
      value,
      `use whole mebibytes such as 10G or 512M, from ${formatBytes(range.min)} to ${formatBytes(range.max)}`,
    );
  return bytes;
}

const durationUnits: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds, from `90s`, `5m` or `1h`. */
export function parseDuration(name: string, value: string): number {
  const match = /^(\d{1,6})([smh])$/.exec(value);
  const milliseconds = match === null ? 0 : Number(match[1]) * (durationUnits[match[2] ?? ''] ?? 0);
  if (milliseconds <= 0 || milliseconds > 24 * 3_600_000)
    throw invalidInput(name, value, 'use a duration such as 90s, 5m or 1h, up to 24h');
  return milliseconds;
}

/** Milliseconds, from `12h` or `14d`. */
export function parseAge(name: string, value: string): number {
  const [, number, unit] = /^([1-9]\d{0,3})([hd])$/.exec(value) ?? [];
  if (number === undefined) throw invalidInput(name, value, 'use an age in hours or days such as 12h or 14d');
  return Number(number) * 3_600_000 * (unit === 'd' ? 24 : 1);
}

/** How much a new value may exceed the previous one, as a fraction, and what happens if it does. */
export interface Tolerance {
  readonly part: number;
  readonly otherwise: 'warn' | 'fail';
}

/** From `warn=50%` or `fail=50%`; undefined for `none`. */
export function parseTolerance(name: string, value: string): Tolerance | undefined {
  if (value === 'none') return undefined;
  const [, otherwise, percent] = /^(warn|fail)=([1-9]\d{0,3})%$/.exec(value) ?? [];
  if (otherwise === undefined)
    throw invalidInput(name, value, 'use none, or a percentage such as warn=50% or fail=50%');
  return { part: Number(percent) / 100, otherwise: otherwise === 'fail' ? 'fail' : 'warn' };
}

/** The number of a version. */
export function parseVersion(name: string, value: string): number {
  return parseInteger(name, value, { min: 1, max: 999_999_999 });
}

/** A version's number, or the name of a channel. */
export function parseWanted(text: string): number | string {
  return /^\d+$/.test(text) ? parseVersion('version', text) : parseChannelName(text);
}

/** Characters that end a line or control a terminal. */
const control = /[\p{Cc}\u2028\u2029]/u;

/** Undefined if the value is empty. */
export function parseSha256(name: string, value: string): string | undefined {
  if (value === '') return undefined;
  if (!/^[0-9a-fA-F]{64}$/.test(value)) throw invalidInput(name, value, 'use 64 hexadecimal digits');
  return value.toLowerCase();
}

/** One line without control characters, no longer than a path can be. */
export function isLine(value: string): boolean {
  return value.length <= 4096 && !control.test(value);
}

/** One line without control characters; undefined if it is empty. */
export function parseText(name: string, value: string): string | undefined {
  if (!isLine(value)) throw invalidInput(name, value, 'use one line without control characters');
  return value === '' ? undefined : value;
}

/**
 * An absolute path; undefined if the value is empty. A relative path starts from the current directory, which is the
 * workspace if a runner starts the action. `~` is the home directory.
 */
export function parsePath(name: string, value: string): string | undefined {
  const text = parseText(name, value);
  return text === undefined ? undefined : parseUserPath(text, { name });
}

/** A text that is stored and shown to others: short, and without characters that control a terminal. */
export function parseReason(name: string, value: string): string {
  if (value === '' || value.length > 300 || control.test(value) || value.search(unprintable) !== -1) {
    throw invalidInput(name, value, 'use one line of at most 300 characters without control characters');
  }
  return value;
}

/** Specifiers that systemd 252 and later resolve. For any other it ignores the whole line. Source: systemd.unit(5). */
const specifier = /%[aAbBCdEfgGhHiIjJlLmMnNopPqsStTuUvVwWyY%]/g;

/**
 * Lines `KEY=VALUE` for a systemd unit. Each stays one setting of one variable: a value has no line break, and quotes
 * and backslashes are escaped when the unit is written. A value can be a secret, so that no message contains it.
 */
export function parseEnvironment(name: string, value: string): readonly string[] {
  if (value.length > 64 * 1024) throw new UsageError(`${name} is too long`, { fix: 'use at most 64 KiB' });
  const lines = splitLines(value);
  const keys = lines.map((line) => parseEnvironmentLine(name, line));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new UsageError(`${name} sets ${twice} twice`, { fix: 'set it once' });
  return lines;
}

/** Lines without the spaces around them, without empty ones. */
export function splitLines(value: string): readonly string[] {
  return value
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseEnvironmentLine(name: string, line: string): string {
  const [, key, content = ''] = /^([A-Za-z_][A-Za-z0-9_]{0,127})=(.*)$/s.exec(line) ?? [];
  if (key === undefined) {
    throw new UsageError(`${name} has a line that is not KEY=VALUE`, {
      fix: 'use one KEY=VALUE per line; a key has letters, digits and _',
    });
  }
  if (control.test(content)) {
    throw new UsageError(`${name}: the value of ${key} has control characters`, {
      fix: 'use one line without control characters',
    });
  }
  if (content.replace(specifier, '').includes('%')) {
    throw new UsageError(`${name}: the value of ${key} has a % that does not start a systemd specifier`, {
      fix: 'write %% for a percent sign',
    });
  }
  return key;
}

/** The value is untrusted, so it is shortened and escaped. */
export function invalidInput(name: string, value: string, fix: string): UsageError {
  return new UsageError(`invalid ${name} ${quoteText(value, 60)}`, { fix });
}

export function emptyInput(name: string, fix: string): UsageError {
  return new UsageError(`${name} is empty`, { fix });
}
