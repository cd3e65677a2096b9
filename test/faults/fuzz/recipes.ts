import fc from 'fast-check';
import type { Parser } from './parser.js';

/** How to create an input. This is drawn, shrunk and printed. Positions count modulo the length. */
export interface Recipe {
  readonly start: Start;
  readonly changes: readonly Change[];
}

type Start =
  | { readonly case: number }
  | { readonly example: number }
  | { readonly bytes: Uint8Array }
  | { readonly text: string };

type Change =
  | { readonly change: 'flip'; readonly at: number; readonly bit: number }
  | {
      readonly change: 'integer';
      readonly at: number;
      readonly value: bigint;
      readonly size: 1 | 2 | 4 | 8;
      readonly bigEndian: boolean;
    }
  | { readonly change: 'cut'; readonly at: number; readonly length: number }
  | { readonly change: 'end'; readonly at: number }
  | { readonly change: 'insert'; readonly at: number; readonly text: string }
  | { readonly change: 'copy'; readonly at: number; readonly length: number; readonly to: number }
  /** A piece of it again and again; `keep` keeps what comes behind. */
  | {
      readonly change: 'pump';
      readonly at: number;
      readonly length: number;
      readonly size: number;
      readonly keep: boolean;
    }
  | { readonly change: 'json'; readonly at: number; readonly value: number }
  | { readonly change: 'json-nest' | 'json-double'; readonly at: number; readonly times: number };

/** As long as a real text may be, and long enough that quadratic work is noticed. */
const longInput = 200_000;

const integers = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0x8000n,
  0xffffn,
  0x10000n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 53n,
  (1n << 63n) - 1n,
  1n << 63n,
  (1n << 64n) - 1n,
];
const tokens = [
  '\n',
  '\r\n',
  '\n\n',
  '\t',
  ' ',
  '  ',
  '\0',
  '"',
  "'",
  '\\',
  '`',
  '$(id)',
  '%',
  '%s',
  '%zz',
  ',',
  ';',
  ':',
  '=',
  '/',
  '//',
  '../',
  '-',
  '--',
  '[',
  ']',
  '(',
  ')',
  '{',
  '}',
  '<',
  '>',
  '|',
  '#',
  '@',
  '0',
  '-1',
  '1.5',
  '1e400',
  '9'.repeat(30),
  '0x10',
  'NaN',
  'Infinity',
  'null',
  'true',
  '__proto__',
  'constructor',
  '\u001b[31m',
  '\u001b]0;x\u0007',
  '\u0085',
  '\u2028',
  '\u202e',
  '\ufeff',
  'é',
  '😀',
  '-----BEGIN ',
  'file:///etc/passwd',
];
const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  2 ** 53,
  -(2 ** 53),
  '',
  'x',
  '\n',
  '\u001b[31m',
  'x'.repeat(5000),
  '../../etc/passwd',
  '__proto__',
  '0',
  '1e400',
  'a'.repeat(64),
  [],
  {},
  [null],
  [[]],
  { '': '' },
  Object.fromEntries([['__proto__', 1]]),
  Array.from({ length: 1000 }, () => 0),
];

const place = fc.nat();
const small: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ change: fc.constant('flip'), at: place, bit: fc.integer({ min: 0, max: 7 }) }),
  fc.record({
    change: fc.constant('integer'),
    at: place,
    value: fc.constantFrom(...integers),
    size: fc.constantFrom(1, 2, 4, 8),
    bigEndian: fc.boolean(),
  }),
  fc.record({ change: fc.constant('cut'), at: place, length: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ change: fc.constant('end'), at: place }),
  fc.record({ change: fc.constant('insert'), at: place, text: fc.constantFrom(...tokens) }),
  fc.record({ change: fc.constant('copy'), at: place, length: fc.integer({ min: 1, max: 200 }), to: place }),
  fc.record({
    change: fc.constant('pump'),
    at: place,
    length: fc.integer({ min: 1, max: 60 }),
    size: fc.integer({ min: 2, max: 5000 }),
    keep: fc.boolean(),
  }),
);
const ofJson: fc.Arbitrary<Change> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ change: fc.constant('json'), at: place, value: fc.nat(values.length - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      change: fc.constantFrom('json-nest', 'json-double'),
      at: place,
      times: fc.integer({ min: 1, max: 500 }),
    }),
  },
);
const long: fc.Arbitrary<Change> = fc.record({
  change: fc.constant('pump'),
  at: place,
  length: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 60 })),
  size: fc.constant(longInput),
  keep: fc.boolean(),
});

/** Random inputs of the parser: bytes, texts, texts of its characters, and mostly almost valid ones. */
export function recipesFor({ examples }: Parser): fc.Arbitrary<Recipe> {
  const example = fc.record({ example: fc.nat(examples.length - 1) });
  const ownCharacters = [
    ...new Set(examples.flatMap((one) => Array.from(one.subarray(0, 4096), (byte) => String.fromCharCode(byte)))),
  ];
  const isJson = examples.some((one) => tryParse(one) !== undefined);
  return fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({
        start: fc.record({ bytes: fc.uint8Array({ maxLength: 1000 }) }),
        changes: fc.constant([]),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        start: fc.record({ text: fc.string({ unit: 'binary', maxLength: 500 }) }),
        changes: fc.constant([]),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        start: fc.record({ text: fc.string({ unit: fc.constantFrom(...ownCharacters), maxLength: 500 }) }),
        changes: fc.constant([]),
      }),
    },
    { weight: 6, arbitrary: fc.record({ start: example, changes: fc.array(small, { minLength: 1, maxLength: 6 }) }) },
    ...(isJson
      ? [
          {
            weight: 6,
            arbitrary: fc.record({ start: example, changes: fc.array(ofJson, { minLength: 1, maxLength: 4 }) }),
          },
        ]
      : []),
    { weight: 2, arbitrary: fc.record({ start: example, changes: fc.tuple(long) }) },
  );
}

/** Creates the input of a recipe. */
export function carryOut({ start, changes }: Recipe, { examples, cases }: Parser): Buffer {
  return changes.reduce(apply, begin(start, examples, cases));
}

function begin(start: Start, examples: readonly Buffer[], cases: readonly Buffer[]): Buffer {
  if ('case' in start) return cases[start.case] ?? Buffer.alloc(0);
  if ('example' in start) return examples[start.example] ?? Buffer.alloc(0);
  return 'bytes' in start ? Buffer.from(start.bytes) : Buffer.from(start.text);
}

function apply(input: Buffer, change: Change): Buffer {
  return isOfJson(change) ? applyToJson(input, change) : applyToBytes(input, change);
}

type JsonChange = Extract<Change, { readonly change: `json${string}` }>;

function isOfJson(change: Change): change is JsonChange {
  return change.change.startsWith('json');
}

function applyToBytes(input: Buffer, change: Exclude<Change, JsonChange>): Buffer {
  const at = findPlace(input, change.at);
  const piece = 'length' in change ? input.subarray(at, at + change.length) : input;
  switch (change.change) {
    case 'flip':
      return overwrite(input, at, Buffer.from([(input[at] ?? 0) ^ (1 << change.bit)]));
    case 'integer':
      return overwrite(input, at - (at % change.size), toBytes(change.value, change.size, change.bigEndian));
    case 'cut':
      return Buffer.concat([input.subarray(0, at), input.subarray(at + change.length)]);
    case 'end':
      return input.subarray(0, at);
    case 'insert':
      return Buffer.concat([input.subarray(0, at), Buffer.from(change.text), input.subarray(at)]);
    case 'copy':
      return overwrite(input, findPlace(input, change.to), piece);
    case 'pump':
      return Buffer.concat([
        input.subarray(0, at),
        Buffer.alloc(piece.length === 0 ? 0 : change.size, piece),
        change.keep ? input.subarray(at + change.length) : Buffer.alloc(0),
      ]);
  }
}

/** A binary file is mostly zeros, so three of four positions are at other bytes. */
function findPlace(input: Buffer, at: number): number {
  if (input.length === 0) return 0;
  const place = at % input.length;
  if (at % 4 === 0) return place;
  const next = input.subarray(place).findIndex((byte) => byte !== 0);
  return next === -1 ? place : place + next;
}

function overwrite(input: Buffer, at: number, piece: Buffer): Buffer {
  const changed = Buffer.from(input);
  piece.copy(changed, at);
  return changed;
}

function toBytes(value: bigint, size: 1 | 2 | 4 | 8, bigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  const cut = bytes.subarray(0, size);
  return bigEndian ? cut.reverse() : cut;
}

type Holder = Record<string | number, unknown>;

/** Changes one value of a JSON document. Anything else stays unchanged. */
function applyToJson(input: Buffer, change: JsonChange): Buffer {
  const document = { content: tryParse(input) };
  if (document.content === undefined) return input;
  const places = listPlaces(document);
  const [holder, key] = places[change.at % places.length]!;
  switch (change.change) {
    case 'json':
      holder[key] = values[change.value];
      break;
    case 'json-nest':
      for (let times = 0; times < change.times; times += 1)
        holder[key] = times % 2 === 0 ? [holder[key]] : { x: holder[key] };
      break;
    case 'json-double':
      holder[key] = Array.from({ length: change.times }, () => holder[key]);
  }
  return Buffer.from(JSON.stringify([document.content]).slice(1, -1));
}

function listPlaces(root: Holder): readonly (readonly [Holder, string])[] {
  const places: (readonly [Holder, string])[] = [];
  const open: Holder[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop()) {
    for (const [key, value] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof value === 'object' && value !== null) open.push(value as Holder);
    }
  }
  return places;
}

function tryParse(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
