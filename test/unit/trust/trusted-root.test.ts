import { beforeAll, expect, test } from '@jest/globals';
import { getPublicRoots, parseTrustedRoots } from '../../../src/trust/trusted-root.js';
import { createSigstoreAuthority, type Json } from '../../fixtures/sigstore-authority.js';

let root: Json;
beforeAll(async () => {
  root = (await createSigstoreAuthority('private')).rootJson;
});

test('the public one is part of the program', () => {
  const [found, ...others] = getPublicRoots();
  expect(others).toEqual([]);
  expect(found!.material.tlogs.map(({ baseURL }) => baseURL)).toContain('https://rekor.sigstore.dev');
  expect(found!.material.certificateAuthorities.length).toBeGreaterThan(0);
});

test('a file has one, on one line or several, or one on each line', () => {
  expect(parseTrustedRoots(JSON.stringify(root), 'r')).toHaveLength(1);
  expect(parseTrustedRoots(JSON.stringify(root, null, 2), 'r')[0]!.json).toEqual(root);
  expect(parseTrustedRoots(`${JSON.stringify(root)}\n${JSON.stringify(root)}\n\n`, 'r')).toHaveLength(2);
});

test.each<[string, () => string, string]>([
  ['nothing', () => '', 'r has 0 trusted roots (must be 1 to 8)'],
  ['very many', () => `${JSON.stringify(root)}\n`.repeat(9), 'r has 9 trusted roots (must be 1 to 8)'],
  ['huge', () => ' '.repeat(256 * 1024 + 1), 'r has more than 262144 characters'],
  ['text', () => 'x', 'r is not a Sigstore trusted root: line 1 is not JSON'],
  [
    'a truncated second line',
    () => `${JSON.stringify(root)}\n{"mediaType":`,
    'r is not a Sigstore trusted root: line 2 is not JSON',
  ],
  [
    'another document',
    () => '{"mediaType":"application/json"}',
    'r is not a Sigstore trusted root: mediaType: not the media type of a Sigstore trusted root',
  ],
  ['a list', () => '[]', 'r is not a Sigstore trusted root: Invalid input: expected object, received array'],
  [
    'no authority',
    () => JSON.stringify({ ...root, certificateAuthorities: [] }),
    'r is not a Sigstore trusted root: certificateAuthorities: must not be empty',
  ],
  [
    'nobody who vouches for the time',
    () => JSON.stringify({ ...root, timestampAuthorities: [] }),
    'r is not a Sigstore trusted root: has no log and no timestamp authority',
  ],
  [
    'an authority without a certificate',
    () => JSON.stringify({ ...root, certificateAuthorities: [{}] }),
    'r is not a Sigstore trusted root: malformed key or certificate',
  ],
  [
    'a certificate that is none',
    () =>
      JSON.stringify({ ...root, certificateAuthorities: [{ certChain: { certificates: [{ rawBytes: 'AAAA' }] } }] }),
    'r is not a Sigstore trusted root: malformed key or certificate',
  ],
])('%s is rejected in one line', (_, make, message) => {
  expect(() => parseTrustedRoots(make(), 'r')).toThrow(expect.objectContaining({ name: 'Failure', message }));
});
