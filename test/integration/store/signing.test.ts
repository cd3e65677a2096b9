import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src/platform/clock.js';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { attestVersion } from '../../../src/store/attest-version.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import { recordHeartbeat } from '../../../src/store/heartbeat.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { pruneStore } from '../../../src/store/cleanup/prune-store.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import { signImage } from '../../../src/store/sign-image.js';
import { readIndex } from '../../../src/store/index/update-index.js';
import { verifySignatures, parseEnvelope } from '../../../src/trust/dsse.js';
import { isAbout, parseStatement } from '../../../src/trust/statement.js';
import { attestSubjects, verifyWith } from '../../fixtures/attest-manifest.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { startS3Server, testServerWithinMs, type S3Server } from '../../fixtures/s3-server.js';
import { assertSignedBy, createTestSigner } from '../../fixtures/signer.js';
import { createSigstoreAuthority, type SigstoreAuthority } from '../../fixtures/sigstore-authority.js';
import { watchStore, type StoreCall } from '../../fixtures/watched-store.js';

const limit = 4 * 1024 ** 2;
const owner = 'tester';
const signer = createTestSigner();

let server: S3Server;
let authority: SigstoreAuthority;
let directory: string;
beforeAll(async () => {
  server = await startS3Server();
  authority = await createSigstoreAuthority('public');
}, testServerWithinMs);
afterAll(async () => server.stop());
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'signing-'));
});
afterEach(async () => rm(directory, { recursive: true }));

const openers: readonly (readonly [string, () => Promise<ObjectStore>])[] = [
  [
    'a directory',
    async () => Promise.resolve(createDirectoryStore(join(directory, 'store'), { processes: createTestProcesses() })),
  ],
  [
    'a bucket',
    async () =>
      createS3Store(
        { ...(await server.makeBucket()), prefix: 'team/' },
        { clock: systemClock, credentials: server.credentials },
      ),
  ],
];

describe.each(openers)('in %s', (_, open) => {
  let store: ObjectStore;
  beforeEach(async () => {
    store = await open();
  });

  const ports = (): {
    readonly store: ObjectStore;
    readonly clock: typeof systemClock;
    readonly log: typeof silentLog;
    readonly signer: typeof signer;
  } => ({ store, clock: systemClock, log: silentLog, signer });
  const readBytes = async (name: string): Promise<Buffer | undefined> =>
    (await store.read(`snapshots/${image}.${name}`, limit))?.bytes;
  const assertIndexSigned = async (by = signer): Promise<void> =>
    assertSignedBy(by, 'index', await readBytes('index.json'));
  const assertVersionSigned = async (version: number, by = signer): Promise<void> => {
    const { live } = await readIndex(image, store);
    const envelope = parseEnvelope((await readBytes(`${version}.dsse.json`))!, 'the envelope');
    verifySignatures(envelope, [by.key.publicKey], 'the envelope');
    expect(
      isAbout(parseStatement(envelope.payload, 'it'), live.find((one) => one.version === version)!.manifestSha256),
    ).toBe(true);
  };

  test(
    'each change leaves an index that the public key verifies; retention removes signatures with ' + 'versions',
    async () => {
      for (let version = 1; version <= 4; version += 1) {
        await publishTestVersion(store, {}, signer);
        await assertVersionSigned(version);
        await assertIndexSigned();
      }
      for (const operation of [
        { operation: 'promote', channel: 'stable', wanted: 3 },
        { operation: 'rollback', channel: 'latest' },
        { operation: 'revoke', which: { version: 4 }, reason: 'bad' },
      ] as const) {
        expect((await changeChannels({ image, owner, operation }, ports())).changed).toBe(true);
        await assertIndexSigned();
      }
      await recordHeartbeat({ image, version: 3, owner }, ports());
      assertSignedBy(signer, 'heartbeat', await readBytes('heartbeat.json'));
      const {
        live: [first],
      } = await readIndex(image, store);
      const { manifestSha256 } = first!;
      const bundle = await attestSubjects(authority, [{ name: 'm', sha256: manifestSha256 }]);
      await attestVersion(
        { image, version: 1, manifestSha256, owner, bundle, name: 'it' },
        { store, verify: verifyWith(authority) },
      );
      expect(await pruneStore({ image, owner, keep: 2, graceMs: 0 }, ports())).toMatchObject({
        retired: [1],
        removed: [1],
      });
      await assertIndexSigned();
      const left: string[] = [];
      for await (const { key } of store.list(`snapshots/${image}.1.`)) left.push(key);
      expect(left).toEqual([`snapshots/${image}.1.claim`]);
    },
  );

  test.each<[string, (call: StoreCall) => boolean]>([
    ['before its signature', ({ method, key }) => method === 'compareAndSwap' && key.endsWith('.dsse.json')],
    ['before the index', ({ method, key }) => method === 'compareAndSwap' && key.endsWith('.index.json')],
  ])('a publisher that dies after the manifest and %s leaves nothing that stands in the way', async (__, isLast) => {
    await publishTestVersion(store, {}, signer);
    const dying = watchStore(store, async (call, proceed) =>
      isLast(call) ? Promise.reject(new Failure('dead')) : proceed(),
    );
    await expect(publishTestVersion(dying, {}, signer)).rejects.toThrow('dead');
    expect((await readIndex(image, store)).live.map(({ version }) => version)).toEqual([1]);
    expect((await publishTestVersion(store, {}, signer)).manifest.version).toBe(3);
    await assertVersionSigned(3);
    await assertIndexSigned();
    expect((await pruneStore({ image, owner, keep: 2, graceMs: 0 }, ports())).unlisted).toEqual([]);
  });

  test(
    'a store that was published without a key is signed as a whole, then only by those who have the ' + 'key',
    async () => {
      for (let version = 1; version <= 3; version += 1) await publishTestVersion(store);
      await changeChannels(
        { image, owner, operation: { operation: 'revoke', which: { version: 1 }, reason: 'bad' } },
        { store, clock: systemClock },
      );
      await expect(publishTestVersion(store, {}, signer)).rejects.toThrow('is not signed; expected: signed by key');
      expect(await signImage({ image, owner }, ports())).toMatchObject({ signed: [2, 3], present: [], replaced: [] });
      for (const version of [2, 3]) await assertVersionSigned(version);
      expect(await readBytes('1.dsse.json')).toBeUndefined();
      await assertIndexSigned();
      const again = await signImage({ image, owner }, ports());
      expect(again).toMatchObject({ signed: [], present: [2, 3] });
      expect(again.replaced).toBeUndefined();
      await expect(publishTestVersion(store)).rejects.toThrow('no key is set to sign the change with');
      // Versions 4 and 5 are of the two that were rejected at their last step.
      expect((await publishTestVersion(store, {}, signer)).manifest.version).toBe(6);
    },
  );

  test('another key takes over: it adds its signature to the versions, and has the index for itself', async () => {
    await publishTestVersion(store, {}, signer);
    const next = createTestSigner();
    await expect(publishTestVersion(store, {}, next)).rejects.toThrow(
      `is signed by key ${signer.key.id.slice(0, 16)}; expected: signed by key ${next.key.id.slice(0, 16)}`,
    );
    expect(await signImage({ image, owner, wanted: 'latest' }, { ...ports(), signer: next })).toMatchObject({
      signed: [1],
      replaced: [{ keyid: signer.key.id }],
    });
    for (const by of [signer, next]) await assertVersionSigned(1, by);
    await assertIndexSigned(next);
    await expect(assertIndexSigned(signer)).rejects.toThrow('expected: a signature by key');
  });

  test('a bundle is stored once, and only beside the manifest that it is about', async () => {
    const { manifestSha256 } = await publishTestVersion(store);
    const other = await publishTestVersion(store);
    const attest = async (bundle: Buffer): ReturnType<typeof attestVersion> =>
      attestVersion(
        { image, version: 1, manifestSha256, owner, name: 'bundle "b.json"', bundle },
        { store, verify: verifyWith(authority) },
      );
    await expect(
      attest(await attestSubjects(authority, [{ name: 'm', sha256: other.manifestSha256 }])),
    ).rejects.toThrow('bundle "b.json" is for "m"');
    const bundle = await attestSubjects(authority, [{ name: 'm', sha256: manifestSha256 }]);
    expect(await attest(bundle)).toMatchObject({ changed: true });
    expect(await attest(bundle)).toMatchObject({ changed: false });
    expect(await readBytes('1.sigstore.json')).toEqual(bundle);
    expect(await readBytes('2.sigstore.json')).toBeUndefined();
  });
});
