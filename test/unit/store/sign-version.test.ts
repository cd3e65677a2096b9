import { beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { attestVersion } from '../../../src/store/attest-version.js';
import { signVersion } from '../../../src/store/sign-version.js';
import type { Signer } from '../../../src/store/signer.js';
import { formatSignatures, readVersionSignatures } from '../../../src/store/version-signatures.js';
import { createSignature, formatEnvelope, parseEnvelope, verifySignatures } from '../../../src/trust/dsse.js';
import { formatStatement, isAbout, parseStatement, statementType } from '../../../src/trust/statement.js';
import { attestSubjects, testWorkflow, verifyWith } from '../../fixtures/attest-manifest.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestSigner } from '../../fixtures/signer.js';
import { createSigstoreAuthority, type SigstoreAuthority } from '../../fixtures/sigstore-authority.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { watchStore } from '../../fixtures/watched-store.js';

const subject = { image: 'a', version: 3, manifestSha256: sha256Of('manifest 3') };
const request = { ...subject, owner: 'tester' };
const keysKey = 'snapshots/a.3.dsse.json';
const bundleKey = 'snapshots/a.3.sigstore.json';
const [signer, other] = [createTestSigner(), createTestSigner()];

let state: MemoryState;
beforeEach(() => {
  state = createMemoryState();
});

const sign = async ({ key }: Signer): Promise<string> =>
  signVersion(request, { store: createMemoryStore(state), clock: createTestClock(), key });
const envelope = (): ReturnType<typeof parseEnvelope> => parseEnvelope(state.objects.get(keysKey)!, 'it');

describe('a key', () => {
  test('signs the SHA-256 of the manifest, by its name', async () => {
    expect(await sign(signer)).toBe('signed');
    expect(verifySignatures(envelope(), [signer.key.publicKey], 'it').id).toBe(signer.key.id);
    const statement = parseStatement(envelope().payload, 'it');
    expect(statement.subject).toEqual([{ name: 'a.3.manifest.json', digest: { sha256: subject.manifestSha256 } }]);
    expect(isAbout(statement, subject.manifestSha256)).toBe(true);
  });

  test('signs once', async () => {
    await sign(signer);
    const before = state.objects.get(keysKey);
    expect(await sign(signer)).toBe('present');
    expect(state.objects.get(keysKey)).toBe(before);
  });

  test('adds its signature to those of others', async () => {
    for (const by of [signer, other]) expect(await sign(by)).toBe('signed');
    for (const { key } of [signer, other]) expect(verifySignatures(envelope(), [key.publicKey], 'it').id).toBe(key.id);
    expect(envelope().signatures).toHaveLength(2);
  });

  test('replaces a wrong signature in its name', async () => {
    await sign(other);
    const payload = formatStatement({ name: 'a.3.manifest.json', sha256: subject.manifestSha256 });
    const wrong = { keyid: signer.key.id, sig: createSignature('text/plain', payload, signer.key).sig };
    state.objects.set(keysKey, formatEnvelope({ ...envelope(), signatures: [wrong, ...envelope().signatures] }));
    expect(await sign(signer)).toBe('signed');
    expect(envelope().signatures).toHaveLength(2);
    expect(verifySignatures(envelope(), [signer.key.publicKey], 'it').id).toBe(signer.key.id);
  });

  test.each<[string, (payload: Buffer) => { readonly payloadType: string; readonly payload: Buffer }]>([
    [
      'is about another manifest',
      () => ({
        payloadType: statementType,
        payload: formatStatement({ name: 'a.3.manifest.json', sha256: sha256Of('evil') }),
      }),
    ],
    [
      'says more than we do',
      (payload) => ({
        payloadType: statementType,
        payload: Buffer.from(String(payload).replace('"predicate":{}', '"predicate":{"approved":true}')),
      }),
    ],
    ['has another payload type', (payload) => ({ payloadType: 'text/plain', payload })],
  ])('never signs an envelope that %s', async (_, forge) => {
    const forged = formatEnvelope({
      ...forge(formatStatement({ name: 'a.3.manifest.json', sha256: subject.manifestSha256 })),
      signatures: [],
    });
    state.objects.set(keysKey, forged);
    await expect(sign(signer)).rejects.toMatchObject({
      message: `memory://store/${keysKey} is not for the manifest of a.3`,
      fix: expect.stringContaining('ch-golden sign 3'),
    });
    expect(state.objects.get(keysKey)).toBe(forged);
  });

  test('does not fill an envelope beyond what can be read', async () => {
    for (let count = 0; count < 16; count += 1) await sign(createTestSigner());
    await expect(sign(signer)).rejects.toThrow(
      'the new signatures of a.3 is not valid: signatures: more than 16 signatures',
    );
  });

  test('two keys at once: none is lost', async () => {
    await Promise.all([signer, other, createTestSigner()].map(sign));
    expect(envelope().signatures).toHaveLength(3);
  });

  test('the write went through and its answer got lost: it is signed', async () => {
    const lying = watchStore(
      createMemoryStore(state),
      async <T>({ method }: { method: string }, proceed: () => Promise<T>) =>
        method === 'compareAndSwap' ? proceed().then(() => 'lost' as T) : proceed(),
    );
    expect(await signVersion(request, { store: lying, clock: createTestClock(), key: signer.key })).toBe('signed');
  });
});

describe('a Sigstore bundle', () => {
  let authority: SigstoreAuthority;
  let foreign: SigstoreAuthority;
  beforeAll(async () => {
    authority = await createSigstoreAuthority('public');
    foreign = await createSigstoreAuthority('public');
  });
  const own = { name: 'a.3.manifest.json', sha256: subject.manifestSha256 };
  const attest = async (bundle: Buffer): ReturnType<typeof attestVersion> =>
    attestVersion(
      { ...request, bundle, name: 'bundle "x.json"' },
      { store: createMemoryStore(state), verify: verifyWith(authority) },
    );

  test('is stored as it is, once', async () => {
    const bundle = await attestSubjects(authority, [own, { name: 's3://b/a.3.qcow2', sha256: sha256Of('image') }]);
    expect(await attest(bundle)).toEqual({ changed: true, signer: testWorkflow });
    expect(state.objects.get(bundleKey)).toEqual(bundle);
    expect(await attest(bundle)).toEqual({ changed: false, signer: testWorkflow });
    expect(await attest(await attestSubjects(authority, [own]))).toEqual({ changed: false, signer: testWorkflow });
    expect(state.objects.get(bundleKey)).toEqual(bundle);
    expect((await readVersionSignatures(subject, createMemoryStore(state))).map(formatSignatures)).toEqual([
      'attested with a Sigstore bundle',
    ]);
  });

  test.each<[string, () => Promise<Buffer>, string]>([
    [
      'about another version',
      async () => attestSubjects(authority, [{ name: 'a.2.manifest.json', sha256: sha256Of('manifest 2') }]),
      `bundle "x.json" is for "a.2.manifest.json", with SHA-256 ${sha256Of('manifest 2').slice(0, 16)}; ` +
        `expected: the manifest, with SHA-256 ${subject.manifestSha256.slice(0, 16)}`,
    ],
    [
      'that says something else of it',
      async () => attestSubjects(authority, [own], 'https://example.org/scan/v1'),
      'bundle "x.json" has the predicate type "https://example.org/scan/v1"',
    ],
    [
      'by another Sigstore instance',
      async () => attestSubjects(foreign, [own]),
      'bundle "x.json" is not a valid Sigstore bundle: the certificate',
    ],
    [
      'that is not JSON',
      async () => Promise.resolve(Buffer.from('{"a":1}\n{"a":2}\n')),
      'bundle "x.json" is not JSON: ',
    ],
    [
      'that is too large',
      async () => Promise.resolve(Buffer.alloc(2 * 1024 ** 2 + 1, ' ')),
      'bundle "x.json" has 2097153 bytes, more than the 2097152 allowed',
    ],
  ])('%s is rejected', async (_, make, message) => {
    await expect(attest(await make())).rejects.toThrow(message);
    expect(state.objects.size).toBe(0);
  });

  test('does not pass for stored if something else has its name', async () => {
    const bundle = await attestSubjects(authority, [own]);
    for (const [found, message] of [
      [Buffer.from('{}'), `memory://store/${bundleKey} is not valid: mediaType`],
      [await attestSubjects(foreign, [own]), `memory://store/${bundleKey} is not a valid Sigstore bundle`],
    ] as const) {
      state.objects.set(bundleKey, found);
      await expect(attest(bundle)).rejects.toThrow(message);
    }
  });
});

describe('who has signed', () => {
  const read = async (): Promise<readonly string[]> =>
    (await readVersionSignatures(subject, createMemoryStore(state))).map(formatSignatures);

  test('nobody', async () => expect(await read()).toEqual([]));

  test('two keys', async () => {
    for (const by of [signer, other]) await sign(by);
    expect(await read()).toEqual([`signed by key ${signer.key.id.slice(0, 16)}, ${other.key.id.slice(0, 16)}`]);
  });

  test('what is about something else, or damaged, is a problem', async () => {
    state.objects.set(
      keysKey,
      formatEnvelope({
        payloadType: statementType,
        payload: formatStatement({ name: 'm', sha256: sha256Of('evil') }),
        signatures: [],
      }),
    );
    state.objects.set(bundleKey, Buffer.from('\u001b[2J'));
    const found = await readVersionSignatures(subject, createMemoryStore(state));
    expect(found.map(({ problem }) => problem)).toEqual([
      `the envelope is for "m", with SHA-256 ${sha256Of('evil').slice(0, 16)}; expected: the manifest, with ` +
        `SHA-256 ${subject.manifestSha256.slice(0, 16)}`,
      expect.stringMatching(/^the bundle is not JSON: [^\p{Cc}]*$/u),
    ]);
  });
});
