import { describe, expect, test } from '@jest/globals';
import {
  estimateCache,
  estimateWork,
  checkSpace,
  type SpaceNeeds,
  type SpacePart,
} from '../../../../../src/app/doctor/checks/disk-space.js';

const mebibyte = 1024 ** 2;
const needs: SpaceNeeds = {
  base: 'ubuntu',
  diskSize: 10 * 1024 * mebibyte,
  layout: 'flattened',
  isCompressed: true,
  clones: 2,
  copied: false,
};
const inMebibytes = (parts: readonly SpacePart[]): unknown =>
  Object.fromEntries(parts.map(({ what, bytes }) => [what, bytes / mebibyte]));
const work = (change: Partial<SpaceNeeds>): unknown => inMebibytes(estimateWork({ ...needs, ...change }));

describe('the estimate', () => {
  test('of a usual build', () => expect(work({})).toEqual({ 'the edits': 512, 'the image': 1536, '2 smoke VMs': 512 }));
  test('depends on the base if its size is known', () =>
    expect(work({ baseSize: 300 * mebibyte })).toMatchObject({ 'the image': 812 }));
  test('of a layered image has no copy of the base', () =>
    expect(work({ layout: 'layered' })).toEqual({ 'the edits': 512, '2 smoke VMs': 512 }));
  test('of an uncompressed one', () => expect(work({ isCompressed: false })).toMatchObject({ 'the image': 4608 }));
  test('is no larger than the disk', () => {
    expect(work({ isCompressed: false, diskSize: 1024 * mebibyte })).toMatchObject({ 'the image': 1536 });
    expect(work({ baseSize: 4096 * mebibyte, diskSize: 2048 * mebibyte })).toMatchObject({ 'the image': 2560 });
  });
  test('of a smoke test of copies, and of none', () => {
    expect(work({ copied: true })).toMatchObject({ 'an uncompressed copy for the smoke test': 4608 });
    expect(work({ copied: true, clones: 0 })).toEqual({ 'the edits': 512, 'the image': 1536 });
  });
  test.each([
    ['path', {}],
    ['bootstrap', { 'a base built from packages': 4096 }],
    ['ubuntu', { 'a downloaded base': 1024 }],
    ['url', { 'a downloaded base': 1024 }],
  ] as const)('of the cache for %s', (base, expected) =>
    expect(inMebibytes(estimateCache({ ...needs, base }))).toEqual(expected),
  );
});

describe('a directory', () => {
  const parts = [
    { what: 'the image', bytes: 600 * mebibyte },
    { what: '2 smoke VMs', bytes: 400 * mebibyte },
  ];
  const check = (free: number): unknown => checkSpace('work directory', '/work', { free: free * mebibyte }, parts);
  test('with enough', () =>
    expect(check(1000)).toEqual({
      name: 'work directory',
      state: 'ok',
      text: '1000 MiB free in /work; a build uses up to 1000 MiB (the image 600 MiB, 2 smoke VMs 400 MiB)',
    }));
  test('with less than the estimate', () =>
    expect(check(999)).toMatchObject({
      state: 'warning',
      text: expect.stringMatching(/^only 999 MiB free in \/work; a build uses up to 1000 MiB/),
      fix: expect.stringContaining('set work-folder to another directory'),
    }));
  test('with less than half of it', () => {
    expect(check(500)).toMatchObject({ state: 'warning' });
    expect(check(499)).toMatchObject({ state: 'broken' });
  });
  test('that nothing is written to', () =>
    expect(checkSpace('cache directory', '/c', { free: 0 }, [])).toEqual({
      name: 'cache directory',
      state: 'ok',
      text: '0 B free in /c',
    }));
  test('that cannot be used', () =>
    expect(checkSpace('cache directory', '/c', { problem: 'EACCES' }, [])).toEqual({
      name: 'cache directory',
      state: 'broken',
      text: '/c is not usable: EACCES',
      fix: 'sudo install -d -o "$USER" /c   # or set cache-folder to another directory',
    }));
});
