import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelReport } from '../../../src/app/channel-report.js';
import { runChannelOperation } from '../../../src/app/move-channel.js';
import { readChannelInputs } from '../../../src/inputs/channel-inputs.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { openStore } from '../../../src/objects/open-store.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { signatureKey } from '../../../src/store/names.js';
import type { PublishedVersion } from '../../../src/store/publish-version.js';
import { signVersion } from '../../../src/store/sign-version.js';
import type { Signer } from '../../../src/store/signer.js';
import { readIndex } from '../../../src/store/index/update-index.js';
import { immutableBy } from '../../../src/store/write-once.js';
import { attestSubjects, testWorkflow } from '../../fixtures/attest-manifest.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestSession } from '../../fixtures/session.js';
import { createTestSigner } from '../../fixtures/signer.js';
import { createSigstoreAuthority, type SigstoreAuthority } from '../../fixtures/sigstore-authority.js';
import { builder } from '../../fixtures/version-parts.js';

const [signer, otherSigner] = [createTestSigner(), createTestSigner()];
const session = createTestSession();
let root: string;
let store: ObjectStore;
let published: PublishedVersion;
let authority: SigstoreAuthority;
let stranger: SigstoreAuthority;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'promote-verified-'));
  store = openStore({ address: join(root, 'store') }, session);
  // The index is signed, the version is not yet.
  published = await publishTestVersion(store, {}, signer);
  await removeSignatures();
  [authority, stranger] = [await createSigstoreAuthority('public'), await createSigstoreAuthority('public')];
  await writeFile(join(root, 'trusted-root.json'), JSON.stringify(authority.rootJson));
});
afterAll(async () => rm(root, { recursive: true }));
afterEach(async () => removeSignatures());

async function removeSignatures(): Promise<void> {
  await store.deleteMany([signatureKey(image, 1, 'keys'), signatureKey(image, 1, 'github')]);
}

const sign = async ({ key }: Signer, manifestSha256 = published.manifestSha256): Promise<unknown> =>
  signVersion({ image, version: 1, manifestSha256, owner: 'tester' }, { ...session, store, key });

interface Attest {
  readonly by?: SigstoreAuthority;
  readonly signer?: Partial<typeof testWorkflow> | Readonly<Record<string, string>>;
  readonly sha256?: string;
}

const attest = async ({ by = authority, signer: change = {}, sha256 = published.manifestSha256 }: Attest = {}) => {
  const run = { ...testWorkflow, ...change };
  const bundle = await attestSubjects(by, [{ name: `${image}.1.manifest.json`, sha256 }], undefined, run);
  await store.createOnly(signatureKey(image, 1, 'github'), bundle, immutableBy('tester'));
};

const promote = async (inputs: Readonly<Record<string, string>>): Promise<ChannelReport> => {
  const given = { operation: 'promote', version: 'latest', store: join(root, 'store'), ...inputs };
  const read = readChannelInputs((name) => (given as Record<string, string>)[name] ?? '');
  return runChannelOperation(read, { ...session, signer, builder, directories: { work: join(root, 'work') } });
};

const byKey = { 'require-signature': 'true', 'sign-key': 'golden.key' };
const byWorkflow = (): Readonly<Record<string, string>> => ({
  repository: 'acme/images',
  workflow:
    'daytona/ch-golden-action/.github/workflows/golden-image.yml acme/images/.github/workflows/golden-image.yml',
  'trusted-root': join(root, 'trusted-root.json'),
});

describe('a channel is not moved', () => {
  const other = '0'.repeat(64);
  const cases: readonly (readonly [string, () => Promise<unknown>, 'key' | 'workflow' | 'both', RegExp])[] = [
    ['to an unsigned version', async () => Promise.resolve(), 'key', /is not signed; expected: a signature by key/],
    ['to a version that another key signed', async () => sign(otherSigner), 'key', /signature of ubuntu-base\.1/],
    [
      'with the signature of another manifest',
      async () => sign(signer, other),
      'key',
      /the signature of ubuntu-base\.1/,
    ],
    ['to a version that is attested only', async () => attest(), 'key', /is signed by a GitHub workflow only/],
    ['to a version that nobody attested', async () => sign(signer), 'workflow', /is signed by a key only/],
    [
      'to a version of another repository',
      async () => attest({ signer: { repository: 'https://github.com/mallory/images' } }),
      'workflow',
      /mallory/,
    ],
    [
      'to a version of another ref',
      async () => attest({ signer: { ref: 'refs/heads/feature' } }),
      'workflow',
      /refs\/heads\/feature/,
    ],
    [
      'to a version of another workflow',
      async () =>
        attest({
          signer: { workflow: 'https://github.com/acme/images/.github/workflows/other.yml@refs/heads/main' },
        }),
      'workflow',
      /other\.yml/,
    ],
    [
      'with a bundle of another Sigstore instance',
      async () => attest({ by: stranger }),
      'workflow',
      /the attestation of ubuntu-base\.1/,
    ],
    [
      'with the bundle of another manifest',
      async () => attest({ sha256: other }),
      'workflow',
      /the attestation of ubuntu-base\.1/,
    ],
    [
      'with a forged bundle',
      async () => store.createOnly(signatureKey(image, 1, 'github'), Buffer.from('{}'), immutableBy('tester')),
      'workflow',
      /the attestation of ubuntu-base\.1/,
    ],
    ['to a version that only one of two signed', async () => sign(signer), 'both', /is signed by a key only/],
  ];
  test.each(cases)('%s', async (_, prepare, required, message) => {
    await prepare();
    const inputs = {
      ...(required === 'workflow' ? {} : byKey),
      ...(required === 'key' ? {} : byWorkflow()),
    };
    await expect(promote(inputs)).rejects.toMatchObject({
      message: expect.stringMatching(message),
      fix: expect.stringContaining('find out who published it'),
    });
    expect((await readIndex(image, store)).channels['stable']).toBeUndefined();
  });

  test('to a version that was replaced after its signatures were verified', async () => {
    const operation = { operation: 'promote', channel: 'stable', wanted: 1, manifestSha256: other } as const;
    await expect(changeChannels({ image, owner: 'tester', operation }, { ...session, store, signer })).rejects.toThrow(
      'version 1 of ubuntu-base was replaced after its signatures were verified',
    );
  });
});

test('a channel is moved to a version that everyone has signed who must have', async () => {
  await sign(signer);
  await attest();
  const { lines, moves } = await promote({ ...byKey, ...byWorkflow(), channel: 'beta' });
  expect(moves).toEqual([{ channel: 'beta', from: undefined, to: 1 }]);
  expect(lines).toEqual([
    expect.stringMatching(/^ubuntu-base\.1: signed by key [0-9a-f]{16}$/),
    expect.stringMatching(/^ubuntu-base\.1: signed by https:\/\/github\.com\/acme\/images\/.* at refs\/heads\/main$/),
    'beta: 1',
  ]);
});
