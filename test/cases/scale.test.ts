import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkStore } from '../../src/app/doctor/checks/store.js';
import { assertSafeStore } from '../../src/app/unsafe-store.js';
import { formatDocument } from '../../src/platform/document.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { planPrune, pruneStore } from '../../src/store/cleanup/prune-store.js';
import { claimVersion } from '../../src/store/claim-version.js';
import { createIndex } from '../../src/store/index/store-index.js';
import { documentKey, indexKey } from '../../src/store/names.js';
import { countRequests, type RequestCount } from '../fixtures/count-requests.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../fixtures/memory-store.js';
import { createTestClock } from '../fixtures/test-clock.js';

const image = 'ubuntu-base';
const builder = { tool: 'test' };
const numbers = (first: number, last: number): readonly number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

let state: MemoryState;
let counted: RequestCount;
let clock: ReturnType<typeof createTestClock>;

beforeEach(() => {
  state = createMemoryState();
  counted = countRequests(createMemoryStore(state));
  clock = createTestClock();
});

function putClaims(of: string, versions: readonly number[]): void {
  for (const version of versions) state.objects.set(documentKey(of, version, 'claim'), Buffer.from('{}'));
}

function putIndex(live: readonly number[], highest: number): void {
  const index = {
    ...createIndex(image),
    generation: 1,
    nonce: 'n',
    highest,
    live: live.map((version) => ({ version, manifestSha256: 'ab'.repeat(32) })),
  };
  state.objects.set(indexKey(image), formatDocument(index));
}

/** Requests as `kind: number`, without those that read documents. */
const requestsOf = (counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(counts).filter(([kind]) => kind !== 'read'));

describe('a claim', () => {
  const siblings = numbers(1, 100).map((number) => `${image}.s${number}`);
  test.each<[string, { published: number; claimed: number; siblings?: boolean }, number, number]>([
    // published, claimed after that, pages of listings, the number that is claimed
    ['the first one', { published: 0, claimed: 0 }, 1, 1],
    ['the first one beside 100 siblings', { published: 0, claimed: 0, siblings: true }, 1, 1],
    ['50 versions beside 100 siblings', { published: 50, claimed: 0, siblings: true }, 1, 51],
    ['99 versions', { published: 99, claimed: 0 }, 1, 100],
    ['999 versions', { published: 999, claimed: 0 }, 1, 1000],
    ['10,000 versions', { published: 10_000, claimed: 0 }, 1, 10_001],
    ['10,000 versions beside 100 siblings', { published: 10_000, claimed: 0, siblings: true }, 1, 10_001],
    ['10,000 versions, 30 claimed meanwhile', { published: 10_000, claimed: 30 }, 1, 10_031],
    ['10,000 versions, 250 claimed meanwhile', { published: 10_000, claimed: 250 }, 3, 10_251],
  ])('%s', async (_, store, pages, version) => {
    putClaims(image, numbers(1, store.published + store.claimed));
    if (store.siblings === true) for (const sibling of siblings) putClaims(sibling, numbers(1, 100));
    if (store.published > 0) putIndex([store.published], store.published);
    const claim = await claimVersion({ image, owner: 'me', builder }, { store: counted.store, clock, log: silentLog });
    expect(claim.version).toBe(version);
    expect(counted.take()).toEqual({ read: 1, list: pages, createOnly: 1 });
  });
});

describe('a prune', () => {
  const suffixes = ['claim', 'SHA256SUMS', 'manifest.json', 'spdx.json', 'inventory.json'] as const;
  const files = ['qcow2', 'vmlinuz', 'initramfs'];

  test.each([
    [4, { deleteMany: 2, list: 2 }],
    [300, { deleteMany: 3, list: 3 }],
  ])('of all but 2 of %d versions', async (versions, requests) => {
    const all = numbers(1, versions);
    for (const version of all) {
      for (const suffix of suffixes) state.objects.set(documentKey(image, version, suffix), Buffer.from('{}'));
      for (const file of files) state.objects.set(`snapshots/${image}.${version}.${file}`, Buffer.from('x'));
    }
    putIndex(all, versions);
    const request = { image, owner: 'me', keep: 2, graceMs: 1000 };
    const ports = { store: counted.store, clock, log: silentLog };
    await pruneStore(request, ports);
    clock.advance(2000);
    counted.take();
    expect((await pruneStore(request, ports)).removed).toHaveLength(versions - 2);
    // One more: the listing of the image for versions that are not in the index.
    const unlisted = Math.ceil((versions - 2 + 2 * (suffixes.length + files.length) + 1) / 1000);
    expect(requestsOf(counted.take())).toEqual({ ...requests, list: requests.list + unlisted, compareAndSwap: 1 });
    const left = [...state.objects.keys()].filter((key) => !key.endsWith('.claim'));
    expect(left).toHaveLength(1 + 2 * (suffixes.length - 1 + files.length));
    expect([...state.objects.keys()].filter((key) => key.endsWith('.claim'))).toHaveLength(versions);
    expect((await planPrune(request, ports)).retiring).toEqual([]);
  });
});

describe('the check of a store before a build', () => {
  const place = { address: 's3://images/team', endpoint: 'https://s3.example', region: 'us-east-1' };
  let cacheDirectory: string;

  beforeEach(async () => {
    cacheDirectory = await mkdtemp(join(tmpdir(), 'proven-'));
  });
  afterEach(async () => rm(cacheDirectory, { recursive: true }));

  const check = async (changed: Partial<typeof place> & { readonly image?: string } = {}): Promise<number> => {
    const { image: name = image, ...rest } = changed;
    const cached = { place: { ...place, ...rest }, cacheDirectory };
    await assertSafeStore(
      { image: name, owner: 'me', allowUnsafe: false, cached },
      { store: counted.store, clock, log: silentLog },
    );
    return Object.values(counted.take()).reduce((sum, requests) => sum + requests, 0);
  };

  test('makes no request to a store that passed within a day', async () => {
    expect(await check()).toBeGreaterThan(40);
    clock.advance(24 * 3600 * 1000 - 1);
    expect(await check()).toBe(0);
    clock.advance(1);
    expect(await check()).toBeGreaterThan(40);
  });

  test.each([
    ['bucket', { address: 's3://other/team' }],
    ['prefix', { address: 's3://images/other' }],
    ['endpoint', { endpoint: 'https://other.example' }],
    ['image', { image: 'other' }],
  ])('probes a different %s', async (_, changed) => {
    await check();
    expect(await check(changed)).toBeGreaterThan(40);
  });

  test('does not trust a result from the future, nor a damaged one', async () => {
    await check();
    clock.advance(-1);
    expect(await check()).toBeGreaterThan(40);
    const directory = join(cacheDirectory, 'proven-stores');
    for (const name of await readdir(directory)) await writeFile(join(directory, name), 'soon');
    expect(await check()).toBeGreaterThan(40);
  });

  test('never remembers a store with defects', async () => {
    const { store } = counted;
    counted = { ...counted, store: { ...store, compareAndSwap: async () => Promise.resolve('swapped') } };
    await expect(check()).rejects.toThrow("the store's conditional writes do not work");
    counted = { ...counted, store };
    counted.take();
    expect(await check()).toBeGreaterThan(40);
  });

  test('the doctor always probes', async () => {
    await check();
    const publish = {
      image,
      channel: 'latest',
      keep: 5,
      ifUnchanged: 'skip',
      dryRun: false,
      unsafeStore: false,
    } as const;
    await checkStore({ publish }, { store: counted.store, clock, owner: 'me' });
    expect(Object.values(counted.take()).reduce((sum, requests) => sum + requests, 0)).toBeGreaterThan(40);
  });
});
