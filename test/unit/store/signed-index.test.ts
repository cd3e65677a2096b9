import { beforeEach, describe, expect, test } from '@jest/globals';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { recordHeartbeat, tryReadHeartbeat } from '../../../src/store/heartbeat.js';
import { applyRetention } from '../../../src/store/cleanup/retention.js';
import { removeIndexSignature } from '../../../src/store/sign-image.js';
import type { Signer } from '../../../src/store/signer.js';
import { addVersion, moveChannelForward, type StoreIndex } from '../../../src/store/index/store-index.js';
import { assertIndexSignable, readIndex, refreshIndex, updateIndex } from '../../../src/store/index/update-index.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { assertSignedBy, createTestSigner } from '../../fixtures/signer.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const day = 24 * 3600 * 1000;
const image = 'a';
const key = 'snapshots/a.index.json';
const signer = createTestSigner();
const other = createTestSigner();
const id = (of: Signer): string => of.key.id.slice(0, 16);

let state: MemoryState;
let clock: ReturnType<typeof createTestClock>;
beforeEach(() => {
  state = createMemoryState();
  clock = createTestClock();
});

const portsOf = (by?: Signer): Parameters<typeof updateIndex>[1] => ({
  store: createMemoryStore(state),
  clock,
  ...(by === undefined ? {} : { signer: by }),
});
const publish = async (version: number, by?: Signer): Promise<StoreIndex> =>
  updateIndex(
    {
      image,
      owner: 'tester',
      change: (index) =>
        moveChannelForward(
          addVersion(index, { version, manifestSha256: sha256Of(String(version)) }),
          'latest',
          version,
        ),
    },
    portsOf(by),
  );
const isSigned = (by: Signer): void => assertSignedBy(by, 'index', state.objects.get(key));

test('without a key nothing is signed, and the document has no new fields', async () => {
  await publish(1);
  expect(JSON.parse(String(state.objects.get(key)))).not.toHaveProperty('expires');
  expect(JSON.parse(String(state.objects.get(key)))).not.toHaveProperty('signatures');
});

test('with a key each change is signed, and valid from then on for as long as the signer says', async () => {
  const first = await publish(1, signer);
  isSigned(signer);
  expect(first.expires).toBe(new Date(clock.now() + 30 * day).toISOString());
  clock.advance(day);
  const second = await publish(2, signer);
  isSigned(signer);
  expect(second.expires).toBe(new Date(clock.now() + 30 * day).toISOString());
  expect(second.signatures).toHaveLength(1);
  expect(await readIndex(image, createMemoryStore(state))).toEqual(second);
  expect(() => assertSignedBy(other, 'index', state.objects.get(key))).toThrow(
    `is signed by key ${id(signer)}; expected: a signature by key ${id(other)}`,
  );
});

test('every writer signs: promotion, rollback, revocation, both parts of retention', async () => {
  for (let version = 1; version <= 4; version += 1) await publish(version, signer);
  const run = async (operation: Parameters<typeof changeChannels>[0]['operation']): Promise<void> => {
    const before = state.objects.get(key);
    expect((await changeChannels({ image, owner: 'tester', operation }, portsOf(signer))).changed).toBe(true);
    expect(state.objects.get(key)).not.toEqual(before);
    isSigned(signer);
  };
  await run({ operation: 'promote', channel: 'stable', wanted: 'latest' });
  await run({ operation: 'rollback', channel: 'latest' });
  await run({ operation: 'revoke', which: { version: 4 }, reason: 'r', replacement: 3 });
  const outcome = await applyRetention(
    { image, owner: 'tester', keep: 2, graceMs: 0 },
    { ...portsOf(signer), log: silentLog },
  );
  expect(outcome).toEqual({ retired: [1], removed: [1] });
  isSigned(signer);
  expect((await readIndex(image, createMemoryStore(state))).retiring).toEqual([]);
});

describe('a writer that may not', () => {
  /** The index is as it was, and what was thrown is one line. */
  const rejected = async (work: () => Promise<unknown>, message: string, fix: string): Promise<void> => {
    const before = String(state.objects.get(key));
    await expect(work()).rejects.toMatchObject({ message, fix: expect.stringContaining(fix) });
    expect(String(state.objects.get(key))).toBe(before);
  };

  test('drop a signature: a run without the key is rejected before its work, and at its write', async () => {
    await publish(1, signer);
    const message = `memory://store/${key} is signed by key ${id(signer)}, but no key is set to sign the change with`;
    await rejected(async () => assertIndexSignable(image, portsOf()), message, 'set sign-key');
    await rejected(async () => publish(2), message, 'ch-golden sign --remove-signatures');
  });

  test('sign what was there unsigned', async () => {
    await publish(1);
    const message = `memory://store/${key} is not signed; expected: signed by key ${id(signer)}`;
    await rejected(async () => assertIndexSignable(image, portsOf(signer)), message, 'ch-golden sign --all');
    await rejected(async () => publish(2, signer), message, 'ch-golden sign --all');
  });

  test('sign what another key has signed', async () => {
    await publish(1, other);
    const message = `memory://store/${key} is signed by key ${id(other)}; expected: signed by key ${id(signer)}`;
    await rejected(async () => publish(2, signer), message, 'ch-golden sign --all');
  });

  test('sign what was changed after it was signed', async () => {
    await publish(1, signer);
    await publish(2, signer);
    state.objects.set(key, Buffer.from(String(state.objects.get(key)).replace('"highest": 2', '"highest": 9')));
    const message = `memory://store/${key}: invalid signature by key ${id(signer)}: the content was changed after signing, or the signature is for something else`;
    for (const work of [
      async () => assertIndexSignable(image, portsOf(signer)),
      async () => publish(3, signer),
      async () =>
        refreshIndex(
          { image, owner: 'tester', signatures: 'replace' },
          { ...portsOf(signer), clock: createTestClock(clock.now() + 20 * day) },
        ),
    ])
      await rejected(work, message, 'restore an older version');
  });

  test('but does nothing where there is nothing to change', async () => {
    await publish(1, signer);
    expect((await updateIndex({ image, owner: 'tester', change: (index) => index }, portsOf())).generation).toBe(1);
  });
});

test('a person may: to sign what is there, whoever signed it, and to stop signing', async () => {
  await publish(1);
  const signed = await refreshIndex({ image, owner: 'tester', signatures: 'replace' }, portsOf(other));
  expect(signed.generation).toBe(2);
  assertSignedBy(other, 'index', state.objects.get(key));
  expect((await refreshIndex({ image, owner: 'tester', signatures: 'replace' }, portsOf(signer))).generation).toBe(3);
  isSigned(signer);
  expect((await publish(2, signer)).generation).toBe(4);
  expect(await removeIndexSignature({ image, owner: 'tester' }, portsOf())).toEqual({ changed: true });
  expect(await removeIndexSignature({ image, owner: 'tester' }, portsOf())).toEqual({ changed: false });
  expect(JSON.parse(String(state.objects.get(key)))).not.toHaveProperty('expires');
  expect((await publish(3)).generation).toBe(6);
});

describe('an image that nobody changes', () => {
  const refresh = async (by?: Signer): Promise<StoreIndex> => refreshIndex({ image, owner: 'tester' }, portsOf(by));

  test('is signed again when half of its validity is over, with the same content', async () => {
    const first = await publish(1, signer);
    clock.advance(15 * day);
    expect(await refresh(signer)).toEqual(first);
    clock.advance(1);
    const second = await refresh(signer);
    const { generation, nonce, expires, signatures, ...content } = second;
    expect(first).toMatchObject(content);
    expect([generation, expires]).toEqual([2, new Date(clock.now() + 30 * day).toISOString()]);
    expect(nonce).not.toBe(first.nonce);
    expect(signatures).not.toEqual(first.signatures);
    isSigned(signer);
  });

  test('also when it has expired already', async () => {
    await publish(1, signer);
    clock.advance(100 * day);
    expect((await refresh(signer)).generation).toBe(2);
  });

  test('is left alone without a key, and before its first version', async () => {
    expect((await refresh(signer)).generation).toBe(0);
    expect(state.objects.size).toBe(0);
    await publish(1);
    expect((await refresh()).generation).toBe(1);
  });
});

describe('the heartbeat', () => {
  const heartbeatKey = 'snapshots/a.heartbeat.json';

  test('is signed with a key, and can be read', async () => {
    await recordHeartbeat({ image, version: 1, owner: 'run-1' }, portsOf(signer));
    assertSignedBy(signer, 'heartbeat', state.objects.get(heartbeatKey));
    expect(await tryReadHeartbeat(image, createMemoryStore(state))).toMatchObject({
      version: 1,
      expires: new Date(clock.now() + 30 * day).toISOString(),
    });
    expect(() => assertSignedBy(signer, 'index', state.objects.get(heartbeatKey))).toThrow('invalid signature');
  });

  test('is as before without one', async () => {
    await recordHeartbeat({ image, version: 1, owner: 'run-1' }, portsOf());
    expect(Object.keys(JSON.parse(String(state.objects.get(heartbeatKey))) as object)).toEqual([
      'schema',
      'image',
      'version',
      'owner',
      'checked',
    ]);
  });
});
