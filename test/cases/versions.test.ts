import { expect, test } from '@jest/globals';
import { Failure } from '../../src/platform/errors.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { compareVersions, type Comparable } from '../../src/store/documents/compare-versions.js';
import { probeStore } from '../../src/store/probe-store.js';
import type { InventoryFile } from '../../src/image/golden-image.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { createMemoryStore } from '../fixtures/memory-store.js';
import { createTestClock } from '../fixtures/test-clock.js';

test('row 9: a wrong bucket is an error, without warnings about leftovers', async () => {
  const missing = async (): Promise<never> => Promise.reject(new Failure('the bucket "nope" does not exist'));
  const store: ObjectStore = {
    ...createMemoryStore(),
    createOnly: missing,
    compareAndSwap: missing,
    read: missing,
    stage: missing,
    deleteMany: missing,
  };
  const warnings: string[] = [];
  const log = { ...silentLog, warn: (line: string) => void warnings.push(line) };
  await expect(
    probeStore({ image: 'ubuntu-base', owner: 'me' }, { store, clock: createTestClock(), log }),
  ).rejects.toThrow('the bucket "nope" does not exist');
  expect(warnings).toEqual([]);
});

const daemon: InventoryFile = {
  path: '/usr/local/bin/daemon',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 57_000_000,
  content: `sha256:${'ab'.repeat(32)}`,
};

test.each<[string, Partial<InventoryFile>, Partial<InventoryFile>, number]>([
  ['the same content', {}, {}, 0],
  ['content that an older release did not hash', { content: 'modified:2026-01-01T00:00:00.000Z' }, {}, 0],
  ['different content', {}, { content: `sha256:${'cd'.repeat(32)}` }, 1],
  ['a different mode', {}, { mode: 0o700 }, 1],
  ['a different owner', {}, { uid: 1000 }, 1],
  ['a different size, hashed once', { content: 'modified:2026-01-01T00:00:00.000Z', size: 1 }, {}, 1],
])('row 19: a file with %s', (_, before, after, changes) => {
  const facts = {
    base: { reference: 'noble', format: 'qcow2', sha256: 'ab'.repeat(32), size: 1 },
    cmdline: 'root=/dev/vda1',
    cloudHypervisor: { min: '51.0', diskOptions: [] },
    daemon: { sha256: 'ab'.repeat(32), size: 1, modules: [] },
    disk: { virtualSize: 1, chunkSize: 1, sha256: 'ab'.repeat(32), chunks: [] },
    kernel: { version: '6.8.0-90-generic' },
    layout: 'flattened',
    packages: [],
    smoke: null,
  } satisfies Comparable['facts'];
  const withFile = (changed: Partial<InventoryFile>): Comparable => ({
    facts,
    inventory: { files: [{ ...daemon, ...changed }], folders: [] },
  });
  expect(compareVersions(withFile(before), withFile(after)).files).toHaveLength(changes);
});
