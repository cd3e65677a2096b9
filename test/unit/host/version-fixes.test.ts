import { beforeAll, expect, test } from '@jest/globals';
import { createManifestReader, listFixes, type ReadManifest } from '../../../src/host/vm/version-fixes.js';
import type { VersionChanges } from '../../../src/store/documents/changes.js';
import type { Manifest } from '../../../src/store/documents/manifest.js';
import { readIndex } from '../../../src/store/index/update-index.js';
import { image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore } from '../../fixtures/memory-store.js';

const state = createMemoryState();
const store = createMemoryStore(state);
let base: Manifest;
let versions: readonly Manifest[];

beforeAll(async () => {
  base = (await publishTestVersion(store)).manifest;
  versions = [
    makeVersion(1, { openssl: '1', curl: '1', vim: '1' }, []),
    makeVersion(2, { openssl: '2', curl: '1', vim: '1' }, [security('openssl:amd64')]),
    makeVersion(3, { openssl: '2', curl: '2', vim: '2' }, [security('curl'), { name: 'vim', from: '1', to: '2' }]),
  ];
});

type Package = VersionChanges['packages']['first'][number];

/** Versions of a list of packages, each with the changes that its build recorded. */
function makeVersion(
  version: number,
  packages: Readonly<Record<string, string>>,
  changed: readonly Package[],
): Manifest {
  const none = { added: 0, removed: 0, changed: 0, first: [] };
  return {
    ...base,
    version,
    previous: version - 1,
    packages: Object.entries(packages).map(([name, number]) => ({ name, version: number, architecture: 'amd64' })),
    changes: { facts: [], modules: none, packages: { ...none, changed: changed.length, first: changed } },
  };
}

const security = (name: string): Package => ({ name, from: '1', to: '2', security: true });

function createReader(missing: readonly number[] = []): ReadManifest {
  return async (version) =>
    Promise.resolve(missing.includes(version) ? undefined : versions.find((one) => one.version === version));
}

test('security updates of all versions in between count, others only as changes', async () => {
  const fixes = await listFixes({ from: 1, to: 3 }, createReader());
  expect(fixes?.security).toEqual({ count: 2, complete: true });
  expect(fixes?.changes.packages).toMatchObject({ changed: 3, added: 0, removed: 0 });
  expect(fixes?.changes.packages.first.map(({ name, security: is }) => [name.replace(/:.*/, ''), is])).toEqual([
    ['openssl', true],
    ['curl', true],
    ['vim', undefined],
  ]);
});

test('a version in between that nobody has makes the count a lower bound', async () => {
  const fixes = await listFixes({ from: 1, to: 3 }, createReader([2]));
  expect(fixes?.security).toEqual({ count: 1, complete: false });
  expect(fixes?.changes.packages.changed).toBe(3);
});

test('a list that is cut off within its security updates makes the count a lower bound', async () => {
  const [, second] = versions;
  const cut = { ...second!, changes: { ...second!.changes!, packages: { ...second!.changes!.packages, changed: 60 } } };
  const read: ReadManifest = async (version) => (version === 2 ? Promise.resolve(cut) : createReader()(version));
  expect((await listFixes({ from: 1, to: 2 }, read))?.security).toEqual({ count: 1, complete: false });
});

test('without the manifest of one end nothing is known', async () => {
  expect(await listFixes({ from: 1, to: 3 }, createReader([1]))).toBeUndefined();
  expect(await listFixes({ from: 1, to: 3 }, createReader([3]))).toBeUndefined();
});

test('versions that name each other as previous end the search', async () => {
  const loop = versions.map((one) => ({ ...one, previous: 3 }));
  const read: ReadManifest = async (version) => Promise.resolve(loop.find((one) => one.version === version));
  expect((await listFixes({ from: 1, to: 3 }, read))?.security.complete).toBe(false);
});

test('the store is only asked for live versions, and what it returns is proven by the index', async () => {
  const index = await readIndex(image, store);
  const read = createManifestReader({ root: '/does-not-exist', image, index }, store);
  expect((await read(1))?.version).toBe(1);
  expect(await read(2)).toBeUndefined();
  const key = `snapshots/${image}.1.manifest.json`;
  state.objects.set(key, Buffer.from(String(state.objects.get(key)).replace('ubuntu', 'ubuntv')));
  await expect(createManifestReader({ root: '/does-not-exist', image, index }, store)(1)).rejects.toThrow(
    'SHA-256 differs from the one in the index',
  );
  expect(await createManifestReader({ root: '/does-not-exist', image, index })(1)).toBeUndefined();
});
