import { describe, expect, test } from '@jest/globals';
import { UsageError } from '../../../src/platform/errors.js';
import {
  parseChannelName,
  parseImageName,
  documentKey,
  fileKey,
  indexKey,
  isBaseName,
  isStagedKey,
  isVersionKey,
  probeKey,
  tryParseVersion,
  versionFileName,
} from '../../../src/store/names.js';

describe('image names', () => {
  test.each(['ubuntu-base', 'ubuntu-base.x', 'a', '5', 'noble_24.gpu-2'])('%j is allowed', (name) => {
    expect(parseImageName(name)).toBe(name);
  });

  // `ubuntu-base.5.1.qcow2` of an image `ubuntu-base.5` would be a file of version 5 of `ubuntu-base`.
  test.each([
    '',
    '.',
    'ubuntu-base.5',
    'a.',
    '.a',
    'a..b',
    'A',
    'a/b',
    '../a',
    'a b',
    '-a',
    'a\n',
    'ä',
    'x'.repeat(101),
  ])('%j is refused', (name) => {
    expect(() => parseImageName(name)).toThrow(UsageError);
  });
});

test.each(['', '5', '__proto__', 'a_b', 'A', 'a/b'])('channel name %j is refused', (name) => {
  expect(() => parseChannelName(name)).toThrow(UsageError);
});

test('keys are laid out as the guide has them', () => {
  expect(indexKey('ubuntu-base')).toBe('snapshots/ubuntu-base.index.json');
  expect(documentKey('ubuntu-base', 3, 'claim')).toBe('snapshots/ubuntu-base.3.claim');
  expect(documentKey('ubuntu-base', 3, 'manifest.json')).toBe('snapshots/ubuntu-base.3.manifest.json');
  expect(fileKey({ role: 'image', name: versionFileName('ubuntu-base', 3, 'image') })).toBe(
    'snapshots/ubuntu-base.3.qcow2',
  );
  expect(fileKey({ role: 'kernel', name: versionFileName('ubuntu-base', 3, 'kernel') })).toBe(
    'snapshots/ubuntu-base.3.vmlinuz',
  );
  expect(fileKey({ role: 'initramfs', name: versionFileName('ubuntu-base', 3, 'initramfs') })).toBe(
    'snapshots/ubuntu-base.3.initramfs',
  );
  expect(fileKey({ role: 'base', name: 'abc.qcow2' })).toBe('images/abc.qcow2');
});

test.each([
  ['snapshots/ubuntu-base.3.claim', 3],
  ['snapshots/ubuntu-base.10.qcow2', 10],
  ['snapshots/ubuntu-base.999999999.anything', 999_999_999],
  ['snapshots/ubuntu-base.index.json', undefined],
  ['snapshots/ubuntu-base.x.3.claim', undefined],
  ['snapshots/ubuntu-base-x.3.claim', undefined],
  ['snapshots/ubuntu-base.3', undefined],
  ['snapshots/ubuntu-base.03.claim', undefined],
  ['snapshots/ubuntu-base.0.claim', undefined],
  ['snapshots/ubuntu-base.-1.claim', undefined],
  ['snapshots/ubuntu-base.99999999999999999999.claim', undefined],
  ['images/ubuntu-base.3.claim', undefined],
])('the version of ubuntu-base in %s is %s', (key, version) => {
  expect(tryParseVersion('ubuntu-base', key)).toBe(version);
});

test.each([
  ['abc.qcow2', true],
  ['abc.raw', true],
  ['abc.img', true],
  ['abc', false],
  ['abc.', false],
  ['abcd.img', false],
  ['abc.a/b', false],
  ['abc..', false],
])('%s can be the name of a base with SHA-256 abc: %s', (name, can) => {
  expect(isBaseName(name, 'abc')).toBe(can);
});

test.each([
  'snapshots/ubuntu-base.3.qcow2',
  'snapshots/ubuntu-base.gpu.3.vmlinuz',
  'snapshots/a.999999999.initramfs',
  `images/${'0a'.repeat(32)}.qcow2`,
  probeKey('ubuntu-base', '1796105389000-3f0c-complete'),
])('%s can be staged by us', (key) => {
  expect(isStagedKey(key)).toBe(true);
});

test.each([
  '',
  'snapshots/ubuntu-base.3.claim',
  'snapshots/ubuntu-base.3.manifest.json',
  'snapshots/ubuntu-base.index.json',
  'snapshots/ubuntu-base.qcow2',
  'snapshots/ubuntu-base.5.3.qcow2',
  'snapshots/Ubuntu.3.qcow2',
  'snapshots/db/a.3.qcow2',
  'snapshots/ubuntu-base.3.qcow2.gz',
  'snapshots/nightly-dump',
  'x/snapshots/a.3.qcow2',
  'images/holiday.jpg',
  'images/abc.qcow2',
  `images/${'0a'.repeat(32)}`,
  `images/x/${'0a'.repeat(32)}.img`,
  'snapshots/ubuntu-base.probe-x',
])('%j is staged by others', (key) => {
  expect(isStagedKey(key)).toBe(false);
});

test.each([
  ['claim', true],
  ['qcow2', true],
  ['spdx.json', true],
  ['manifest.json', true],
  ['qcow2~', false],
  ['notes', false],
  ['', false],
])('of what begins as the keys of version 5 do, %j is one of them: %s', (suffix, is) => {
  expect(isVersionKey('a', 5, `snapshots/a.5.${suffix}`)).toBe(is);
  expect(isVersionKey('a', 6, `snapshots/a.5.${suffix}`)).toBe(false);
});
