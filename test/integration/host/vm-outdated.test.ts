import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pullVersion } from '../../../src/host/pull-version.js';
import type { HostPorts } from '../../../src/host/ports.js';
import { findOutdatedVms, type Drift } from '../../../src/host/vm/outdated.js';
import type { ObjectReader } from '../../../src/objects/object-store.js';
import { changeIndex, image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestVm, makeEmptyImage, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';

let host: VmHost;
let root: string;
let ports: HostPorts;

beforeEach(async () => {
  host = await makeVmHost('outdated');
  ({ root } = host);
  ports = await host.use({});
  await createTestVm(root, { name: 'old' }, ports);
});
afterEach(async () => host.remove(ports));

const publish = async (): Promise<unknown> =>
  publishTestVersion(host.store, { image: await makeEmptyImage(host.directory) });
const pull = async (wanted: number | string = 'latest'): Promise<unknown> =>
  pullVersion({ root, image, wanted, verify: false, allowRevoked: true }, { ...ports, store: host.store });
const find = async (store?: ObjectReader): Promise<Drift> =>
  findOutdatedVms({ root, channel: 'latest' }, { ...ports, store });
const revoke = async (versions: readonly number[], reason: string): Promise<void> =>
  changeIndex(host.store, (index) => ({
    ...index,
    revoked: Object.fromEntries(versions.map((version) => [version, { reason, at: '2026-01-01T00:00:00.000Z' }])),
  }));
const indexPath = (): string => join(root, 'versions', `.${image}.index.json`);

test('a VM on the version in use is not outdated, and one on an older version is', async () => {
  expect(await find()).toEqual({ vms: 1, outdated: [], unknown: [] });
  await publish();
  await pull();
  await createTestVm(root, { name: 'new' }, ports);
  const { outdated, ...rest } = await find();
  expect(rest).toEqual({ vms: 2, unknown: [] });
  expect(outdated).toEqual([
    expect.objectContaining({
      name: 'old',
      state: 'stopped',
      version: 1,
      reasons: ['older'],
      target: 2,
      targetIsLocal: true,
    }),
  ]);
  expect(outdated[0]?.fixes?.changes.packages).toBeDefined();
});

test('a channel that has moved on is known from the last index, or from the store', async () => {
  await publish();
  expect((await find()).outdated).toEqual([]);
  expect((await find(host.store)).outdated).toMatchObject([{ reasons: ['older'], target: 2, targetIsLocal: false }]);
  // A pull of the older version reads the index, too.
  await pull(1);
  expect((await find()).outdated).toMatchObject([{ reasons: ['older'], target: 2, targetIsLocal: false }]);
});

test('an index that no pull has accepted tells nothing', async () => {
  await publish();
  await pull(1);
  const cached = JSON.parse(await readFile(indexPath(), 'utf8')) as { content: string };
  await writeFile(
    indexPath(),
    JSON.stringify({ ...cached, content: cached.content.replace('"nonce": "', '"nonce": "x') }),
  );
  expect((await find()).outdated).toEqual([]);
  await writeFile(indexPath(), '{');
  expect((await find()).outdated).toEqual([]);
});

test('a store whose index went back is a problem of all VMs that need it', async () => {
  const old = (await host.store.read(`snapshots/${image}.index.json`, 1e6))!;
  await publish();
  await pull();
  const stale: ObjectReader = { ...host.store, read: async () => Promise.resolve(old) };
  expect((await find(stale)).unknown).toEqual([
    { name: 'old', problem: expect.stringMatching(/went back from generation \d+ to \d+/) },
  ]);
});

test('revoked and removed versions', async () => {
  await publish();
  await revoke([1], 'leaks\u202e');
  await pull();
  expect((await find()).outdated).toMatchObject([
    { reasons: ['revoked', 'older'], revoked: expect.stringMatching(/^leaks/) },
  ]);
  expect((await find()).outdated[0]?.revoked).not.toContain('\u202e');
  await rm(join(root, 'versions', `${image}.1`), { recursive: true });
  const [gone] = (await find()).outdated;
  expect(gone).toMatchObject({ reasons: ['revoked', 'older', 'removed'], target: 2 });
  expect(gone?.fixes).toBeUndefined();
  // The store still has its manifest.
  expect((await find(host.store)).outdated[0]?.fixes).toBeDefined();
});

test('a revoked version in use is no target', async () => {
  await publish();
  await pull();
  await revoke([1, 2], 'both');
  const [vm] = (await find(host.store)).outdated;
  expect(vm).toMatchObject({ reasons: ['revoked'] });
  expect(vm?.target).toBeUndefined();
});

test('a VM whose record is broken is named, and the others are still checked', async () => {
  await createTestVm(root, { name: 'broken' }, ports);
  await writeFile(join(root, 'sandboxes/broken/launch.json'), '{}');
  await publish();
  await pull();
  const { vms, outdated, unknown } = await find();
  expect(vms).toBe(2);
  expect(outdated.map(({ name }) => name)).toEqual(['old']);
  expect(unknown).toEqual([
    { name: 'broken', problem: expect.stringContaining('was not written by ch-golden vm create') },
  ]);
});
