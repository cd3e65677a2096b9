import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tryReadCurrent } from '../../../src/host/local-versions.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { pruneHost } from '../../../src/host/prune-host.js';
import { pullVersion, type Pulled } from '../../../src/host/pull-version.js';
import { createVm } from '../../../src/host/vm/create-vm.js';
import { startVm } from '../../../src/host/vm/start-vm.js';
import { Failure } from '../../../src/platform/errors.js';
import { pathExists } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import type { ObjectReader } from '../../../src/objects/object-store.js';
import { forgedVersions, forgeFile } from '../../fixtures/forged-versions.js';
import { countBytes, image, publishTestVersion } from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { asQcow2, testDiskSize } from '../../fixtures/qcow2-bytes.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { makeEmptyImage, runAsSelf } from '../../fixtures/vm-host.js';
import { layeredOver } from '../../fixtures/version-parts.js';

const all = createTestProcesses();
const { signal } = new AbortController();
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let state: MemoryState;
let programs: string[];
/** What opens an image is noted; the locks of a host take programs as well. */
const processes: Processes = {
  ...all,
  run: async (command) => {
    programs.push(command.argv[0]);
    return all.run(command);
  },
};
const ports = { processes, log: silentLog, clock: createTestClock(), signal };

beforeEach(async () => {
  directory = await makeTestDirectory('forged');
  root = join(directory.path, 'host');
  state = createMemoryState();
  programs = [];
});
afterEach(async () => directory.remove());

const pull = async (store: ObjectReader): Promise<Pulled> =>
  pullVersion({ root, image, wanted: 'latest', verify: false }, { ...ports, store });
const failure = async (work: Promise<unknown>): Promise<Failure> =>
  work.then(
    () => {
      throw new Error('it was accepted');
    },
    (error: unknown) => {
      expect(error).toBeInstanceOf(Failure);
      return error as Failure;
    },
  );

/** The objects of the memory store, as a directory that a host pulls from. */
async function writeStore(): Promise<ObjectReader> {
  const path = join(directory.path, 'store');
  for (const [key, bytes] of state.objects) {
    await mkdir(dirname(join(path, key)), { recursive: true });
    await writeFile(join(path, key), bytes);
  }
  return createDirectoryStore(path, { processes: all });
}

const openings: Readonly<Record<string, () => Promise<ObjectReader>>> = {
  memory: async () => Promise.resolve(createMemoryStore(state)),
  directory: writeStore,
};

describe.each(Object.keys(openings))('a forged version in a store that is a %s', (kind) => {
  test.each(forgedVersions.map((forged) => [forged.name, forged] as const))(
    'with %s is rejected in one line',
    async (_, { layout, forge, message, by }) => {
      await publishTestVersion(createMemoryStore(state), { layout });
      forge(state);
      const store = countBytes(await openings[kind]!());
      const error = await failure(pull(store));
      expect(error.message).toContain(message);
      expect(error.message).not.toMatch(/\p{Cc}/u);
      if (by === 'manifest') expect(store.seen.requests).toBe(0);
      else expect(error.fix).toBe('do not use ubuntu-base.1: report it to its publisher, who can revoke it');
      expect(await tryReadCurrent(root, image)).toBeUndefined();
      expect(programs).not.toContain('qemu-img');
    },
  );
});

test('a forged version stays incomplete, is not fetched again, and is removed by the next prune', async () => {
  const [forged] = forgedVersions.filter(({ name }) => name === 'an image over /dev/sda');
  await publishTestVersion(createMemoryStore(state));
  forged!.forge(state);
  const store = createMemoryStore(state);
  await failure(pull(store));
  expect(await listHost({ root, image })).toMatchObject([{ version: 1, state: 'incomplete', use: 'none' }]);
  const counted = countBytes(store);
  await failure(pull(counted));
  expect(counted.seen.requests).toBe(0);
  const vm = {
    root,
    name: 'vm-001',
    image,
    version: 1,
    cpus: 1,
    memoryMiB: 512,
    network: 'dhcp',
    ...runAsSelf(),
    userData: { sshKeys: [], commands: [] },
  } as const;
  expect((await failure(createVm(vm, ports))).message).toBe('ubuntu-base.1 is incomplete on this host');
  await pruneHost({ root, image, apply: true }, ports);
  expect(await readdir(join(root, 'snapshots'))).toEqual([]);
});

describe('a file that somebody else has replaced on the host', () => {
  const imagePath = (): string => join(root, 'snapshots/ubuntu-base.1.qcow2');
  const vm = {
    name: 'vm-001',
    image,
    cpus: 1,
    memoryMiB: 512,
    network: 'dhcp',
    ...runAsSelf(),
    userData: { sshKeys: [], commands: [] },
  } as const;
  const replace = async (path: string, bytes: Buffer): Promise<void> => {
    await chmod(path, 0o644);
    await writeFile(path, bytes);
  };

  beforeEach(async () => {
    await publishTestVersion(createMemoryStore(state), { image: await makeEmptyImage(directory.path) });
    await pull(createMemoryStore(state));
  });

  test('is found by its header when a VM is created, and when it is started', async () => {
    await createVm({ ...vm, root }, ports);
    const size = state.objects.get('snapshots/ubuntu-base.1.qcow2')!.length;
    await replace(imagePath(), asQcow2(Buffer.alloc(size), layeredOver('/etc/shadow', 'raw')));
    programs = [];
    const rejected =
      '"ubuntu-base.1.qcow2" is rejected: qcow2 image with a backing file (its backing file is "/etc/shadow")';
    expect((await failure(createVm({ ...vm, root, name: 'vm-002' }, ports))).message).toBe(rejected);
    expect((await failure(startVm({ root, name: 'vm-001' }, ports))).message).toBe(rejected);
    expect(programs).not.toContain('qemu-img');
    expect(await pathExists(join(root, 'sandboxes/vm-002'))).toBe(false);
  });

  test.each<readonly [string, Buffer, string]>([
    [
      'over a file of the host',
      asQcow2(Buffer.alloc(70_000), layeredOver('/etc/shadow', 'raw')),
      'its backing file "/etc/shadow" is not the image of ubuntu-base.1',
    ],
    [
      'over a network',
      asQcow2(Buffer.alloc(70_000), layeredOver('https://example.org/x', 'raw')),
      'its backing file "https://example.org/x" is not the image of ubuntu-base.1',
    ],
    ['with a data file', asQcow2(Buffer.alloc(70_000), { incompatible: 4n }), 'qcow2 image with an external data file'],
    ['that is raw', Buffer.alloc(70_000), 'not a qcow2 image'],
  ])('is found when it is the disk of a VM, %s', async (_, bytes, message) => {
    await createVm({ ...vm, root }, ports);
    const disk = join(root, 'sandboxes/vm-001/disk.qcow2');
    await writeFile(disk, bytes);
    expect((await failure(startVm({ root, name: 'vm-001' }, ports))).message).toContain(
      `${disk} is rejected: ${message}`,
    );
  });

  test('is no ground to open what an old release has pulled: verify and pull name it', async () => {
    const bytes = asQcow2(Buffer.alloc(100_000), { snapshots: 1, virtualSize: testDiskSize });
    // As a release without a gate left it: manifest and file agree, and the version is in use.
    forgeFile(state, 'image', bytes);
    await replace(imagePath(), bytes);
    await writeFile(
      join(root, 'versions/ubuntu-base.1/manifest.json'),
      state.objects.get('snapshots/ubuntu-base.1.manifest.json')!,
    );
    const [verified] = await verifyHost({ root, image }, ports);
    expect(verified!.problems).toEqual([
      expect.stringContaining(
        '"ubuntu-base.1.qcow2" is rejected: qcow2 image with internal snapshots; do not use ubuntu-base.1',
      ),
    ]);
    expect((await failure(pull(createMemoryStore(state)))).message).toContain('qcow2 image with internal snapshots');
  });
});
