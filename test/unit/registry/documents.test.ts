import { expect, test } from '@jest/globals';
import { parseOciIndex, parseOciManifest, parseTags } from '../../../src/registry/documents.js';
import { parseRetryAfter, toUrl } from '../../../src/registry/registry-client.js';

const digest = `sha256:${'a'.repeat(64)}`;
const config = { mediaType: 'application/vnd.oci.empty.v1+json', digest, size: 2 };
const manifest = { schemaVersion: 2, config, layers: [config] };
const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

test('a manifest may have fields that nobody knows', () => {
  expect(parseOciManifest(bytesOf({ ...manifest, other: 1 }), 'm')).toEqual(manifest);
});

test.each([
  ['not JSON', Buffer.from('{'), 'm is not JSON'],
  ['not UTF-8', Buffer.from([0xff]), 'm is not JSON'],
  ['an old schema', bytesOf({ ...manifest, schemaVersion: 1 }), 'schemaVersion'],
  ['a path as a digest', bytesOf({ ...manifest, layers: [{ ...config, digest: '../../x' }] }), 'layers[0].digest'],
  ['a weak digest', bytesOf({ ...manifest, config: { ...config, digest: 'md5:00' } }), 'config.digest'],
  ['a negative size', bytesOf({ ...manifest, config: { ...config, size: -1 } }), 'config.size'],
  [
    'a layer that no registry takes',
    bytesOf({ ...manifest, layers: [{ ...config, size: 11 * 1024 ** 3 }] }),
    'layers[0].size',
  ],
  [
    'a header in a media type',
    bytesOf({ ...manifest, config: { ...config, mediaType: 'a/b\r\nx: y' } }),
    'config.mediaType',
  ],
  ['too many layers', bytesOf({ ...manifest, layers: Array.from({ length: 8193 }, () => config) }), 'layers'],
  ['an array', bytesOf([]), 'm is not valid'],
])('rejects a manifest with %s', (_, bytes, message) => {
  expect(() => parseOciManifest(bytes, 'm')).toThrow(message);
});

test('lists of tags and referrers are checked too', () => {
  expect(parseTags(bytesOf({ name: 'a', tags: null }), 't')).toEqual([]);
  expect(parseTags(bytesOf({ name: 'a', tags: ['1', 'latest'] }), 't')).toEqual(['1', 'latest']);
  expect(() => parseTags(bytesOf({ tags: [1] }), 't')).toThrow('tags[0]');
  expect(() => parseOciIndex(bytesOf({ schemaVersion: 2, manifests: [{}] }), 'i')).toThrow('manifests[0]');
});

test('Retry-After is a number of seconds or a date', () => {
  const now = Date.parse('2026-11-23T06:00:00Z');
  expect(parseRetryAfter(null, now)).toBeUndefined();
  expect(parseRetryAfter('7', now)).toBe(7000);
  expect(parseRetryAfter('Mon, 23 Nov 2026 06:00:30 GMT', now)).toBe(30_000);
  expect(parseRetryAfter('Mon, 23 Nov 2020 06:00:30 GMT', now)).toBe(0);
  expect(parseRetryAfter('soon', now)).toBeUndefined();
  expect(parseRetryAfter('99999999', now)).toBeUndefined();
});

test('a URL of a registry is https, or where the registry is', () => {
  const far = { host: 'ghcr.io', origin: 'https://ghcr.io', name: 'a' };
  const near = { host: 'localhost:5000', origin: 'http://localhost:5000', name: 'a' };
  expect(toUrl(far, 'blobs/sha256:0').href).toBe('https://ghcr.io/v2/a/blobs/sha256:0');
  expect(toUrl(far, '/v2/a/x').href).toBe('https://ghcr.io/v2/a/x');
  expect(toUrl(far, 'https://uploads.example/x?state=1').href).toBe('https://uploads.example/x?state=1');
  expect(toUrl(near, '/v2/a/x').href).toBe('http://localhost:5000/v2/a/x');
  for (const bad of ['http://ghcr.io/x', 'file:///etc/passwd', 'https://me:pw@ghcr.io/x', 'ftp://x/', 'http://[::1]/x'])
    expect(() => toUrl(far, bad)).toThrow('unusable URL');
  expect(() => toUrl(near, 'http://localhost:5001/x')).toThrow('unusable URL');
  expect(() => toUrl(far, 'https://')).toThrow('invalid URL');
});
