import { expect, test } from '@jest/globals';
import { compareDebianVersions } from '../../../src/apt/debian-version.js';
import { versionPairs } from '../../fixtures/debian-versions.js';

const signs = { '<': -1, '=': 0, '>': 1 } as const;

test.each(versionPairs)('%s %s %s', (a, order, b) => {
  expect(Math.sign(compareDebianVersions(a, b))).toBe(signs[order]);
  expect(Math.sign(compareDebianVersions(b, a))).toBe(0 - signs[order]);
});

test('a number of 400 digits does not break the order', () => {
  const versions = [`1.${'9'.repeat(400)}`, '1.5', `1.${'9'.repeat(399)}`];
  expect(versions.sort(compareDebianVersions)).toEqual(['1.5', `1.${'9'.repeat(399)}`, `1.${'9'.repeat(400)}`]);
});
