import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { claimVersion, type Claim } from '../../../src/store/claim-version.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import {
  abandonVersion,
  commitVersion,
  stageVersion,
  type PublishedVersion,
} from '../../../src/store/publish-version.js';
import { getVersion, listVersions, tryGetChannelVersion } from '../../../src/store/read-versions.js';
import { reapStaged } from '../../../src/store/cleanup/reap-staged.js';
import { toVersionFacts } from '../../../src/store/documents/version-facts.js';
import { findBrokenVersions } from '../../fixtures/check-store.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { builder, makeVersionParts, type PublishableParts } from '../../fixtures/version-parts.js';
import { watchStore, type StoreCall } from '../../fixtures/watched-store.js';

const image = 'ubuntu-base';
let directory: string;
let parts: PublishableParts;
let layered: PublishableParts;
let state: MemoryState;
let store: ObjectStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'publish-'));
  parts = await makeVersionParts(join(directory, 'flattened'));
  layered = await makeVersionParts(join(directory, 'layered'), 'layered');
});

afterAll(async () => rm(directory, { recursive: true }));

beforeEach(() => {
  state = createMemoryState();
  store = createMemoryStore(state);
});

const claim = async (owner: string, to = store, version?: number): Promise<Claim> =>
  claimVersion(
    { image, owner, builder, ...(version === undefined ? {} : { version }) },
    { store: to, clock: createTestClock(), log: silentLog },
  );

/** What the build does, its end included when something fails. */
async function publish(to: ObjectStore, from = parts, owner = 'tester'): Promise<PublishedVersion> {
  const claimed = await claim(owner, to);
  const staged = await stageVersion(
    { claim: claimed, golden: from.golden, base: from.base },
    { store: to, clock: createTestClock(), log: silentLog },
  ).catch(async (error: unknown) => {
    await abandonVersion({ claim: claimed }, { store: to, log: silentLog });
    throw error;
  });
  try {
    return await commitVersion(
      { staged, facts: toVersionFacts(from), imageSha256: from.imageSha256, channel: 'latest' },
      { store: to, clock: createTestClock() },
    );
  } catch (error) {
    await abandonVersion({ claim: claimed, staged }, { store: to, log: silentLog });
    throw error;
  }
}

const keys = (): readonly string[] => [...state.objects.keys()].sort();
const textOf = (key: string): string => String(state.objects.get(key));
const versionKeys = [
  'SHA256SUMS',
  'claim',
  'initramfs',
  'inventory.json',
  'manifest.json',
  'qcow2',
  'spdx.json',
  'vmlinuz',
].map((suffix) => `snapshots/ubuntu-base.1.${suffix}`);

describe('a version', () => {
  test('is published with its files, checksums, manifest, and index', async () => {
    const published = await publish(store);
    expect(keys()).toEqual([...versionKeys, 'snapshots/ubuntu-base.index.json']);
    expect(textOf('snapshots/ubuntu-base.1.SHA256SUMS')).toBe(
      [
        [parts.imageSha256, 'qcow2'],
        [parts.golden.kernel.sha256, 'vmlinuz'],
        [parts.golden.initramfs.sha256, 'initramfs'],
      ]
        .map(([sha256, suffix]) => `${sha256}  ubuntu-base.1.${suffix}\n`)
        .join('') +
        `${published.manifest.documents?.sbom?.sha256 ?? ''}  ubuntu-base.1.spdx.json\n` +
        `${published.manifest.documents?.inventory?.sha256 ?? ''}  ubuntu-base.1.inventory.json\n`,
    );
    expect(published.uris).toEqual({
      image: 'memory://store/snapshots/ubuntu-base.1.qcow2',
      kernel: 'memory://store/snapshots/ubuntu-base.1.vmlinuz',
      initramfs: 'memory://store/snapshots/ubuntu-base.1.initramfs',
      manifest: 'memory://store/snapshots/ubuntu-base.1.manifest.json',
    });
    expect(await tryGetChannelVersion(image, 'latest', store)).toMatchObject({
      manifest: published.manifest,
      manifestSha256: published.manifestSha256,
    });
    expect(await listVersions(image, store)).toEqual([
      { version: 1, manifestSha256: published.manifestSha256, channels: ['latest'] },
    ]);
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('says nothing of the machine it was made on', async () => {
    await publish(store, layered);
    for (const [key, bytes] of state.objects) expect(`${key} ${String(bytes)}`).not.toContain(directory);
  });

  test('is hidden while it is staged', async () => {
    await publish(store);
    const claimed = await claim('other');
    const staged = await stageVersion(
      { claim: claimed, golden: parts.golden, base: parts.base },
      { store, clock: createTestClock(), log: silentLog },
    );
    expect(keys().filter((key) => key.includes('.2.'))).toEqual(['snapshots/ubuntu-base.2.claim']);
    expect(staged.files).toHaveLength(3);
    await expect(getVersion(image, 2, store)).rejects.toThrow('version 2 of ubuntu-base is not live');
  });

  test('is written in order: files, their ETags, documents, checksums, manifest, index', async () => {
    const calls: string[] = [];
    await publish(
      watchStore(store, async ({ method, key }, proceed) => {
        calls.push(`${method} ${key.replace('snapshots/ubuntu-base.', '')}`);
        return proceed();
      }),
    );
    expect([...calls.slice(0, 3), ...calls.slice(3, 6).sort(), ...calls.slice(6)]).toEqual([
      'read index.json',
      'list ',
      'createOnly 1.claim',
      'stage 1.initramfs',
      'stage 1.qcow2',
      'stage 1.vmlinuz',
      'complete 1.qcow2',
      'complete 1.vmlinuz',
      'complete 1.initramfs',
      'head 1.qcow2',
      'head 1.vmlinuz',
      'head 1.initramfs',
      'createOnly 1.spdx.json',
      'createOnly 1.inventory.json',
      'createOnly 1.SHA256SUMS',
      'createOnly 1.manifest.json',
      'read index.json',
      'compareAndSwap index.json',
    ]);
  });

  test('reports progress of all its files together, and at the end how their bytes came there', async () => {
    const seen: (readonly [number, number | undefined])[] = [];
    const lines: string[] = [];
    const claimed = await claim('tester');
    await stageVersion(
      { claim: claimed, golden: parts.golden, base: parts.base },
      {
        store,
        clock: createTestClock(),
        log: { ...silentLog, info: (line) => lines.push(line), progress: (_, done, total) => seen.push([done, total]) },
      },
    );
    expect(seen.at(-1)).toEqual([27_000, 27_000]);
    expect(lines).toEqual(['sent 26.4 KiB in 0 ms']);
  });

  test('a layered one brings its base, which the next one finds there', async () => {
    await publish(store, layered);
    const base = `images/${layered.base.sha256}.img`;
    expect(keys()).toContain(base);
    expect(textOf('snapshots/ubuntu-base.1.SHA256SUMS')).toContain(`${layered.base.sha256}  ../${base}\n`);
    const staged: string[] = [];
    await publish(
      watchStore(store, async ({ method, key }, proceed) => {
        if (method === 'stage') staged.push(key);
        return proceed();
      }),
      layered,
      'other',
    );
    expect(staged.sort()).toEqual([
      'snapshots/ubuntu-base.2.initramfs',
      'snapshots/ubuntu-base.2.qcow2',
      'snapshots/ubuntu-base.2.vmlinuz',
    ]);
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('resumes what a dead run left of its own files, unless it could be reaped before completion', async () => {
    const claimed = await claim('tester');
    const clock = createTestClock();
    const since = new Map<string, number | undefined>();
    const watched: ObjectStore = {
      ...store,
      stage: async (request) => store.stage(request).finally(() => since.set(request.key, request.resumeSince)),
    };
    await stageVersion(
      { claim: claimed, golden: layered.golden, base: layered.base },
      { store: watched, clock, log: silentLog },
    );
    const limit = clock.now() - 12 * 3_600_000;
    expect(Object.fromEntries(since)).toEqual({
      [`images/${layered.base.sha256}.img`]: undefined,
      'snapshots/ubuntu-base.1.qcow2': limit,
      'snapshots/ubuntu-base.1.vmlinuz': limit,
      'snapshots/ubuntu-base.1.initramfs': limit,
    });
  });

  test('two layered ones that bring the same base at once are both published', async () => {
    await Promise.all([publish(store, layered, 'one'), publish(store, layered, 'other')]);
    expect((await listVersions(image, store)).map(({ version }) => version)).toEqual([2, 1]);
    expect(await findBrokenVersions(image, store)).toEqual([]);
  });

  test('16 at once get 16 numbers, and latest is the highest', async () => {
    const published = await Promise.all(
      Array.from({ length: 16 }, async (_, owner) => publish(store, parts, `owner-${owner}`)),
    );
    expect(published.map(({ manifest }) => manifest.version).sort((one, other) => one - other)).toEqual(
      Array.from({ length: 16 }, (_, index) => index + 1),
    );
    expect((await tryGetChannelVersion(image, 'latest', store))?.manifest.version).toBe(16);
  });

  test('is refused before anything is visible, where its manifest or the index could not be read again', async () => {
    const claimed = await claim('tester');
    const staged = await stageVersion(
      { claim: claimed, golden: parts.golden, base: parts.base },
      { store, clock: createTestClock(), log: silentLog },
    );
    const facts = { ...toVersionFacts(parts), cmdline: 'root=/dev/vda\nquiet' };
    await expect(
      commitVersion(
        { staged, facts, imageSha256: parts.imageSha256, channel: 'latest' },
        { store, clock: createTestClock() },
      ),
    ).rejects.toThrow('the manifest of ubuntu-base.1 is not valid: cmdline');
    await expect(
      commitVersion(
        { staged, facts: toVersionFacts(parts), imageSha256: parts.imageSha256, channel: 'La test' },
        { store, clock: createTestClock() },
      ),
    ).rejects.toThrow('invalid channel name "La test"');
    expect(keys()).toEqual(['snapshots/ubuntu-base.1.claim']);
  });

  test('is not staged in part: one file that is not what it was leaves none', async () => {
    const own = await makeVersionParts(join(directory, 'torn'));
    await truncate(own.golden.initramfs.path, 100);
    await expect(publish(store, own)).rejects.toThrow(own.golden.initramfs.path);
    expect([state.objects.size, state.staged.size]).toEqual([0, 0]);
  });
});

describe('claims', () => {
  test('the next number is above all that is there, compared as numbers', async () => {
    for (const key of [
      'snapshots/ubuntu-base.9.claim',
      'snapshots/ubuntu-base.10.qcow2',
      'snapshots/ubuntu-base.x.99.claim',
    ]) {
      await store.createOnly(key, Buffer.from('by hand'), { owner: 'x', cacheControl: '' });
    }
    expect((await claim('tester')).version).toBe(11);
  });

  test('a claim whose answer got lost is ours', async () => {
    const lying = watchStore(store, async <T>({ method }: StoreCall, proceed: () => Promise<T>) =>
      method === 'createOnly' ? proceed().then(() => 'exists' as T) : proceed(),
    );
    expect((await claim('tester', lying)).version).toBe(1);
    expect((await claim('other')).version).toBe(2);
  });

  test('a claim that another made a moment before is not ours', async () => {
    const contended = watchStore(store, async <T>({ method, key }: StoreCall, proceed: () => Promise<T>) => {
      if (method === 'createOnly' && key.includes('.1.')) await claim('faster');
      return proceed();
    });
    expect((await claim('tester', contended)).version).toBe(2);
  });

  test('a number can be asked for', async () => {
    expect((await claim('tester', store, 7)).version).toBe(7);
    expect((await claim('other')).version).toBe(8);
  });

  test('a number that is taken is refused, and says by whom', async () => {
    await claim('tester', store, 7);
    await expect(claim('other', store, 7)).rejects.toThrow(
      'version 7 of ubuntu-base is taken by the claim of https://example.org/runs/1 at 2026-11-23T06:00:00.000Z',
    );
    await store.createOnly('snapshots/ubuntu-base.8.qcow2', Buffer.from('by hand'), { owner: 'x', cacheControl: '' });
    await expect(claim('other', store, 8)).rejects.toThrow(
      'version 8 of ubuntu-base is taken: memory://store/snapshots/ubuntu-base.8.qcow2 exists',
    );
    await store.createOnly('snapshots/ubuntu-base.9.claim', Buffer.from('by hand'), { owner: 'x', cacheControl: '' });
    await expect(claim('other', store, 9)).rejects.toThrow('version 9 of ubuntu-base is taken by an unreadable claim');
  });
});

describe('abandoning', () => {
  test('leaves nothing, and the number is free again', async () => {
    const claimed = await claim('tester');
    const staged = await stageVersion(
      { claim: claimed, golden: parts.golden, base: parts.base },
      { store, clock: createTestClock(), log: silentLog },
    );
    await abandonVersion({ claim: claimed, staged }, { store, log: silentLog });
    expect([state.objects.size, state.staged.size]).toEqual([0, 0]);
    expect((await claim('other')).version).toBe(1);
  });

  test('keeps the claim once a file is completed: the number is used', async () => {
    const claimed = await claim('tester');
    const staged = await stageVersion(
      { claim: claimed, golden: parts.golden, base: parts.base },
      { store, clock: createTestClock(), log: silentLog },
    );
    await staged.files[0]?.staged?.complete();
    await abandonVersion({ claim: claimed, staged }, { store, log: silentLog });
    expect(state.staged.size).toBe(0);
    expect((await claim('other')).version).toBe(2);
  });

  test('does nothing to a version that is published', async () => {
    await publish(store);
    const before = new Map(state.objects);
    await abandonVersion({ claim: { image, version: 1, owner: 'tester' } }, { store, log: silentLog });
    expect(state.objects).toEqual(before);
  });

  test('keeps a claim that is not ours: it was taken over from an attempt that may still run', async () => {
    const claimed = await claim('tester');
    await abandonVersion({ claim: { ...claimed, owner: 'other' } }, { store, log: silentLog });
    expect(keys()).toEqual(['snapshots/ubuntu-base.1.claim']);
  });

  test('only warns where the claim cannot be removed', async () => {
    const claimed = await claim('tester');
    const readOnly = watchStore(store, async ({ method }, proceed) =>
      method === 'delete' ? Promise.reject(new Failure('AccessDenied')) : proceed(),
    );
    const warnings: string[] = [];
    await abandonVersion(
      { claim: claimed },
      { store: readOnly, log: { ...silentLog, warn: (line) => warnings.push(line) } },
    );
    expect(warnings).toEqual(['Could not release version 1 of ubuntu-base, its number stays unused: AccessDenied']);
  });
});

describe('something is there already', () => {
  test.each(['qcow2', 'SHA256SUMS', 'manifest.json'])(
    'other content in place of the %s ends the publishing, and is left as it is',
    async (suffix) => {
      const key = `snapshots/ubuntu-base.1.${suffix}`;
      const meddled = watchStore(store, async ({ method }, proceed) => {
        if (method === 'complete')
          await store.createOnly(key, Buffer.from('by hand'), { owner: 'x', cacheControl: '' });
        return proceed();
      });
      await expect(publish(meddled)).rejects.toThrow(`memory://store/${key} already exists with different content`);
      expect(textOf(key)).toBe('by hand');
      expect(await listVersions(image, store)).toEqual([]);
    },
  );

  test('an object that the store has lost or cut is found before the manifest is written', async () => {
    for (const [change, message] of [
      [() => state.objects.delete('snapshots/ubuntu-base.1.vmlinuz'), /vmlinuz is missing/],
      [
        () => state.objects.set('snapshots/ubuntu-base.1.vmlinuz', Buffer.alloc(5)),
        /vmlinuz has 5 bytes, expected 3000/,
      ],
      [
        () => state.objects.set('snapshots/ubuntu-base.1.vmlinuz', Buffer.alloc(3000)),
        /vmlinuz has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}$/,
      ],
    ] as const) {
      state.objects.clear();
      const losing = watchStore(store, async ({ method }, proceed) => {
        if (method === 'head') change();
        return proceed();
      });
      await expect(publish(losing)).rejects.toThrow(message);
      expect(keys()).not.toContain('snapshots/ubuntu-base.1.manifest.json');
    }
  });
});

/** The calls that a publishing makes, in order. */
async function recordCalls(from: PublishableParts): Promise<readonly StoreCall[]> {
  const calls: StoreCall[] = [];
  const recorded = createMemoryStore();
  await publish(recorded, from, 'before');
  await publish(
    watchStore(recorded, async (call, proceed) => {
      calls.push(call);
      return proceed();
    }),
    from,
  );
  return calls;
}

/** What must hold whatever has happened to a second version, once the first is published. */
async function expectSound(before: MemoryState): Promise<void> {
  const after = createMemoryStore(state);
  expect(await findBrokenVersions(image, after)).toEqual([]);
  const latest = (await tryGetChannelVersion(image, 'latest', after))?.manifest.version;
  expect(latest).toBe((await listVersions(image, after))[0]?.version);
  for (const [key, bytes] of before.objects)
    if (!key.endsWith('index.json')) expect(state.objects.get(key)).toEqual(bytes);
  const rest = new Map(state.objects);
  const next = await publish(after, layered, 'after');
  for (const [key, bytes] of rest) if (!key.endsWith('index.json')) expect(state.objects.get(key)).toEqual(bytes);
  expect(next.manifest.version).toBeGreaterThan(latest ?? 0);
  expect(await findBrokenVersions(image, after)).toEqual([]);
  await reapStaged({ graceMs: 0 }, { store: after, clock: createTestClock(Date.now() + 1000), log: silentLog });
  expect(state.staged.size).toBe(0);
}

describe('whatever call of a publishing is the last', () => {
  test('a process that dies before or after an effect leaves a consistent store, and the next publishes', async () => {
    const { length } = await recordCalls(layered);
    let crashes = 0;
    for (let last = 0; last < length; last += 1) {
      for (const effect of ['before', 'after']) {
        state = createMemoryState();
        store = createMemoryStore(state);
        await publish(store, layered, 'before');
        const before = createMemoryState(state);
        let count = 0;
        // A dead process makes no more calls: none succeeds, the cleaning up included.
        const dying = watchStore(store, async (_, proceed) => {
          const number = count;
          count += 1;
          if (number < last) return proceed();
          if (number === last && effect === 'after') await proceed();
          throw new Failure('dead');
        });
        await expect(publish(dying, layered)).rejects.toThrow('dead');
        await expectSound(before);
        crashes += 1;
      }
    }
    expect(crashes).toBe(2 * length);
    expect(length).toBeGreaterThan(15);
  }, 30_000);

  test('a call whose answer is lost once ends right, or with nothing visible and nothing staged', async () => {
    const calls = await recordCalls(layered);
    const outcomes = { published: 0, failed: 0 };
    for (let lost = 0; lost < calls.length; lost += 1) {
      for (const effect of ['before', 'after']) {
        state = createMemoryState();
        store = createMemoryStore(state);
        await publish(store, layered, 'before');
        const before = createMemoryState(state);
        let count = 0;
        const faulty = watchStore(store, async (_, proceed) => {
          const number = count;
          count += 1;
          if (number !== lost) return proceed();
          if (effect === 'after') await proceed();
          throw new Failure('no answer');
        });
        const published = await publish(faulty, layered).then(
          ({ manifest }) => manifest.version,
          () => undefined,
        );
        outcomes[published === undefined ? 'failed' : 'published'] += 1;
        const live = (await listVersions(image, store)).map(({ version }) => version);
        expect(live).toEqual(published === undefined ? [1] : [2, 1]);
        expect([...state.staged.values()].filter(({ key }) => key.includes('.2.') && published !== undefined)).toEqual(
          [],
        );
        await expectSound(before);
      }
    }
    // The index alone can be decided by reading it again; all else is for the store to try again, or fails.
    expect(outcomes).toEqual({ published: 1, failed: 2 * calls.length - 1 });
  }, 30_000);

  test('understands a store that retries by itself, and so reports "exists" or "lost" for its own writes', async () => {
    for (const method of ['createOnly', 'complete', 'compareAndSwap'] as const) {
      state = createMemoryState();
      const retried = watchStore(createMemoryStore(state), async <T>(call: StoreCall, proceed: () => Promise<T>) => {
        const answer = await proceed();
        if (call.method !== method) return answer;
        return (method === 'compareAndSwap' ? 'lost' : 'exists') as T;
      });
      expect((await publish(retried, layered)).manifest.version).toBe(1);
      expect(await findBrokenVersions(image, createMemoryStore(state))).toEqual([]);
    }
  });
});

test('nothing is read that a foreign hand has put in place of a manifest', async () => {
  await publish(store);
  const key = 'snapshots/ubuntu-base.1.manifest.json';
  state.objects.set(key, Buffer.from(textOf(key).replace('"noble"', '"other"')));
  await expect(getVersion(image, 1, store)).rejects.toThrow(
    /manifest\.json: SHA-256 differs from the one in the index/,
  );
  state.objects.delete(key);
  await expect(getVersion(image, 1, store)).rejects.toThrow(/manifest\.json is missing, but the index lists it/);
});
