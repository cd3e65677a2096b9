import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalVersion, draftManifest, type VersionPaths } from '../../../../src/app/warm/local-version.js';
import { serveWarm } from '../../../../src/app/warm/serve-warm.js';
import type { WarmOrder } from '../../../../src/app/warm/warm-order.js';
import type { HostPorts } from '../../../../src/host/ports.js';
import { deleteVm } from '../../../../src/host/vm/stop-vm.js';
import { listVms } from '../../../../src/host/vm/vm-state.js';
import { systemClock, type Clock } from '../../../../src/platform/clock.js';
import { silentLog } from '../../../../src/platform/progress/log.js';
import type { Manifest } from '../../../../src/store/documents/manifest.js';
import { toVersionFacts } from '../../../../src/store/documents/version-facts.js';
import { installFakeVmm, type FakeVmm } from '../../../fixtures/install-fake-vmm.js';
import { createTestProcesses } from '../../../fixtures/ports.js';
import { makeBase, makeDisk, makeTestDirectory, nobleDisk } from '../../../fixtures/small-image.js';
import { createTestMachine, testTap } from '../../../fixtures/test-machine.js';
import { makeVersionParts } from '../../../fixtures/version-parts.js';

const { signal } = new AbortController();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let manifest: Manifest;
let paths: VersionPaths;
let order: WarmOrder;
let ports: HostPorts;
let logged: string[];

beforeAll(async () => {
  directory = await makeTestDirectory('warm proof');
  const processes = createTestProcesses();
  const raw = join(directory.path, 'disk.raw');
  await makeDisk(raw, nobleDisk, processes);
  const { path: image, virtualSize } = await makeBase(raw, 'none', processes);
  const parts = await makeVersionParts(join(directory.path, 'parts'));
  paths = { image, kernel: parts.golden.kernel.path, initramfs: parts.golden.initramfs.path };
  manifest = await draftManifest(
    'ubuntu-base',
    toVersionFacts({ ...parts, golden: { ...parts.golden, virtualSize } }),
    paths,
    signal,
  );
});
beforeEach(async () => {
  root = join(directory.path, 'host');
  const evidence = join(directory.path, 'smoke');
  await mkdir(evidence);
  await createLocalVersion(root, manifest, paths);
  await use({});
  order = {
    ...{ root, evidence, image: 'ubuntu-base', version: 1, cpus: 2, memoryMiB: 64, timeoutMs: 60_000 },
    clones: [
      { name: 'warm-1', tap: 'warm-1', address: '127.0.0.21/8' },
      { name: 'warm-2', tap: 'warm-2', address: '127.0.0.22/8' },
    ],
    gateway: '127.0.0.1',
    isSandboxNamed: true,
    environment: {},
  };
});
afterEach(async () => {
  // The helper leaves them to its namespace.
  for (const { name } of await listVms(root)) await deleteVm({ root, name, force: true }, ports);
  for (const path of [root, order.evidence]) await rm(path, { recursive: true });
});
afterAll(async () => directory.remove());

async function use(fake: FakeVmm): Promise<void> {
  logged = [];
  ports = {
    processes: await installFakeVmm(directory.path, fake, signal),
    clock: systemClock,
    signal,
    log: { ...silentLog, info: (line) => void logged.push(line) },
    machine: createTestMachine({ interfaces: [testTap('warm-1'), testTap('warm-2')] }),
  };
}

test('two clones at once are proven, powered off, and their consoles kept', async () => {
  const report = await serveWarm(order, ports);
  const time = expect.any(Number);
  expect(report).toEqual({
    templateMs: time,
    clones: ['warm-1', 'warm-2'].map((hostname) => ({ hostname, resumeMs: time, identityMs: time, healthMs: time })),
  });
  for (const { resumeMs, identityMs, healthMs } of report.clones)
    expect(resumeMs <= identityMs && identityMs <= healthMs).toBe(true);
  expect(logged).toEqual([expect.stringMatching(/^Created a template in .*: it takes /)]);
  expect((await listVms(root)).map(({ state }) => state)).toEqual(['stopped', 'stopped']);
  expect((await readdir(order.evidence)).sort()).toEqual(['warm-1', 'warm-2']);
  for (const name of ['warm-1', 'warm-2'])
    expect(await readFile(join(order.evidence, name, 'records.log'), 'utf8')).toContain('ch-golden/1 done ');
  // The image itself is what clones read.
  const [one, other] = await Promise.all([stat(paths.image), stat(join(root, 'snapshots/ubuntu-base.1.qcow2'))]);
  expect([one.ino, one.nlink]).toEqual([other.ino, 2]);
});

const failures: readonly (readonly [NonNullable<FakeVmm['behaviour']>, RegExp])[] = [
  ['has no identity', /^cannot create a template of ubuntu-base.1: .*its step template-ready failed: no-identity$/],
  ['reports a failure', /^warm-\d did not start warm: .*its step network failed: no-lease$/],
  ['is not reseeded', /^warm-\d did not start warm: .* wrote the record names instead of reseeded$/],
  ['keeps its machine-id', /^warm-\d did not start warm: the guest kept the machine ID of its template$/],
  ['has the keys of others', /^warm-2 has the SSH host key of warm-1: SHA256:A{43}, expected a different one$/],
  ['has a failed unit', /^warm-1 has the failed units broken.service, expected none$/],
  ['ignores its user', /^warm-1 has the SSH key of the user daytona none, expected ssh-ed25519 AAAA\S+ warm-1$/],
  ['damages its disk', /^warm-\d has a damaged disk after its power-off, expected a clean one: qemu-img failed/],
];

async function expectFailure(words: RegExp, hasConsoles = true): Promise<void> {
  await expect(serveWarm(order, ports)).rejects.toThrow(words);
  const kept = (await readdir(order.evidence, { recursive: true })).filter((name) => name.endsWith('.log'));
  expect(kept.length > 0).toBe(hasConsoles);
}

test.each(failures)('a clone that %s fails the test, and its consoles are kept', async (behaviour, words) => {
  await use({ behaviour });
  await expectFailure(words, behaviour !== 'has no identity');
});

const slowFailures: readonly (readonly [NonNullable<FakeVmm['behaviour']>, RegExp])[] = [
  ['is silent from done', /^warm-\d: the guest wrote no record done within 20 min 0 s, after the record cloud-init$/],
  ['ignores the power button', /^warm-\d did not power off: forced, expected powered off$/],
];

/**
 * Time flies once both clones have got as far as they get, however long that takes: at 20 ms between looks at a guest,
 * and less at the 50 ms between looks at a process, which takes its time to exit.
 */
function createPatientClock(): Clock {
  let ahead = 0;
  const isUp = (name: string): boolean => {
    const path = join(root, 'sandboxes', name, 'records.log');
    return existsSync(path) && readFileSync(path, 'utf8').includes('ch-golden/1 cloud-init ');
  };
  return {
    now: () => Date.now() + ahead,
    sleep: async (milliseconds, cancel) => {
      if (['warm-1', 'warm-2'].every(isUp)) ahead += milliseconds * (milliseconds < 50 ? 300 : 10);
      return systemClock.sleep(milliseconds, cancel);
    },
  };
}

test.each(slowFailures)('a clone that %s fails the test in time', async (behaviour, words) => {
  await use({ behaviour });
  ports = { ...ports, clock: createPatientClock() };
  order = { ...order, timeoutMs: 1_200_000 };
  await expectFailure(words);
});

test('an image on another filesystem is copied', async () => {
  const elsewhere = join('/dev/shm', `ch-golden-${process.pid}.qcow2`);
  await cp(paths.image, elsewhere);
  try {
    const other = join(directory.path, 'other');
    await createLocalVersion(other, manifest, { ...paths, image: elsewhere });
    const copy = await stat(join(other, 'snapshots/ubuntu-base.1.qcow2'));
    expect([copy.nlink, copy.size]).toEqual([1, (await stat(paths.image)).size]);
    await rm(other, { recursive: true });
  } finally {
    await rm(elsewhere);
  }
});
