import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { access, chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reportIfWanted } from '../../../src/app/report-host.js';
import { reportHost } from '../../../src/host/report-host.js';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import { createS3Store } from '../../../src/objects/s3/s3-store.js';
import { systemClock } from '../../../src/platform/clock.js';
import { beginSession } from '../../../src/platform/session.js';
import { createPlainView } from '../../../src/platform/progress/plain-view.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { pruneStore } from '../../../src/store/cleanup/prune-store.js';
import { forgetHosts, readFleet } from '../../../src/store/fleet/fleet.js';
import { changeIndex, image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { startS3Server, testServerWithinMs } from '../../fixtures/s3-server.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { createTestVm, makeVmHost, type VmHost } from '../../fixtures/vm-host.js';
import type { HostPorts } from '../../../src/host/ports.js';

const hour = 3_600_000;
let host: VmHost;
let ports: HostPorts;
let clock: ReturnType<typeof createTestClock>;
let place: string;
let store: ObjectStore;

beforeEach(async () => {
  host = await makeVmHost('fleet');
  clock = createTestClock(Date.now());
  ports = await host.use({});
  place = join(host.directory, 'store');
  store = createDirectoryStore(place, { processes: createTestProcesses() });
});
afterEach(async () => host.remove(ports));

const report = async (to = store): Promise<boolean> =>
  reportHost(host.root, { ...ports, clock, store: to, owner: 'tester' });
const fleet = async (): ReturnType<typeof readFleet> => readFleet({ store, clock });
const hostFiles = async (): Promise<readonly string[]> => readdir(join(place, 'hosts'));

test('a host says what it has, at most once an hour unless that changes', async () => {
  await createTestVm(host.root, {}, ports);
  expect(await report()).toBe(true);
  expect(await report()).toBe(false);
  clock.advance(hour);
  expect(await report()).toBe(true);
  const { hosts, untrusted } = await fleet();
  expect(untrusted).toEqual([]);
  expect(hosts).toMatchObject([
    {
      inUse: [{ image, version: 1 }],
      vms: [{ image, version: 1, count: 1 }],
      vmm: expect.stringMatching(/^\d+\.\d/),
      ageMs: 0,
    },
  ]);
  expect(await hostFiles()).toEqual([`${hosts[0]?.id}.json`]);
  expect((await stat(join(host.root, 'host.key'))).mode & 0o777).toBe(0o600);
  // A report to a different store is not held back by that of the first.
  expect(await report(createDirectoryStore(join(host.directory, 'other'), { processes: createTestProcesses() }))).toBe(
    true,
  );
});

test('revoked versions are marked, from the index of the store', async () => {
  await publishTestVersion(store);
  await changeIndex(store, (index) => ({
    ...index,
    revoked: { 1: { reason: 'leaks', at: '2026-01-01T00:00:00.000Z' } },
  }));
  await report();
  expect((await fleet()).hosts[0]?.inUse).toMatchObject([{ version: 1, revoked: 'leaks' }]);
});

test('forged, foreign and malformed documents are untrusted, and do not hide the others', async () => {
  await report();
  const [name = ''] = await hostFiles();
  const path = join(place, 'hosts', name);
  const text = await readFile(path, 'utf8');
  const put = async (file: string, content: string): Promise<void> => writeFile(join(place, 'hosts', file), content);
  await put(`${'0'.repeat(64)}.json`, text);
  await put(`${'1'.repeat(64)}.json`, '{');
  await put(`${'2'.repeat(64)}.json`, ' '.repeat(300 * 1024));
  await put('notes.txt', 'hello');
  const { hosts, untrusted } = await fleet();
  expect(hosts).toHaveLength(1);
  expect(untrusted.map(({ problem }) => problem)).toEqual([
    expect.stringContaining('is signed by a different key than its file name states'),
    expect.stringContaining('is not JSON'),
    expect.stringMatching(/bytes/),
    'its file name is not a key ID',
  ]);
  await chmod(path, 0o600);
  await writeFile(path, text.replace('"version": 1', '"version": 2'));
  expect((await fleet()).hosts).toEqual([]);
  expect((await fleet()).untrusted.map(({ problem }) => problem)).toContainEqual(
    expect.stringContaining('invalid signature'),
  );
});

test('prune leaves the hosts alone, and forget removes one, or the silent ones', async () => {
  await publishTestVersion(store);
  await report();
  await pruneStore({ image, owner: 'tester', keep: 2, graceMs: 0 }, { store, clock, log: silentLog });
  const { id } = (await fleet()).hosts[0]!;
  expect(await forgetHosts({ olderThanMs: hour }, { store, clock })).toEqual([]);
  clock.advance(2 * hour);
  expect(await forgetHosts({ olderThanMs: hour }, { store, clock })).toEqual([id]);
  await report();
  expect(await forgetHosts({ id }, { store, clock })).toEqual([id]);
  expect(await forgetHosts({ id }, { store, clock })).toEqual([]);
});

test(
  'hosts are reported to S3, too, under any prefix',
  async () => {
    const server = await startS3Server();
    try {
      const address = { ...(await server.makeBucket()), prefix: 'teams/blue/' };
      store = createS3Store(address, { clock: systemClock, credentials: server.credentials });
      expect(await report()).toBe(true);
      expect(await report()).toBe(false);
      clock.advance(hour);
      expect(await report()).toBe(true);
      const { hosts, untrusted } = await fleet();
      expect({ hosts, untrusted }).toMatchObject({ hosts: [{ inUse: [{ image, version: 1 }] }], untrusted: [] });
      expect(await forgetHosts({ id: hosts[0]!.id }, { store, clock })).toEqual([hosts[0]!.id]);
      expect((await fleet()).hosts).toEqual([]);
    } finally {
      await server.stop();
    }
  },
  testServerWithinMs,
);

test('without the opt-in nothing is written, and a report that fails is a warning', async () => {
  const lines: string[] = [];
  const log = { ...silentLog, warn: (line: string) => lines.push(line) };
  const session = {
    ...beginSession(
      createPlainView(() => undefined, { verbose: false }),
      process.env,
    ),
    ...ports,
    log,
  };
  await reportIfWanted({ root: host.root, store: { address: place } }, session);
  await expect(access(place)).rejects.toThrow('ENOENT');
  await expect(access(join(host.root, 'host.key'))).rejects.toThrow('ENOENT');
  await reportIfWanted({ root: host.root, store: { address: 'https://mirror.example/x' }, reportHost: true }, session);
  expect(lines).toEqual(['This host is not reported: a mirror is read-only (use the address of its store)']);
  await writeFile(join(host.root, 'host.json'), JSON.stringify({ schema: 1, report: true }), { mode: 0o600 });
  await reportIfWanted({ root: host.root, store: { address: place } }, session);
  expect(await hostFiles()).toHaveLength(1);
  await writeFile(join(host.root, 'host.key'), 'no key');
  await reportIfWanted({ root: host.root, store: { address: place } }, session);
  expect(lines.at(-1)).toMatch(/^This host is not reported: .*host\.key is not a key in PEM$/);
});
