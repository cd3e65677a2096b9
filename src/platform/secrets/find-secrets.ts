import { createMatcher, type LiteralMatcher } from './match-literals.js';
import {
  assignmentRules,
  secretNames,
  secretParameters,
  tokenRules,
  type Alphabet,
  type AssignmentRule,
  type TokenRule,
} from './secret-rules.js';

/** A secret in a text. */
export interface FoundSecret {
  readonly what: string;
  /** The range to mask; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface SecretSearch {
  /** Sorted by start, without overlaps. */
  readonly found: readonly FoundSecret[];
  /** Characters that were read, counting repeated reads: at most `maxStepsPerCharacter` times the text's length. */
  readonly steps: number;
}

/** Two matchers read each character once, and verifying a match reads some a few times more. */
export const maxStepsPerCharacter = 24;

/**
 * Finds secrets by their form. With `masking`, also finds values of names such as `password`, and forms that are common
 * in documentation.
 */
export function findSecrets(text: string, { masking }: { readonly masking: boolean }): SecretSearch {
  const cursor = createCursor(text);
  const found: FoundSecret[] = [];
  const search = ({ matcher, rules }: RuleSet): number =>
    matcher.scan(text, (literal, end) => {
      const secret = rules[literal]?.(cursor, end);
      if (secret !== undefined) found.push(secret);
      return secret?.end;
    });
  const steps = search(exactRules(masking)) + search(namedRules(masking));
  return { found: mergeOverlaps(found), steps: steps + cursor.steps() };
}

/** Verifies a match of its literal that ends before `end`. */
type Rule = (cursor: Cursor, end: number) => FoundSecret | undefined;

interface RuleSet {
  readonly matcher: LiteralMatcher;
  /** By the index of its literal. */
  readonly rules: readonly Rule[];
}

function createRuleSet(entries: readonly (readonly [literal: string, rule: Rule])[], ignoresCase: boolean): RuleSet {
  return {
    matcher: createMatcher(
      entries.map(([literal]) => literal),
      { ignoresCase },
    ),
    rules: entries.map(([, rule]) => rule),
  };
}

/** Creates a value on first use. */
function once<T>(create: (masking: boolean) => T): (masking: boolean) => T {
  const made = new Map<boolean, T>();
  return (masking) => {
    const value = made.get(masking) ?? create(masking);
    made.set(masking, value);
    return value;
  };
}

const exactRules = once((masking) =>
  createRuleSet(
    [
      ...tokenRules
        .filter(({ onlyMasked = false }) => masking || !onlyMasked)
        .flatMap((rule) =>
          rule.prefixes.map(
            (prefix) => [prefix, (cursor: Cursor, end: number) => findToken(rule, prefix, cursor, end)] as const,
          ),
        ),
      [beginMark, findPrivateKey] as const,
      ...(masking ? [['://', findUserInfo] as const] : []),
    ],
    false,
  ),
);

const namedRules = once((masking) =>
  createRuleSet(
    [
      ...assignmentRules.flatMap((rule) =>
        rule.names.map(
          (name) => [name, (cursor: Cursor, end: number) => findAssignment(rule, name, cursor, end)] as const,
        ),
      ),
      ...(masking
        ? [
            ...secretNames.map((name) => [name, findNamedValue] as const),
            ['authorization', findAuthorization] as const,
            ...secretParameters.map(
              (name) => [`${name}=`, (cursor: Cursor, end: number) => findParameter(name, cursor, end)] as const,
            ),
          ]
        : []),
    ],
    true,
  ),
);

function findToken(
  { what, alphabet, min, max = Infinity, dots = 0 }: TokenRule,
  prefix: string,
  cursor: Cursor,
  from: number,
): FoundSecret | undefined {
  const start = from - prefix.length;
  if (/^\w/.test(prefix) && cursor.has('word', start - 1)) return undefined;
  const end = cursor.endOf(alphabet, from);
  if (end - from < min || end - from > max || (max < Infinity && cursor.has('word', end))) return undefined;
  return cursor.dot(dots, from) < end ? { what, start, end } : undefined;
}

const beginMark = '-----BEGIN ';
const longestLabel = 64;
/** Characters of the longest key that is masked to its end mark: RSA with 16,384 bits has 13,000. */
const maxKeyLength = 24_000;
const maxKeyLines = 100;
const longestKeyLine = 400;
/** The fewest characters of base64 in a line of a key. */
const minKeyRun = 32;

/** A private key from its first mark to its last or, if the last is cut off, as far as lines look like one. */
function findPrivateKey(cursor: Cursor, from: number): FoundSecret | undefined {
  const labelEnd = cursor.privateKeyLabel(from);
  if (labelEnd === undefined) return undefined;
  const mark = cursor.endMark(labelEnd);
  const end = mark - labelEnd <= maxKeyLength ? cursor.privateKeyLabel(mark + '-----END '.length) : undefined;
  return { what: 'a private key', start: from - beginMark.length, end: end ?? cursor.endOfKeyLines(labelEnd) };
}

const longestUserInfo = 500;

/** `user:password` of an address. */
function findUserInfo(cursor: Cursor, from: number): FoundSecret | undefined {
  const end = cursor.endOf('userInfo', from);
  const isOne =
    cursor.at(end) === '@' && end > from && end - from <= longestUserInfo && cursor.has('letters', from - 4);
  return isOne ? { what: 'a password in an address', start: from, end } : undefined;
}

function findAssignment(
  { what, alphabet, min, max = Infinity }: AssignmentRule,
  name: string,
  cursor: Cursor,
  from: number,
): FoundSecret | undefined {
  if (cursor.has('letters', from - name.length - 1) || cursor.has('word', from)) return undefined;
  const value = cursor.valueAfter(from);
  if (value === undefined) return undefined;
  const start = /["']/.test(cursor.at(value)) ? value + 1 : value;
  const end = cursor.endOf(alphabet, start);
  return end - start >= min && end - start <= max ? { what, start, end } : undefined;
}

/** Characters of a name after the part that marks it as secret. */
const maxNameLength = 64;

function findNamedValue(cursor: Cursor, from: number): FoundSecret | undefined {
  const nameEnd = cursor.endOf('name', from);
  const start = nameEnd - from > maxNameLength ? undefined : cursor.valueAfter(nameEnd);
  if (start === undefined) return undefined;
  const end = cursor.endOfQuoted(start) ?? cursor.endOf('bare', start);
  return end > start ? { what: "a value with a secret's name", start, end } : undefined;
}

/** `Authorization: Bearer …` */
function findAuthorization(cursor: Cursor, from: number): FoundSecret | undefined {
  const value = cursor.valueAfter(from);
  if (value === undefined) return undefined;
  const opened = /["']/.test(cursor.at(value)) ? value + 1 : value;
  const scheme = cursor.endOf('word', opened);
  const start = scheme > opened && cursor.at(scheme) === ' ' ? scheme + 1 : opened;
  const end = cursor.endOf('credentials', start);
  return end > start ? { what: 'an authorization', start, end } : undefined;
}

function findParameter(name: string, cursor: Cursor, from: number): FoundSecret | undefined {
  if (!/[?&]/.test(cursor.at(from - name.length - 2))) return undefined;
  const end = cursor.endOf('parameter', from);
  return end > from ? { what: 'a secret in an address', start: from, end } : undefined;
}

function mergeOverlaps(found: readonly FoundSecret[]): readonly FoundSecret[] {
  const merged: FoundSecret[] = [];
  for (const one of [...found].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = merged.at(-1);
    if (last === undefined || one.start >= last.end) merged.push(one);
    else if (one.end > last.end) merged[merged.length - 1] = { ...last, end: one.end };
  }
  return merged;
}

type Characters = Alphabet | 'userInfo' | 'credentials';

const alphabets: Readonly<Record<Characters, RegExp>> = {
  hex: /[0-9a-fA-F]/,
  letters: /[0-9A-Za-z]/,
  upper: /[0-9A-Z]/,
  word: /\w/,
  dashed: /[\w-]/,
  dotted: /[\w.-]/,
  base64: /[0-9A-Za-z+/=]/,
  name: /[\w.-]/,
  space: /\s/,
  url: /[\w./+=%~-]/,
  bare: /[^\s"'&,;]/,
  parameter: /[^\s&"'<>]/,
  userInfo: /[^\s/@"'<>]/,
  credentials: /[^\s"',;]/,
};

/** Alphabets that are defined by what they exclude, and so have all characters beyond ASCII. */
const openAlphabets = new Set<Characters>(['bare', 'parameter', 'userInfo', 'credentials']);

const sets = new Map(
  Object.entries(alphabets).map(([name, pattern]) => [
    name as Characters,
    Uint8Array.from({ length: 128 }, (_, code) => (pattern.test(String.fromCharCode(code)) ? 1 : 0)),
  ]),
);

/** Reads a text and counts the steps. A run of characters is read once, however many matches it contains. */
interface Cursor {
  at(place: number): string;
  has(alphabet: Characters, place: number): boolean;
  /** The end of the run of characters that starts here. */
  endOf(alphabet: Characters, from: number): number;
  /** The position of the first or second dot after this one; with 0, this position. */
  dot(count: number, from: number): number;
  /** Where the value starts after a name: after a quote, spaces, and `=` or `:`. */
  valueAfter(from: number): number | undefined;
  /** The position after the closing quote, or the end of the line; undefined if no quote is here. */
  endOfQuoted(from: number): number | undefined;
  /** The position after `… PRIVATE KEY-----`, if that is here. */
  privateKeyLabel(from: number): number | undefined;
  /** The position of the next `-----END `; infinite if there is none. */
  endMark(from: number): number;
  endOfKeyLines(from: number): number;
  steps(): number;
}

const maxBlanks = 64;

/** True if the text has a character of the alphabet at this position. */
function hasAt(text: string, alphabet: Characters, place: number): boolean {
  const code = text.charCodeAt(place);
  return code < 128 ? sets.get(alphabet)?.[code] === 1 : code >= 128 && openAlphabets.has(alphabet);
}

type Count = (steps: number) => void;

function createCursor(text: string): Cursor {
  let steps = 0;
  const count: Count = (more) => {
    steps += more;
  };
  const endOf = createRuns(text, count);
  const next = createSearches(text, count);
  return {
    at: (place) => text.charAt(place),
    has: (alphabet, place) => hasAt(text, alphabet, place),
    endOf,
    valueAfter: (from) => {
      const unquoted = /["']/.test(text.charAt(from)) ? from + 1 : from;
      const sign = endOf('space', unquoted);
      if (sign - unquoted > maxBlanks || !/[=:]/.test(text.charAt(sign))) return undefined;
      const value = endOf('space', sign + 1);
      return value - sign > maxBlanks ? undefined : value;
    },
    endOfQuoted: (from) => {
      const quote = text.charAt(from);
      if (quote !== '"' && quote !== "'") return undefined;
      const [line, close] = [next('\n', 0, from + 1), next(quote, 0, from + 1)];
      return close < line ? close + 1 : undefined;
    },
    dot: (wanted, from) => {
      let place = from;
      for (let depth = 0; depth < wanted; depth++) place = next('.', depth, depth === 0 ? from : place + 1);
      return place;
    },
    privateKeyLabel: (from) => {
      count(longestLabel);
      const label = /^(?:[A-Z0-9]+ ){0,8}PRIVATE KEY(?: BLOCK)?-----/.exec(text.slice(from, from + longestLabel))?.[0];
      return label === undefined ? undefined : from + label.length;
    },
    endMark: (from) => next('-----END ', 0, from),
    endOfKeyLines: (from) => findEndOfKeyLines(text, from, count),
    steps: () => steps,
  };
}

/** Walks each run of characters once: a position in a known run has the same end. */
function createRuns(text: string, count: Count): Cursor['endOf'] {
  const runs = new Map<Characters, { readonly from: number; readonly end: number }>();
  return (alphabet, from) => {
    const known = runs.get(alphabet);
    if (known !== undefined && from >= known.from && from <= known.end) return known.end;
    let end = from;
    while (end < text.length && hasAt(text, alphabet, end)) end++;
    count(end - from + 1);
    runs.set(alphabet, { from, end });
    return end;
  };
}

/**
 * Searches for short texts, and remembers the last match of each, so that searches from increasing positions read the
 * text only once.
 */
function createSearches(text: string, count: Count): (wanted: string, depth: number, from: number) => number {
  const last = new Map<string, { readonly from: number; readonly place: number }>();
  return (wanted, depth, from) => {
    if (from >= text.length) return Infinity;
    const key = `${depth}${wanted}`;
    const known = last.get(key);
    if (known !== undefined && from >= known.from && from <= known.place) return known.place;
    const found = text.indexOf(wanted, from);
    const place = found === -1 ? Infinity : found;
    count(Math.min(place, text.length) - from + 1);
    last.set(key, { from, place });
    return place;
  };
}

/** Lines with base64 in them, to its end. Each may have a prefix, such as a journal's; line breaks may be JSON's. */
function findEndOfKeyLines(text: string, from: number, count: Count): number {
  let end = from;
  for (let lines = 0; lines < maxKeyLines; lines++) {
    count(longestKeyLine);
    const [, lineBreak, content = ''] = /^(\r?\n|\\n)([^\n\\]*)/.exec(text.slice(end, end + longestKeyLine)) ?? [];
    const last = [...content.matchAll(/[A-Za-z0-9+/=]+/g)].findLast(([run]) => run.length >= minKeyRun);
    if (lineBreak === undefined || last === undefined) return end;
    end += lineBreak.length + last.index + last[0].length;
  }
  return end;
}
