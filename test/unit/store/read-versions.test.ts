import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/log.js';
import { claimVersion } from '../../../src/store/claim-version.js';
import type { ObjectStore } from '../../../src/store/object-store.js';
import { commitVersion, stageVersion } from '../../../src/store/publish-version.js';
import { findReference, type Reference } from '../../../src/store/read-versions.js';
import { describeVersion } from '../../../src/store/version-facts.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { builder, makeVersionParts, type PublishableParts } from '../../fixtures/version-parts.js';
import { watchStore } from '../../fixtures/watched-store.js';

const image = 'ubuntu-base';
const indexKey = 'snapshots/ubuntu-base.index.json';
let folder: string;
let parts: PublishableParts;
let state: MemoryState;
let store: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reference-'));
  parts = await makeVersionParts(folder);
});
afterAll(async () => rm(folder, { recursive: true }));
beforeEach(() => {
  state = createMemoryState();
  store = createMemoryStore(state);
});

async function publish(to = store): Promise<void> {
  const ports = { store: to, clock: createTestClock(), log: silentLog };
  const claim = await claimVersion({ image, owner: 'tester', builder }, ports);
  const staged = await stageVersion({ claim, golden: parts.golden, base: parts.base }, ports);
  await commitVersion({ staged, facts: describeVersion(parts), imageSha256: parts.imageSha256, channel: 'latest' }, ports);
}

/** A publisher that dies between the manifest and the index. */
async function dieBeforeIndex(): Promise<void> {
  const dying = watchStore(store, async ({ method }, proceed) => (method === 'compareAndSwap' ? Promise.reject(new Failure('dead')) : proceed()));
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
    message: `memory://store/${indexKey} is missing, and 2 whole versions are there`,
    mend: expect.stringContaining('restore the index'),
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
