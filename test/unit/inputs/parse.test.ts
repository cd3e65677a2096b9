import { describe, expect, test } from '@jest/globals';
import {
  parseBoolean,
  parseChoice,
  parseDuration,
  parseEnvironment,
  parseInteger,
  parseSha256,
  parseSize,
  parseText,
  parseTolerance,
} from '../../../src/inputs/parse.js';
import { UsageError } from '../../../src/platform/errors.js';

const mebibyte = 1024 ** 2;
const range = { min: 64 * mebibyte, max: 16 * 1024 * mebibyte };

/** Values that no parser of a single word may accept. */
const hostile = [
  '',
  ' ',
  '-1',
  '+1',
  '1e3',
  '0x10',
  '1.5',
  '١',
  '10 G',
  'G',
  '--help',
  'true\nfalse',
  '$(id)',
  '`id`',
  "'",
  '"',
  'NaN',
  'Infinity',
  '\0',
  'x'.repeat(1024 ** 2),
];

function catchError(work: () => unknown): UsageError {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return error as UsageError;
  }
  throw new Error('it was accepted');
}

describe('a boolean', () => {
  test.each([
    ['true', true],
    ['True', true],
    ['false', false],
    ['FALSE', false],
  ])('%s', (value, expected) => {
    expect(parseBoolean('summary', value)).toBe(expected);
  });
  test.each([...hostile, 'yes', '1', 'truе'])('is not %j', (value) => {
    expect(catchError(() => parseBoolean('summary', value)).fix).toBe('use true or false');
  });
});

describe('a tolerance', () => {
  test.each([
    ['warn=50%', { part: 0.5, otherwise: 'warn' }],
    ['fail=200%', { part: 2, otherwise: 'fail' }],
    ['none', undefined],
  ])('%s', (value, expected) => {
    expect(parseTolerance('boot-time-tolerance', value)).toEqual(expected);
  });
  test.each([...hostile, '50%', 'warn=0%', 'warn=50', 'warn=99999%', 'fail'])('is not %j', (value) => {
    expect(catchError(() => parseTolerance('boot-time-tolerance', value)).fix).toBe(
      'use none, or a percentage such as warn=50% or fail=50%',
    );
  });
});

describe('a choice', () => {
  test('is one of its values', () =>
    expect(parseChoice('layout', 'layered', ['flattened', 'layered'])).toBe('layered'));
  test.each([...hostile, 'Layered', 'toString'])('is not %j', (value) => {
    const error = catchError(() => parseChoice('layout', value, ['flattened', 'layered']));
    expect(error.message).toMatch(/^invalid layout ".*"$/s);
    expect(error.fix).toBe('use flattened or layered');
  });
});

describe('a whole number', () => {
  test.each([
    ['1', 1],
    ['65535', 65535],
    ['0080', 80],
  ])('%s', (value, expected) => expect(parseInteger('port', value, { min: 1, max: 65535 })).toBe(expected));
  test.each([...hostile, '0', '65536', '9'.repeat(16)])('is not %j', (value) => {
    expect(catchError(() => parseInteger('port', value, { min: 1, max: 65535 })).fix).toBe(
      'use a whole number from 1 to 65535',
    );
  });
});

describe('a size', () => {
  test.each([
    ['10G', 10 * 1024 * mebibyte],
    ['64M', 64 * mebibyte],
    ['10GiB', 10 * 1024 * mebibyte],
    ['134217728', 128 * mebibyte],
    ['131072K', 128 * mebibyte],
  ])('%s', (value, expected) => {
    expect(parseSize('disk-size', value, range)).toBe(expected);
  });
  test.each([...hostile, '63M', '17G', '10GB', '10g', '134217729', '0', '999999999999999T'])('is not %j', (value) => {
    expect(catchError(() => parseSize('disk-size', value, range)).fix).toBe(
      'use whole mebibytes such as 10G or 512M, from 64 MiB to 16 GiB',
    );
  });
});

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['24h', 86_400_000],
  ])('%s', (value, expected) => expect(parseDuration('smoke-timeout', value)).toBe(expected));
  test.each([...hostile, '5', '5M', '0s', '25h', '5m30s', '999999h'])('is not %j', (value) => {
    expect(catchError(() => parseDuration('smoke-timeout', value)).fix).toBe(
      'use a duration such as 90s, 5m or 1h, up to 24h',
    );
  });
});

describe('a SHA-256', () => {
  test('has 64 digits, which are converted to lower case', () =>
    expect(parseSha256('base-sha256', 'AB'.repeat(32))).toBe('ab'.repeat(32)));
  test('can be left out', () => expect(parseSha256('base-sha256', '')).toBeUndefined());
  test.each([...hostile.slice(1), 'a'.repeat(63), 'a'.repeat(65), 'g'.repeat(64)])('is not %j', (value) => {
    expect(catchError(() => parseSha256('base-sha256', value)).fix).toBe('use 64 hexadecimal digits');
  });
});

describe('a text', () => {
  test('is any one line', () => expect(parseText('daemon-source', 'a "b" $c ü 日本')).toBe('a "b" $c ü 日本'));
  test('can be left out', () => expect(parseText('daemon-source', '')).toBeUndefined());
  test.each(['a\nb', 'a\rb', '\0', '\t', '\x1b[2J', '\x7f', '\x9b2J', 'a\u2028b', 'x'.repeat(4097)])(
    'is not %j',
    (value) => {
      expect(catchError(() => parseText('daemon-source', value)).fix).toBe('use one line without control characters');
    },
  );
});

describe('a rejected value is shown', () => {
  test.each([
    ['\x1b[2J\r\n::error::x', '"\\u001b[2J\\r\\n::error::x"'],
    ['\x9b\u202e\u2066\u2028', '"\\u009b\\u202e\\u2066\\u2028"'],
    ['x'.repeat(61), `"${'x'.repeat(60)}…"`],
  ])('%j, escaped', (value, shown) => {
    expect(catchError(() => parseInteger('keep', value, { min: 2, max: 9 })).message).toBe(`invalid keep ${shown}`);
  });
});

describe('lines for the unit', () => {
  test('are trimmed; empty ones are ignored', () => {
    expect(parseEnvironment('daemon-env', '\r\n A=1\r\n\n  _b2=x y=z \n')).toEqual(['A=1', '_b2=x y=z']);
  });
  test.each(['A=', 'A="quoted" \'too\' and \\', 'A=$HOME ${x} `id`', 'A=%H-%i', 'A=100%%', 'A=%%%H', 'A=ü'])(
    'can be %s',
    (line) => {
      expect(parseEnvironment('daemon-env', line)).toEqual([line]);
    },
  );
  test.each([
    ['A', 'daemon-env has a line that is not KEY=VALUE'],
    ['=secret', 'daemon-env has a line that is not KEY=VALUE'],
    ['1A=secret', 'daemon-env has a line that is not KEY=VALUE'],
    ['A B=secret', 'daemon-env has a line that is not KEY=VALUE'],
    ['Ä=secret', 'daemon-env has a line that is not KEY=VALUE'],
    ['[Service]', 'daemon-env has a line that is not KEY=VALUE'],
    ['A=1\nsecret', 'daemon-env has a line that is not KEY=VALUE'],
    ['A=secret\rExecStart=/bin/sh', 'daemon-env: the value of A has control characters'],
    ['A=secret\0x', 'daemon-env: the value of A has control characters'],
    ['A=secret\u2028x', 'daemon-env: the value of A has control characters'],
    ['A=secret%', 'daemon-env: the value of A has a % that does not start a systemd specifier'],
    ['A=secret%z', 'daemon-env: the value of A has a % that does not start a systemd specifier'],
    ['A=secret%%%', 'daemon-env: the value of A has a % that does not start a systemd specifier'],
    ['A=1\nA=secret', 'daemon-env sets A twice'],
    [`A=${'x'.repeat(65536)}`, 'daemon-env is too long'],
  ])('are not %j, and the message contains no value', (value, message) => {
    const error = catchError(() => parseEnvironment('daemon-env', value));
    expect(error.message).toBe(message);
    expect(error.fix).toBeDefined();
    expect(`${error.message} ${error.fix ?? ''}`).not.toContain('secret');
  });
});
