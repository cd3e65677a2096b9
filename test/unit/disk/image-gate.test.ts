import { describe, expect, test } from '@jest/globals';
import { findLayeredProblem, findStandaloneProblem } from '../../../src/disk/image-gate.js';
import { parseQcow2Header, type Qcow2Header } from '../../../src/disk/qcow2-header.js';
import { makeQcow2Header, qcow2Extension, type Qcow2Parts } from '../../fixtures/qcow2-bytes.js';

const read = (parts: Qcow2Parts): Qcow2Header =>
  parseQcow2Header(Buffer.concat([makeQcow2Header(parts), Buffer.alloc(64)]));
const base = `../images/${'a'.repeat(64)}.qcow2`;
const layered: Qcow2Parts = { backingFile: base, extensions: [[qcow2Extension.backingFormat, 'qcow2']] };
const backing = { file: base, format: 'qcow2' } as const;

/** Invalid in both kinds of images. */
const parts: readonly (readonly [string, Qcow2Parts, string])[] = [
  ['an external data file', { incompatible: 4n }, 'with an external data file'],
  [
    'the name of a data file',
    { extensions: [[qcow2Extension.externalData, '/dev/sda']] },
    'with an external data file',
  ],
  ['encryption by AES', { encryption: 1 }, 'that is encrypted'],
  ['encryption by LUKS', { encryption: 2 }, 'that is encrypted'],
  ['a snapshot', { snapshots: 1 }, 'with internal snapshots'],
  ['2^32-1 snapshots', { snapshots: 0xffffffff }, 'with internal snapshots'],
  ['bitmaps', { extensions: [[qcow2Extension.bitmaps, Buffer.alloc(24)]], autoclear: 1n }, 'with bitmaps'],
  ['the corrupt mark', { incompatible: 2n }, 'that is marked corrupt'],
  ['extended L2 entries', { incompatible: 16n }, 'with extended L2 entries'],
  ['an unknown feature', { incompatible: 32n }, 'with unknown features (0x20)'],
];

describe('a standalone image', () => {
  test.each<readonly [string, Qcow2Parts]>([
    ['as plain as can be', {}],
    ['of version 2', { version: 2 }],
    ['not closed cleanly', { incompatible: 1n }],
    ['with names of features', { extensions: [[qcow2Extension.featureNames, 'x']] }],
  ])('%s passes', (_, image) => {
    expect(findStandaloneProblem(read(image))).toBeUndefined();
  });

  test.each([
    ...parts,
    ['a backing file', layered, 'with a backing file'] as const,
    ['a backing file without a name', { backingFile: '' }, 'with a backing file'] as const,
  ])('with %s does not', (_, image, problem) => {
    expect(findStandaloneProblem(read(image))).toBe(problem);
  });
});

describe('a layered image', () => {
  test('on its base passes, whatever the format of the base', () => {
    expect(findLayeredProblem(read(layered), backing)).toBeUndefined();
    expect(
      findLayeredProblem(read({ backingFile: base, extensions: [[qcow2Extension.backingFormat, 'raw']] }), {
        file: base,
        format: 'raw',
      }),
    ).toBeUndefined();
  });

  test.each(parts)('with %s does not', (_, image, problem) => {
    expect(
      findLayeredProblem(
        read({ ...layered, ...image, extensions: [...layered.extensions!, ...(image.extensions ?? [])] }),
        backing,
      ),
    ).toBe(problem);
  });

  test.each([
    '/dev/sda',
    '/etc/shadow',
    base.slice(3),
    `./${base}`,
    `../images/${'b'.repeat(64)}.qcow2`,
    `${base}/../x`,
    `file:${base}`,
    'json:{"driver":"raw"}',
    'nbd://127.0.0.1:1/x',
    'https://example.org/x',
    `${base}\u0000`,
    '',
  ])('over %j does not', (backingFile) => {
    expect(findLayeredProblem(read({ ...layered, backingFile }), backing)).toBe(
      `with a backing file other than "${base}"`,
    );
  });

  test.each<readonly [string, Qcow2Parts, string]>([
    ['no backing file', {}, 'without a backing file, although its version is layered'],
    ['no backing format', { backingFile: base }, 'that does not state the format of its backing file'],
    [
      'another backing format',
      { backingFile: base, extensions: [[qcow2Extension.backingFormat, 'raw']] },
      'with a backing format "raw" instead of qcow2',
    ],
    [
      'a backing format that is none',
      { backingFile: base, extensions: [[qcow2Extension.backingFormat, 'qcow2\u0000']] },
      'with a backing format "qcow2\\u0000" instead of qcow2',
    ],
    [
      'a backing format of a network',
      { backingFile: base, extensions: [[qcow2Extension.backingFormat, 'nbd']] },
      'with a backing format "nbd" instead of qcow2',
    ],
  ])('with %s does not', (_, image, problem) => {
    expect(findLayeredProblem(read(image), backing)).toBe(problem);
  });
});
