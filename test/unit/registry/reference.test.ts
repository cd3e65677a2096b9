import { expect, test } from '@jest/globals';
import { parseRegistryAddress, tagPattern } from '../../../src/registry/reference.js';

test.each([
  ['oci://ghcr.io/org/ubuntu-base', { host: 'ghcr.io', origin: 'https://ghcr.io', name: 'org/ubuntu-base' }],
  ['OCI://GHCR.io/org/a/', { host: 'ghcr.io', origin: 'https://ghcr.io', name: 'org/a' }],
  ['oci://127.0.0.1:5000/a', { host: '127.0.0.1:5000', origin: 'http://127.0.0.1:5000', name: 'a' }],
  ['oci://localhost/a/b', { host: 'localhost', origin: 'http://localhost', name: 'a/b' }],
  ['oci://[::1]:5000/a', { host: '[::1]:5000', origin: 'http://[::1]:5000', name: 'a' }],
  ['oci://127.0.0.2:5000/a', { host: '127.0.0.2:5000', origin: 'https://127.0.0.2:5000', name: 'a' }],
  ['oci://localhost.example/a', { host: 'localhost.example', origin: 'https://localhost.example', name: 'a' }],
  ['oci://docker.io/org/a', { host: 'docker.io', origin: 'https://registry-1.docker.io', name: 'org/a' }],
])('%s', (address, expected) => {
  expect(parseRegistryAddress(address)).toEqual(expected);
});

test.each([
  'oci://ghcr.io',
  'oci://ghcr.io/',
  'oci:///a',
  'oci://ghcr.io/Org/a',
  'oci://ghcr.io/a//b',
  'oci://ghcr.io/../a',
  'oci://ghcr.io/a/../b',
  'oci://ghcr.io/a?x=1',
  'oci://ghcr.io/a#b',
  'oci://ghcr.io/a%2fb',
  'oci://ghcr.io:99999/a',
  'oci://gh cr.io/a',
  'oci://-x/a',
  `oci://ghcr.io/${'a'.repeat(201)}`,
])('rejects %s', (address) => {
  expect(() => parseRegistryAddress(address)).toThrow('invalid registry address');
});

test('a tag is not part of the address', () => {
  expect(() => parseRegistryAddress('oci://ghcr.io/org/a:3')).toThrow(
    expect.objectContaining({
      message: 'registry address "oci://ghcr.io/org/a:3" has a tag',
      fix: 'use oci://ghcr.io/org/a, and pass the version separately',
    }),
  );
});

test('no message quotes a password', () => {
  for (const address of ['oci://me:secret@ghcr.io/a', 'oci://me:secret@ghcr.io', 'oci://ghcr.io/a@sha256:secret'])
    expect(() => parseRegistryAddress(address)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
});

test('tags have no slash, no leading dot, and at most 128 characters', () => {
  for (const tag of ['3', 'latest', 'ch-golden.index', '_x', 'a'.repeat(128)]) expect(tag).toMatch(tagPattern);
  for (const tag of ['', '.x', '-x', 'a/b', 'a b', 'ä', 'a'.repeat(129)]) expect(tag).not.toMatch(tagPattern);
});
