import { execFileSync } from 'node:child_process';
import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { tryReadCurrent } from '../../../src/host/local-versions.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { pullVersion, type Pulled, type PullPorts, type PullRequest } from '../../../src/host/pull-version.js';
import { rollBack } from '../../../src/host/rollback.js';
import { acceptSignedHeartbeat, changePolicy, readPolicy } from '../../../src/host/trust-policy.js';
import { systemClock } from '../../../src/platform/clock.js';
import { formatDocument } from '../../../src/platform/document.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { recordHeartbeat, tryReadHeartbeat } from '../../../src/store/heartbeat.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { signVersion } from '../../../src/store/sign-version.js';
import { updateIndex } from '../../../src/store/index/update-index.js';
import { createSignature, formatEnvelope, shortenId } from '../../../src/trust/dsse.js';
import { gitHubIssuer, type WorkflowSigner } from '../../../src/trust/github-identity.js';
import { addIdentity, addKey, formatPolicy, type TrustPolicy, type TrustUse } from '../../../src/trust/policy.js';
import { signDocument } from '../../../src/trust/signed-document.js';
import { formatStatement, statementType } from '../../../src/trust/statement.js';
import { forgeManifest, image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createSigstoreAuthority, type SigstoreAuthority } from '../../fixtures/sigstore-authority.js';
import { createTestSigner } from '../../fixtures/signer.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { createTestVm } from '../../fixtures/vm-host.js';
import { watchStore, type StoreCall } from '../../fixtures/watched-store.js';

const processes = createTestProcesses();
const { signal } = new AbortController();
const [signer, other] = [createTestSigner(), createTestSigner()];
const [id, otherId] = [signer.key.id, other.key.id].map(shortenId) as [string, string];
const day = 24 * 3_600_000;

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let state: MemoryState;
let store: ObjectStore;
let calls: StoreCall[];
let said: string[];

beforeEach(async () => {
  directory = await makeTestDirectory('signed');
  root = join(directory.path, 'host');
  state = createMemoryState();
  store = createMemoryStore(state);
  [calls, said] = [[], []];
});
afterEach(async () => directory.remove());

const log = {
  ...silentLog,
  warn: (line: string) => {
    if (!line.startsWith('cloud-hypervisor is not installed')) said.push(line);
  },
};
const hostPorts = { processes, log, signal };
const pull = async (
  wanted: number | string = 'latest',
  changes: Partial<PullRequest> = {},
  ports: Partial<PullPorts> = {},
): Promise<Pulled> => {
  calls = [];
  const watched = watchStore(store, async (call, proceed) => {
    calls.push(call);
    return proceed();
  });
  return pullVersion(
    { root, image, wanted, verify: false, ...changes },
    { ...hostPorts, store: watched, clock: createTestClock(Date.now()), ...ports },
  );
};
const change = async (made: (policy: TrustPolicy) => TrustPolicy): Promise<boolean> =>
  changePolicy({ root, change: made }, hostPorts);
const trust = async (...uses: readonly TrustUse[]): Promise<boolean> =>
  change((policy) => addKey(policy, { key: signer.key.publicKey, uses }));
const publish = async (by?: typeof signer): Promise<unknown> =>
  publishTestVersion(store, { image: makeImage(1, [], state.objects.size) }, by);
const manifestOf = (version: number): Buffer => state.objects.get(`snapshots/${image}.${version}.manifest.json`)!;
const put = (name: string, bytes: Buffer): unknown => state.objects.set(`snapshots/${name}`, bytes);
const signatureOf = (version: number): Buffer => state.objects.get(`snapshots/${image}.${version}.dsse.json`)!;
const envelope = (payload: Buffer, payloadType = statementType, by = signer): Buffer =>
  formatEnvelope({ payloadType, payload, signatures: [createSignature(payloadType, payload, by.key)] });
const statement = (version: number, changes: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      ...(JSON.parse(
        formatStatement({
          name: `${image}.${version}.manifest.json`,
          sha256: sha256Of(manifestOf(version)),
        }).toString(),
      ) as object),
      ...changes,
    }),
  );

/** No byte of data was fetched, and nothing of a version is on this host. */
async function expectUntouched(): Promise<void> {
  expect(calls.filter(({ method }) => method === 'open')).toEqual([]);
  expect((await readdir(join(root, 'versions'))).filter((name) => name.startsWith(image))).toEqual([]);
  expect(await readdir(join(root, 'snapshots'))).toEqual([]);
  expect(await tryReadCurrent(root, image)).toBeUndefined();
}

describe('with a key for versions and index', () => {
  test('a signed version is taken; its signature is kept, and not fetched again', async () => {
    await trust('versions', 'index');
    await publish(signer);
    expect(await pull()).toMatchObject({ changed: true, signedBy: { key: signer.key.id } });
    expect(await readFile(join(root, 'versions', `${image}.1`, 'dsse.json'))).toEqual(signatureOf(1));
    expect(await pull()).toMatchObject({ changed: false, signedBy: { key: signer.key.id } });
    expect(calls.map(({ method, key }) => `${method} ${key}`)).toEqual([`read snapshots/${image}.index.json`]);
    expect(await listHost({ root, image })).toMatchObject([{ version: 1, signedBy: { key: signer.key.id } }]);
    expect(await verifyHost({ root, image }, hostPorts)).toMatchObject([{ version: 1, problems: [] }]);
    expect(said).toEqual([]);
  });

  test('a kept signature that was damaged is fetched again', async () => {
    await trust('versions');
    await publish(signer);
    await pull();
    const path = join(root, 'versions', `${image}.1`, 'dsse.json');
    for (const damage of [
      async () => writeFile(path, 'x'),
      async () => rm(path),
      async () => {
        await rm(path);
        await symlink('/etc/passwd', path);
      },
    ]) {
      await damage();
      expect(await verifyHost({ root, image }, hostPorts)).toMatchObject([{ problems: [expect.any(String)] }]);
      expect(await pull()).toMatchObject({ changed: false, signedBy: { key: signer.key.id } });
      expect((await readFile(path)).equals(signatureOf(1))).toBe(true);
    }
  });

  const index = `memory://store/snapshots/${image}.index.json`;
  const wrong =
    `${index}: invalid signature by key ${id}: the content was changed after signing, or the ` +
    'signature is for something else';
  const readIndex = (): Record<string, unknown> =>
    JSON.parse(String(state.objects.get(`snapshots/${image}.index.json`))) as Record<string, unknown>;
  const without = (...names: readonly string[]): object =>
    Object.fromEntries(Object.entries(readIndex()).filter(([name]) => !names.includes(name)));
  const putIndex = (content: object): unknown => put(`${image}.index.json`, formatDocument(content));
  test.each<[string, string, () => unknown]>([
    [
      'that is not signed',
      `${index} is not signed; expected: a signature by key ${id}`,
      () => putIndex(without('signatures', 'expires')),
    ],
    [
      'by another key',
      `${index} is signed by key ${otherId}; expected: a signature by key ${id}`,
      () => putIndex(signDocument('index', readIndex(), other.key)),
    ],
    [
      'by another key that names ours',
      wrong,
      () => {
        const forged = signDocument('index', readIndex(), other.key);
        putIndex({ ...forged, signatures: [{ ...forged.signatures[0], keyid: signer.key.id }] });
      },
    ],
    ['that was changed', wrong, () => putIndex({ ...readIndex(), generation: 99 })],
    [
      'without its revocations',
      wrong,
      async () => {
        const revoked = { 7: { reason: 'x', at: new Date().toISOString() } };
        await updateIndex(
          { image, owner: 'tester', change: (found) => ({ ...found, revoked }) },
          { store, clock: systemClock, signer },
        );
        putIndex({ ...readIndex(), revoked: {} });
      },
    ],
    [
      'that does not expire',
      `${index} has no expiry date, which is required because the trust policy has a key for the index`,
      () => putIndex(signDocument('index', without('expires'), signer.key)),
    ],
    ['with the signature of a heartbeat', wrong, () => putIndex(signDocument('heartbeat', readIndex(), signer.key))],
    [
      'that has expired',
      `${index} expired on 2020-01-01T00:00:00.000Z and was not renewed`,
      () => putIndex(signDocument('index', { ...readIndex(), expires: '2020-01-01T00:00:00.000Z' }, signer.key)),
    ],
    [
      'of another image',
      `${index} is the index of "other"`,
      () => putIndex(signDocument('index', { ...readIndex(), image: 'other' }, signer.key)),
    ],
  ])('an index %s is rejected', async (_, message, attack) => {
    await trust('versions', 'index');
    await publish(signer);
    await attack();
    await expect(pull()).rejects.toMatchObject({ name: 'Failure', message });
    await expectUntouched();
  });

  test('an index expires while it is kept on this host', async () => {
    await trust('versions', 'index');
    await publish(signer);
    await pull();
    const clock = createTestClock(Date.now() + 31 * day);
    await expect(pull('latest', {}, { clock })).rejects.toThrow(/ubuntu-base\.index\.json expired on /);
  });

  test('a heartbeat must be signed, and is of one image', async () => {
    await trust('index');
    const accept = acceptSignedHeartbeat(await readPolicy(root), systemClock);
    const read = async (): Promise<unknown> => tryReadHeartbeat(image, store, accept);
    const beat = { image, version: 1, owner: 'tester' };
    await recordHeartbeat(beat, { store, clock: systemClock });
    await expect(read()).rejects.toThrow(`heartbeat.json is not signed; expected: a signature by key ${id}`);
    await recordHeartbeat(beat, { store, clock: systemClock, signer });
    expect(await read()).toMatchObject({ version: 1 });
    const late = acceptSignedHeartbeat(await readPolicy(root), createTestClock(Date.now() + 31 * day));
    await expect(tryReadHeartbeat(image, store, late)).rejects.toThrow(/heartbeat\.json expired on /);
    await recordHeartbeat({ ...beat, image: 'other' }, { store, clock: systemClock, signer });
    put(`${image}.heartbeat.json`, state.objects.get('snapshots/other.heartbeat.json')!);
    await expect(read()).rejects.toThrow('heartbeat.json is the heartbeat of "other"');
  });
});

const scan = 'https://in-toto.io/attestation/vulns/v0.1';
const expectedTypes =
  'expected: https://github.com/daytona/ch-golden-action/manifest/v1 or https://slsa.dev/provenance/v1';

describe('with a key for versions', () => {
  const signature = `the signature of ${image}.1`;
  const short = (version = 1): string => shortenId(sha256Of(manifestOf(version)));
  const wrong =
    `${signature}: invalid signature by key ${id}: the content was changed after signing, or the ` +
    'signature is for something else';
  const expected = `expected: a signature by key ${id}`;
  const putSignature = (bytes: Buffer): unknown => put(`${image}.1.dsse.json`, bytes);
  test.each<[string, string | (() => string), () => unknown]>([
    [
      'not signed',
      `${image}.1 is not signed; ${expected}`,
      () => state.objects.delete(`snapshots/${image}.1.dsse.json`),
    ],
    [
      'signed by another key',
      `${signature} is signed by key ${otherId}; ${expected}`,
      () => putSignature(envelope(statement(1), statementType, other)),
    ],
    [
      'signed by another key that names ours',
      wrong,
      () =>
        putSignature(
          Buffer.from(envelope(statement(1), statementType, other).toString().replace(other.key.id, signer.key.id)),
        ),
    ],
    [
      'signed as another type',
      `${signature} has the payload type "application/json"; expected: ${statementType}`,
      () => putSignature(envelope(statement(1), 'application/json')),
    ],
    [
      'signed as another type that says ours',
      wrong,
      () =>
        putSignature(
          Buffer.from(envelope(statement(1), 'application/json').toString().replace('application/json', statementType)),
        ),
    ],
    [
      'signed with another payload',
      wrong,
      () => {
        const forged = JSON.parse(signatureOf(1).toString()) as object;
        putSignature(formatDocument({ ...forged, payload: statement(1, { predicateType: 'x' }).toString('base64') }));
      },
    ],
    [
      'signed as something that was scanned',
      `${signature} has the predicate type "${scan}"; ${expectedTypes}`,
      () => putSignature(envelope(statement(1, { predicateType: scan }))),
    ],
    [
      'with the signature of version 2',
      () =>
        `${signature} is for "${image}.2.manifest.json", with SHA-256 ${short(2)}; expected: the manifest, ` +
        `with SHA-256 ${short()}`,
      async () => {
        await publish(signer);
        putSignature(signatureOf(2));
      },
    ],
    [
      'with the signature of another image',
      () =>
        `${signature} is for "other.1.manifest.json", with SHA-256 abababababababab; expected: the manifest, ` +
        `with SHA-256 ${short()}`,
      () => putSignature(envelope(formatStatement({ name: 'other.1.manifest.json', sha256: 'ab'.repeat(32) }))),
    ],
    [
      'with the signature of a SHA-512',
      () => `${signature} is for "x", without a SHA-256; expected: the manifest, with SHA-256 ${short()}`,
      () => putSignature(envelope(statement(1, { subject: [{ name: 'x', digest: { sha512: 'ab'.repeat(64) } }] }))),
    ],
    ['with a payload that is not JSON', `${signature} is not JSON`, () => putSignature(envelope(Buffer.from('x')))],
    ['with an empty signature file', `${signature} is not JSON`, () => putSignature(Buffer.alloc(0))],
    [
      'with a truncated signature file',
      `${signature} is not JSON`,
      () => putSignature(signatureOf(1).subarray(0, 100)),
    ],
    ['with a huge signature file', 'more than 262144 bytes', () => putSignature(Buffer.alloc(300_000, ' '))],
    [
      'with very deep signatures',
      `${signature} is not valid: Invalid input`,
      () => putSignature(Buffer.from('['.repeat(60_000) + ']'.repeat(60_000))),
    ],
    [
      'with a bundle of GitHub only',
      `${image}.1 is signed by a GitHub workflow only; ${expected}`,
      () => {
        state.objects.delete(`snapshots/${image}.1.dsse.json`);
        put(`${image}.1.sigstore.json`, Buffer.from('{}'));
      },
    ],
  ])('a version %s is rejected', async (_, message, attack) => {
    await trust('versions');
    await publish(signer);
    await attack();
    const text = typeof message === 'string' ? message : message();
    await expect(pull(1)).rejects.toMatchObject({ name: 'Failure', message: expect.stringContaining(text) });
    await expectUntouched();
  });

  // Row 4 of the attacks: all but the image is another, and the index names the new manifest.
  test.each<[string, Parameters<typeof forgeManifest>[2]]>([
    [
      'initramfs',
      ({ files }) => {
        files.find(({ role }) => role === 'initramfs')!['sha256'] = 'cd'.repeat(32);
      },
    ],
    [
      'kernel',
      ({ files }) => {
        files.find(({ role }) => role === 'kernel')!['sha256'] = 'cd'.repeat(32);
      },
    ],
    [
      'cmdline',
      (manifest) => {
        manifest['cmdline'] = 'root=/dev/vda1 ro init=/bin/sh';
      },
    ],
  ])('a swapped %s is rejected, though the image is the same', async (_, swap) => {
    await trust('versions');
    await publish(signer);
    const published = shortenId(sha256Of(manifestOf(1)));
    forgeManifest(state, 1, swap);
    const message =
      `the signature of ${image}.1 is for "${image}.1.manifest.json", with SHA-256 ${published}; expected: the ` +
      `manifest, with SHA-256 ${short()}`;
    await expect(pull()).rejects.toMatchObject({ message, fix: expect.stringContaining('ch-golden trust') });
    await expectUntouched();
  });

  test('whatever the index is signed with is right', async () => {
    await trust('versions');
    await publish(signer);
    put(
      `${image}.index.json`,
      Buffer.from(String(state.objects.get(`snapshots/${image}.index.json`)).replace('"signatures"', '"unsigned"')),
    );
    expect(await pull()).toMatchObject({ signedBy: { key: signer.key.id } });
  });

  test('a key for the index alone accepts no version', async () => {
    await trust('index');
    await publish(signer);
    await expect(pull()).rejects.toThrow(`rejected ${image}.1: the trust policy has no trusted signer for versions`);
    await expectUntouched();
  });
});

describe('with a workflow on GitHub', () => {
  const workflow: WorkflowSigner = {
    issuer: gitHubIssuer,
    repository: 'https://github.com/acme/images',
    ref: 'refs/heads/main',
    workflow: 'https://github.com/acme/images/.github/workflows/golden.yml@refs/heads/main',
  };
  let authority: SigstoreAuthority;
  beforeAll(async () => {
    authority = await createSigstoreAuthority('public');
  });
  const trustGitHub = async (): Promise<boolean> =>
    change((policy) =>
      addIdentity(policy, {
        issuer: gitHubIssuer,
        repository: workflow.repository,
        ref: 'refs/heads/main',
        trustedRoots: [authority.root],
      }),
    );
  const attest = async (changes: object = {}, by = workflow): Promise<unknown> => {
    const subject = [
      { name: `${image}.1.manifest.json`, digest: { sha256: sha256Of(manifestOf(1)) } },
      { name: 'image', digest: { sha256: 'ef'.repeat(32) } },
    ];
    const made = {
      _type: 'https://in-toto.io/Statement/v1',
      subject,
      predicateType: 'https://slsa.dev/provenance/v1',
      predicate: {},
      ...changes,
    };
    return put(
      `${image}.1.sigstore.json`,
      Buffer.from(JSON.stringify(await authority.attest({ signer: by, statement: made }))),
    );
  };

  test('an attested version is taken, and checked without the store later', async () => {
    await trustGitHub();
    await publish();
    await attest();
    expect(await pull()).toMatchObject({ changed: true, signedBy: workflow });
    expect(await pull()).toMatchObject({ changed: false, signedBy: workflow });
    expect(calls.map(({ key }) => key)).toEqual([`snapshots/${image}.index.json`]);
    expect(await listHost({ root, image })).toMatchObject([{ signedBy: workflow }]);
  });

  const expected = 'expected: a signature by a workflow of https://github.com/acme/images at refs/heads/main';
  const attestation = `the attestation of ${image}.1`;
  test.each<[string, string | (() => string), () => Promise<unknown>]>([
    ['is not attested', `${image}.1 is not signed; ${expected}`, async () => Promise.resolve()],
    [
      'is signed by a key',
      `${image}.1 is signed by a key only; ${expected}`,
      async () => Promise.resolve(put(`${image}.1.dsse.json`, envelope(statement(1)))),
    ],
    [
      'is attested by another repository',
      `${attestation} is signed by ${workflow.workflow} for https://github.com/evil/images at refs/heads/main; ${expected}`,
      async () => attest({}, { ...workflow, repository: 'https://github.com/evil/images' }),
    ],
    [
      'is attested on another branch',
      `${attestation} is signed by ${workflow.workflow} for https://github.com/acme/images at refs/heads/evil; ${expected}`,
      async () => attest({}, { ...workflow, ref: 'refs/heads/evil' }),
    ],
    [
      'has the attestation of other content',
      () =>
        `${attestation} is for "image", with SHA-256 efefefefefefefef; expected: the manifest, with SHA-256 ` +
        shortenId(sha256Of(manifestOf(1))),
      async () => attest({ subject: [{ name: 'image', digest: { sha256: 'ef'.repeat(32) } }] }),
    ],
    [
      'has the attestation of a scan',
      `${attestation} has the predicate type "${scan}"; ${expectedTypes}`,
      async () => attest({ predicateType: scan }),
    ],
    [
      'is attested under another root',
      `${attestation} is not a valid Sigstore bundle: the certificate was not issued by a trusted authority, ` +
        'or not valid at the time of signing',
      async () => {
        const made = await createSigstoreAuthority('public');
        put(
          `${image}.1.sigstore.json`,
          Buffer.from(
            JSON.stringify(
              await made.attest({ signer: workflow, statement: JSON.parse(statement(1).toString()) as object }),
            ),
          ),
        );
      },
    ],
    [
      'has a bundle that is none',
      `${attestation} is not valid: mediaType: Invalid option`,
      async () => Promise.resolve(put(`${image}.1.sigstore.json`, Buffer.from('{}'))),
    ],
  ])('a version that %s is rejected', async (_, message, attack) => {
    await trustGitHub();
    await publish();
    await attack();
    const text = typeof message === 'string' ? message : message();
    await expect(pull()).rejects.toMatchObject({ name: 'Failure', message: expect.stringContaining(text) });
    await expectUntouched();
  });

  test('one accepted signer of two is enough; if there is none, both are named', async () => {
    await trustGitHub();
    await trust('versions');
    await publish(other);
    await attest();
    expect(await pull()).toMatchObject({ signedBy: workflow });
    await attest({}, { ...workflow, ref: 'refs/heads/evil' });
    await rm(join(root, 'versions', `${image}.1`, 'sigstore.json'));
    await expect(pull()).rejects.toThrow(
      `the signature of ${image}.1 is signed by key ${otherId}; expected: a signature by key ${id}; ` +
        `${attestation} is signed by`,
    );
  });
});

describe('a policy that comes after the pull', () => {
  async function pullTwo(by?: typeof signer): Promise<void> {
    for (let version = 1; version <= 2; version += 1) {
      await publish(by);
      await pull();
    }
  }

  test('keeps unsigned versions from being taken into use, and tells of them', async () => {
    await pullTwo();
    await trust('versions');
    const message =
      `${image}.1 was pulled without a trust policy: no signature of it is on this host; ` +
      `expected: a signature by key ${id}`;
    await expect(rollBack({ root, image }, hostPorts)).rejects.toMatchObject({
      message,
      fix:
        'fetch its signature, and switch to it: ch-golden pull 1. ' +
        'If the store has none, sign it there first: ch-golden sign 1 --sign-key FILE',
    });
    expect(await tryReadCurrent(root, image)).toBe(2);
    await expect(createTestVm(root, { version: 1 }, { ...hostPorts, clock: systemClock })).rejects.toThrow(message);
    await expect(createTestVm(root, {}, { ...hostPorts, clock: systemClock })).rejects.toThrow(
      message.replace('.1', '.2'),
    );
    expect(await readdir(join(root, 'sandboxes'))).toEqual([]);
    expect(await verifyHost({ root, image }, hostPorts)).toEqual([
      { version: 2, problems: [message.replace('.1', '.2')] },
      { version: 1, problems: [message] },
    ]);
    expect(await listHost({ root, image })).toMatchObject([
      { rejected: message.replace('.1', '.2') },
      { rejected: message },
    ]);
    await expect(pull()).rejects.toThrow(`${image}.2 is not signed; expected: a signature by key ${id}`);
  });

  test('what the message says to do makes a rollback to an unsigned version work', async () => {
    await pullTwo();
    await trust('versions');
    await expect(rollBack({ root, image }, hostPorts)).rejects.toThrow('was pulled without a trust policy');
    await signVersion(
      { image, version: 1, manifestSha256: sha256Of(manifestOf(1)), owner: 'tester' },
      { store, clock: systemClock, key: signer.key },
    );
    expect(await pull(1)).toMatchObject({ signedBy: { key: signer.key.id }, transfer: { fetched: 0 } });
    expect(await tryReadCurrent(root, image)).toBe(1);
  });

  test('a policy that accepts nobody says that instead', async () => {
    await pullTwo();
    await trust('index');
    await expect(rollBack({ root, image }, hostPorts)).rejects.toThrow('has no trusted signer for versions');
  });

  test('accepts them once they are signed, without fetching data again', async () => {
    await pullTwo(signer);
    for (const version of [1, 2])
      await expect(stat(join(root, 'versions', `${image}.${version}`, 'dsse.json'))).rejects.toThrow('ENOENT');
    await trust('versions', 'index');
    await expect(rollBack({ root, image }, hostPorts)).rejects.toThrow('no signature of it is on this host');
    for (const version of [1, 2])
      expect(await pull(version)).toMatchObject({ signedBy: { key: signer.key.id }, transfer: { fetched: 0 } });
    expect(await rollBack({ root, image }, hostPorts)).toMatchObject({ from: 2, signedBy: { key: signer.key.id } });
    await change((policy) => ({
      ...addKey(policy, { key: other.key.publicKey, uses: ['versions'] }),
      keys: [{ key: other.key.publicKey, uses: ['versions'] }],
    }));
    expect((await verifyHost({ root, image }, hostPorts)).map(({ problems }) => problems.length)).toEqual([1, 1]);
    await expect(createTestVm(root, {}, { ...hostPorts, clock: systemClock })).rejects.toThrow(
      `is signed by key ${id}; expected: a signature by key ${otherId}`,
    );
  });

  test('a signature that was copied to another version on this host is rejected', async () => {
    await trust('versions');
    await pullTwo(signer);
    const [one, two] = [1, 2].map((version) => join(root, 'versions', `${image}.${version}`, 'dsse.json')) as [
      string,
      string,
    ];
    await writeFile(one, await readFile(two));
    await expect(rollBack({ root, image }, hostPorts)).rejects.toThrow(
      `the signature of ${image}.1 is for "${image}.2.manifest.json"`,
    );
  });

  test("a host that stays off a channel's version checks the one that it stays at", async () => {
    await pullTwo(signer);
    await rollBack({ root, image }, hostPorts);
    await trust('versions');
    await expect(pull()).rejects.toThrow(`${image}.1 was pulled without a trust policy`);
  });
});

describe('without a policy', () => {
  test('a pull warns in one line, or fails before it asks the store', async () => {
    await publish(signer);
    expect((await pull()).signedBy).toBeUndefined();
    expect(said).toEqual([
      'Signatures are not verified: this host has no trust policy (to add one: ch-golden trust add-key FILE, ' +
        'or ch-golden trust add-github --repository OWNER/NAME)',
    ]);
    await expect(pull('latest', { requireSignature: true })).rejects.toThrow(
      'a signature is required, but this host has no trust policy',
    );
    expect(calls).toEqual([]);
    expect((await listHost({ root, image }))[0]).not.toHaveProperty('signedBy');
  });
});

describe("the policy's file", () => {
  test('is written for everyone to read, and says whether it changed', async () => {
    expect(await trust('versions')).toBe(true);
    expect(await trust('versions')).toBe(false);
    expect(await trust('versions', 'index')).toBe(true);
    const stats = await stat(join(root, 'trust.json'));
    expect([stats.mode & 0o777, stats.uid]).toEqual([0o644, process.geteuid!()]);
    expect(await change((policy) => policy)).toBe(false);
  });

  test('does not come into being where nothing is trusted', async () => {
    expect(await change((policy) => policy)).toBe(false);
    expect(await readPolicy(root)).toBeUndefined();
  });

  test.each<[string, RegExp, (path: string) => unknown]>([
    ['others can write to', /can be changed by other users \(mode 666\)$/, async (path) => chmod(path, 0o666)],
    ['a group can write to', /can be changed by other users \(mode 664\)$/, async (path) => chmod(path, 0o664)],
    ['belongs to another user', /belongs to user 54321, not to user 0$/, async (path) => chown(path, 54321, 54321)],
    [
      'is a link',
      /is not a plain file$/,
      async (path) => {
        await rename(path, `${path}.real`);
        await symlink(`${path}.real`, path);
      },
    ],
    [
      'is a directory',
      /is not a plain file$/,
      async (path) => {
        await rm(path);
        await mkdir(path);
      },
    ],
    [
      'is a pipe',
      /is not a plain file$/,
      async (path) => {
        await rm(path);
        execFileSync('mkfifo', [path]);
      },
    ],
    ['is empty', /is not JSON/, async (path) => writeFile(path, '')],
    ['is huge', /is larger than 1048576 bytes$/, async (path) => writeFile(path, Buffer.alloc(1024 ** 2 + 1, ' '))],
    [
      "has a key under another's id",
      /keys\[0\] has the ID [0-9a-f]{16}, but its key has [0-9a-f]{16}$/,
      async (path) =>
        writeFile(
          path,
          formatPolicy({
            keys: [{ key: { ...signer.key.publicKey, id: other.key.id }, uses: ['versions'] }],
            identities: [],
          }),
        ),
    ],
  ])('is rejected if it %s, and so is everything else', async (_, message, damage) => {
    await publish(signer);
    await pull();
    await trust('versions');
    await damage(join(root, 'trust.json'));
    const failure = { name: 'Failure', message: expect.stringMatching(message) };
    await expect(pull()).rejects.toMatchObject(failure);
    expect(calls).toEqual([]);
    await expect(createTestVm(root, {}, { ...hostPorts, clock: systemClock })).rejects.toMatchObject(failure);
    expect(await verifyHost({ root, image }, hostPorts)).toMatchObject([
      { problems: [expect.stringMatching(message)] },
    ]);
    await expect(trust('index')).rejects.toMatchObject(failure);
  });
});
