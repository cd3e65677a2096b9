import { expect, test } from '@jest/globals';
import { fingerprintImage, type ImageIngredients } from '../../../../src/app/build/fingerprint.js';
import { planImage } from '../../../../src/app/build/plan-image.js';

const daemon = { path: '/run-1/daemon', sha256: 'd'.repeat(64) };
const ingredients: ImageIngredients = {
  base: { sha256: 'b'.repeat(64) },
  edits: planImage(daemon, ['A=1']),
  layout: 'flattened',
  compression: 'auto',
  diskSize: 10 * 1024 ** 3,
};

test('equal ingredients have the same fingerprint, wherever their files are', () => {
  const moved = { ...ingredients, edits: planImage({ ...daemon, path: '/run-2/daemon' }, ['A=1']) };
  expect(fingerprintImage(moved)).toBe(fingerprintImage(ingredients));
  expect(fingerprintImage(ingredients)).toMatch(/^[0-9a-f]{64}$/);
});

test.each<[string, Partial<ImageIngredients>]>([
  ['base', { base: { sha256: 'c'.repeat(64) } }],
  ['daemon', { edits: planImage({ ...daemon, sha256: 'e'.repeat(64) }, ['A=1']) }],
  ['environment', { edits: planImage(daemon, ['A=2']) }],
  ['package', { edits: planImage(daemon, ['A=1'], [{ kind: 'install', packages: ['curl'] }]) }],
  ['upgrade', { edits: planImage(daemon, ['A=1'], [{ kind: 'upgrade', scope: 'all' }]) }],
  [
    'script',
    { edits: planImage(daemon, ['A=1'], [{ kind: 'run', name: 'x', script: { file: '/x', sha256: 'f'.repeat(64) } }]) },
  ],
  ['layout', { layout: 'layered' }],
  ['compression', { compression: 'zstd' }],
  ['disk size', { diskSize: 11 * 1024 ** 3 }],
])('a different %s changes the fingerprint', (_, change) => {
  expect(fingerprintImage({ ...ingredients, ...change })).not.toBe(fingerprintImage(ingredients));
});

test('the content of a script counts, not its path', () => {
  const withScript = (file: string, sha256: string): string =>
    fingerprintImage({
      ...ingredients,
      edits: planImage(daemon, ['A=1'], [{ kind: 'run', name: 'x', script: { file, sha256 } }]),
    });
  expect(withScript('/a/x', 'f'.repeat(64))).toBe(withScript('/b/x', 'f'.repeat(64)));
  expect(withScript('/a/x', 'f'.repeat(64))).not.toBe(withScript('/a/x', 'e'.repeat(64)));
});
