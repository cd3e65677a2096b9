import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { claimVersion } from '../../../src/store/claim-version.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { commitVersion, stageVersion } from '../../../src/store/publish-version.js';
import { findReference, findVersion, type Reference } from '../../../src/store/read-versions.js';
import type { StoreIndex } from '../../../src/store/index/store-index.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { builder, makeVersionParts, type PublishableParts } from '../../fixtures/version-parts.js';
import { watchStore } from '../../fixtures/watched-store.js';

const image = 'ubuntu-base';
const indexKey = 'snapshots/ubuntu-base.index.json';
let directory: string;
let parts: PublishableParts;
let state: MemoryState;
let store: ObjectStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reference-'));
  parts = await makeVersionParts(directory);
});
afterAll(async () => rm(directory, { recursive: true }));
beforeEach(() => {
  state = createMemoryState();
  store = createMemoryStore(state);
});

async function publish(to = store): Promise<void> {
  const ports = { store: to, clock: createTestClock(), log: silentLog };
  const claim = await claimVersion({ image, owner: 'tester', builder }, ports);
  const staged = await stageVersion({ claim, golden: parts.golden, base: parts.base }, ports);
  await commitVersion(
    { staged, facts: toVersionFacts(parts), imageSha256: parts.imageSha256, channel: 'latest' },
    ports,
  );
}

/** A publisher that dies between the manifest and the index. */
async function dieBeforeIndex(): Promise<void> {
  const dying = watchStore(store, async ({ method }, proceed) =>
    method === 'compareAndSwap' ? Promise.reject(new Failure('dead')) : proceed(),
  );
  await expect(publish(dying)).rejects.toThrow('dead');
}

const find = async (channel = 'latest', from = store): Promise<Reference> => findReference(image, channel, from);

test('a new version is compared with what the channel names, or else with the newest', async () => {
  expect(await find()).toEqual({ newest: undefined, isNamed: false });
  for (let version = 1; version <= 2; version += 1) await publish();
  expect(await find()).toMatchObject({ newest: { manifest: { version: 2 } }, isNamed: true });
  expect(await find('canary')).toMatchObject({ newest: { manifest: { version: 2 } }, isNamed: false });
});

test('a first publisher that died before it wrote the index is no obstacle', async () => {
  await dieBeforeIndex();
  expect(await find()).toEqual({ newest: undefined, isNamed: false });
  await publish();
  expect(await find()).toMatchObject({ newest: { manifest: { version: 2 } }, isNamed: true });
});

test('an index that is lost is told, with the versions that are there, before a new one is written', async () => {
  for (let version = 1; version <= 2; version += 1) await publish();
  state.objects.delete(indexKey);
  await expect(find()).rejects.toMatchObject({
    message: `memory://store/${indexKey} is missing, but the store has 2 complete versions`,
    fix: expect.stringContaining('restore the index'),
    evidence: [1, 2].map((version) => `memory://store/snapshots/ubuntu-base.${version}.manifest.json`),
  });
});

test('an index that is written while its versions are looked for is not lost', async () => {
  for (let version = 1; version <= 2; version += 1) await publish();
  const index = state.objects.get(indexKey)!;
  state.objects.delete(indexKey);
  const late = watchStore(store, async ({ method }, proceed) => {
    if (method === 'list') state.objects.set(indexKey, index);
    return proceed();
  });
  expect(await find('latest', late)).toEqual({ newest: undefined, isNamed: false });
});

test('every index that is read must be accepted first', async () => {
  await publish();
  const seen: unknown[] = [];
  const accept = async (index: StoreIndex, bytes: Buffer | undefined, uri: string): Promise<void> => {
    seen.push([index.generation, bytes?.equals(state.objects.get(indexKey)!), uri]);
    return Promise.resolve();
  };
  await findVersion(image, 'latest', store, { accept });
  expect(seen).toEqual([[1, true, `memory://store/${indexKey}`]]);

  // Retention takes the manifest that the first index names: a newer index is read, and accepted as well.
  let manifests = 0;
  const moving = watchStore(store, async ({ method, key }, proceed) => {
    if (method !== 'read' || !key.endsWith('.manifest.json')) return proceed();
    manifests += 1;
    if (manifests > 1) return proceed();
    await publish();
    return undefined as Awaited<ReturnType<typeof proceed>>;
  });
  expect(await findVersion(image, 'latest', moving, { accept })).toMatchObject({ manifest: { version: 2 } });
  expect(seen.slice(1)).toEqual([
    [1, true, expect.anything()],
    [2, true, expect.anything()],
  ]);

  state.objects.delete(indexKey);
  await expect(findVersion(image, 'latest', store, { accept })).rejects.toThrow('ubuntu-base has no channel "latest"');
  expect(seen.slice(3)).toEqual([[0, undefined, `memory://store/${indexKey}`]]);
});

test('nothing is read after an index that is rejected', async () => {
  await publish();
  const reads: string[] = [];
  const watched = watchStore(store, async ({ key }, proceed) => {
    reads.push(key);
    return proceed();
  });
  await expect(
    findVersion(image, 'latest', watched, { accept: async () => Promise.reject(new Failure('not this one')) }),
  ).rejects.toThrow('not this one');
  expect(reads).toEqual([indexKey]);
});
