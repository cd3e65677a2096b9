import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diffVersions } from '../../../src/app/diff-versions.js';
import { readPrevious } from '../../../src/app/build/read-previous.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Steps } from '../../../src/platform/progress/steps.js';
import { claimVersion } from '../../../src/store/claim-version.js';
import { documentKey } from '../../../src/store/names.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { commitVersion, stageVersion, type PublishedVersion } from '../../../src/store/publish-version.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { builder, makeVersionParts, type PublishableParts } from '../../fixtures/version-parts.js';

const image = 'ubuntu-base';
let directory: string;
let state: MemoryState;
let store: ObjectStore;
let first: PublishedVersion;
let second: PublishedVersion;
const warnings: string[] = [];
const steps: Steps = {
  run: async (_, work) => work({ ...silentLog, warn: (line) => warnings.push(line) }),
  timeline: () => [],
};

async function publish(parts: PublishableParts): Promise<PublishedVersion> {
  const ports = { store, clock: createTestClock(), log: silentLog };
  const claim = await claimVersion({ image, owner: 'tester', builder }, ports);
  const staged = await stageVersion({ claim, golden: parts.golden, base: parts.base }, ports);
  return commitVersion(
    { staged, facts: toVersionFacts(parts), imageSha256: parts.imageSha256, channel: 'latest' },
    ports,
  );
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'diff-'));
  state = createMemoryState();
  store = createMemoryStore(state);
  const parts = await makeVersionParts(directory);
  first = await publish(parts);
  const previous = (await readPrevious(first, { store, steps }))!;
  const inventory = { files: [], folders: [{ path: '/etc', bytes: 9 }] };
  const packages = [{ name: 'systemd', version: '255.4-1ubuntu9', architecture: 'amd64' }];
  second = await publish({
    ...parts,
    previous,
    golden: { ...parts.golden, packages, inventory },
    securityUpdates: ['systemd'],
  });
});
afterAll(async () => rm(directory, { recursive: true }));

const expected = {
  facts: [],
  modules: [],
  units: [],
  times: [],
  boot: [],
  packages: [{ name: 'systemd', from: '255.4-1ubuntu8', to: '255.4-1ubuntu9', security: true }],
  files: [{ name: '/etc/hostname', from: expect.stringMatching(/^0644 0:0, 7 bytes, sha256 [0-9a-f]{64}$/) }],
  folders: [{ name: '/etc', from: 7, to: 9 }],
};

test('by numbers and channels, in either direction', async () => {
  expect(await diffVersions({ image, from: 1, to: 'latest' }, store)).toEqual({
    image,
    from: 1,
    to: 2,
    diff: expected,
  });
  expect(await diffVersions({ image, from: 2, to: 1 }, store)).toMatchObject({
    from: 2,
    to: 1,
    diff: { packages: [{ name: 'systemd', from: '255.4-1ubuntu9', to: '255.4-1ubuntu8' }] },
  });
  await expect(diffVersions({ image, from: 1, to: 7 }, store)).rejects.toThrow('version 7 of ubuntu-base is not live');
});

test('the manifest has the same diff, with numbers', () => {
  expect(first.manifest).not.toHaveProperty('changes');
  expect(second.manifest).toMatchObject({
    previous: 1,
    changes: {
      packages: { added: 0, removed: 0, changed: 1, first: expected.packages },
      files: { added: 0, removed: 1, changed: 0 },
      folders: expected.folders,
    },
  });
});

test('a damaged inventory fails a diff, and leaves a build without its list of files', async () => {
  const key = documentKey(image, 1, 'inventory.json');
  const original = state.objects.get(key)!;
  try {
    state.objects.set(key, Buffer.from('{}'));
    await expect(diffVersions({ image, from: 1, to: 2 }, store)).rejects.toThrow(
      'SHA-256 differs from the one in the manifest',
    );
    expect(await readPrevious(first, { store, steps })).toEqual({ manifest: first.manifest });
    expect(warnings.at(-1)).toMatch(/^The changelog has no files: .*SHA-256 differs/);
    state.objects.delete(key);
    await expect(diffVersions({ image, from: 1, to: 2 }, store)).rejects.toThrow('is missing');
  } finally {
    state.objects.set(key, original);
  }
});
