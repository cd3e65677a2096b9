import { expect, test } from '@jest/globals';
import { formatDocument } from '../../../src/platform/document.js';
import { shortenId } from '../../../src/trust/dsse.js';
import { gitHubIssuer } from '../../../src/trust/github-identity.js';
import { createKeyPair, parsePublicKey } from '../../../src/trust/keys.js';
import {
  addIdentity,
  addKey,
  emptyPolicy,
  formatPolicy,
  formatVersionSigner,
  identityId,
  parsePolicy,
  removeTrusted,
  type TrustPolicy,
} from '../../../src/trust/policy.js';
import { createSigstoreAuthority } from '../../fixtures/sigstore-authority.js';

const [key, other] = [createKeyPair(), createKeyPair()].map(({ publicPem }) => parsePublicKey(publicPem, 'k')) as [
  ReturnType<typeof parsePublicKey>,
  ReturnType<typeof parsePublicKey>,
];
const identity = { issuer: gitHubIssuer, repository: 'https://github.com/acme/images', ref: 'refs/heads/main' };
const withKey = addKey(emptyPolicy, { key, uses: ['versions', 'index'], comment: 'CI' });

test('a policy survives its file', async () => {
  const { root } = await createSigstoreAuthority('private');
  const workflow = 'https://github.com/acme/workflows/.github/workflows/golden.yml@refs/tags/v1';
  const policy = addIdentity(addIdentity(withKey, identity), { ...identity, workflow, trustedRoots: [root] });
  const parsed = parsePolicy(formatPolicy(policy), 'p');
  expect(formatPolicy(parsed)).toEqual(formatPolicy(policy));
  expect(parsed.identities).toMatchObject([identity, { workflow, trustedRoots: [{ json: root.json }] }]);
});

test('what is added again replaces what was there, in its place', () => {
  const two = addKey(withKey, { key: other, uses: ['versions'] });
  expect(addKey(two, { key, uses: ['index'] }).keys).toEqual([
    { key, uses: ['index'] },
    { key: other, uses: ['versions'] },
  ]);
  expect(addIdentity(addIdentity(emptyPolicy, identity), { ...identity }).identities).toEqual([identity]);
  expect(addIdentity(addIdentity(emptyPolicy, identity), { ...identity, ref: 'refs/tags/*' }).identities).toHaveLength(
    2,
  );
});

test('keys and identities are removed by the start of their ids', () => {
  const policy = addIdentity(addKey(withKey, { key: other, uses: ['versions'] }), identity);
  expect(removeTrusted(policy, key.id.slice(0, 8)).keys).toEqual([{ key: other, uses: ['versions'] }]);
  expect(removeTrusted(policy, identityId(identity)).identities).toEqual([]);
  expect(removeTrusted(policy, 'g'.repeat(8))).toEqual(policy);
  expect(() => removeTrusted(policy, '')).toThrow('3 IDs start with');
});

test('signers are named for people', () => {
  expect(formatVersionSigner({ key: key.id })).toBe(`key ${shortenId(key.id)}`);
  expect(formatVersionSigner({ key: key.id, comment: 'CI' })).toBe(`key ${shortenId(key.id)} (CI)`);
});

const json = JSON.parse(formatPolicy(addIdentity(withKey, identity)).toString()) as {
  keys: [Record<string, unknown>];
  identities: [Record<string, unknown>];
};
const parse = (change: object): TrustPolicy => parsePolicy(formatDocument({ ...json, ...change }), 'p');
const withKeyField = (change: object): object => ({ keys: [{ ...json.keys[0], ...change }] });
const withIdentityField = (change: object): object => ({ identities: [{ ...json.identities[0], ...change }] });

test.each<[string, object, string]>([
  ['a newer schema', { schema: 2 }, 'p has schema 2, but this release supports 1'],
  ['no schema', { schema: undefined }, 'p is not valid: schema: Invalid input: expected 1'],
  [
    'the key under another id',
    withKeyField({ id: other.id }),
    `p: keys[0] has the ID ${shortenId(other.id)}, but its key has ${shortenId(key.id)}`,
  ],
  ['an id that is none', withKeyField({ id: 'x' }), 'p is not valid: keys[0].id: not a SHA-256 in hexadecimal digits'],
  ['a private key', withKeyField({ publicKey: createKeyPair().privatePem }), 'p: keys[0] is a private key'],
  ['a key that is none', withKeyField({ publicKey: 'x' }), 'p: keys[0] is not a key in PEM'],
  ['a key for nothing', withKeyField({ for: [] }), 'p is not valid: keys[0].for: must name each use once'],
  [
    'a key for something unknown',
    withKeyField({ for: ['everything'] }),
    'p is not valid: keys[0].for[0]: Invalid option: expected one of "versions"|"index"',
  ],
  ['a key twice', { keys: [json.keys[0], json.keys[0]] }, `p lists ${shortenId(key.id)} twice`],
  [
    'very many keys',
    { keys: Array.from({ length: 65 }, () => json.keys[0]) },
    'p is not valid: keys: more than 64 keys',
  ],
  [
    'a comment of two lines',
    withKeyField({ comment: 'a\nb' }),
    'p is not valid: keys[0].comment: not one line of text',
  ],
  [
    'an identity twice',
    { identities: [json.identities[0], json.identities[0]] },
    `p lists ${shortenId(identityId(identity))} twice`,
  ],
  [
    'an identity without a ref',
    withIdentityField({ ref: undefined }),
    'p is not valid: identities[0].ref: Invalid input: expected string, received undefined',
  ],
  ['any ref', withIdentityField({ ref: '*' }), 'p: identities[0]: invalid ref "*"'],
  ['any repository', withIdentityField({ repository: '*' }), 'p: identities[0]: invalid repository "*"'],
  ['any workflow', withIdentityField({ workflow: '*' }), 'p: identities[0]: invalid workflow "*"'],
  ['an issuer without https', withIdentityField({ issuer: 'http://x' }), 'p: identities[0]: invalid issuer "http://x"'],
  [
    'a root that is none',
    withIdentityField({ trustedRoots: [{}] }),
    'p: identities[0] is not a Sigstore trusted root: mediaType: Invalid input: expected string, received undefined',
  ],
  [
    'no root',
    withIdentityField({ trustedRoots: [] }),
    'p is not valid: identities[0].trustedRoots: must have 1 to 8 roots',
  ],
])('%s is rejected in one line', (_, change, message) => {
  expect(() => parse(change)).toThrow(expect.objectContaining({ name: 'Failure', message }));
});
