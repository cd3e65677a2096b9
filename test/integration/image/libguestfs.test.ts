import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BaseImage } from '../../../src/base/base-image.js';
import { openGuest } from '../../../src/disk/open-guest.js';
import { openDisk } from '../../../src/disk/storage-daemon.js';
import { withGuest } from '../../../src/disk/with-guest.js';
import { hygieneEdits } from '../../../src/image/hygiene.js';
import { readInventory } from '../../../src/image/inventory.js';
import { createLibguestfsDriver } from '../../../src/image/libguestfs/libguestfs-driver.js';
import type { EditDriver } from '../../../src/image/edit-driver.js';
import { mountDriver } from '../../../src/image/mount/mount-driver.js';
import { readPackages } from '../../../src/apt/installed-packages.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { Failure } from '../../../src/platform/errors.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { serveArchive } from '../../fixtures/apt-repository.js';
import { getTestBase, testBaseWithinMs } from '../../fixtures/base.js';
import { startTestServer, type TestServer } from '../../fixtures/http-server.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeSigningKey, type SigningKey } from '../../fixtures/signing-key.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

/**
 * Each session boots an appliance, which takes minutes without KVM: too long for every run of `npm test`. CI runs one
 * of these tests by its name, which is in scripts/test.mjs: LIBGUESTFS=one until then.
 */
const isThere = process.env['LIBGUESTFS'] === 'all';
if (process.env['LIBGUESTFS'] === undefined)
  process.stderr.write('\n*** THE DRIVER libguestfs IS NOT TESTED: npm run test:libguestfs ***\n\n');
if (isThere && spawnSync('guestfish', ['--version']).status !== 0)
  throw new Error('guestfish is not installed: apt-get install guestfish linux-image-amd64');
const withLibguestfs = isThere ? describe : describe.skip;

jest.setTimeout(60 * 60_000);
const processes = createTestProcesses();
/** Where the appliance finds this machine: libguestfs, lib/launch-direct.c. */
const gateway = '169.254.2.2';
let base: BaseImage;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let server: TestServer;
let key: SigningKey;

beforeAll(async () => {
  if (!isThere) return;
  base = await getTestBase();
  directory = await makeTestDirectory('libguestfs');
  server = await startTestServer();
  key = await makeSigningKey(processes);
  await serveArchive(
    {
      path: '/debian',
      suite: 'stable',
      codename: 'bookworm',
      label: 'Test',
      packages: [
        {
          name: 'tool',
          version: '1',
          files: { 'etc/tool': 'configured\n' },
          postinst: 'invoke-rc.d ssh start || true\necho configured',
        },
        { name: 'broken', version: '1', postinst: 'echo "cannot find my way" >&2\nexit 7' },
        { name: 'huge', version: '1', installedSize: 3 * 1024 ** 2 },
      ],
    },
    { server, key, processes },
  );
}, testBaseWithinMs);
afterAll(async () => {
  if (!isThere) return;
  await server.close();
  await key.remove();
  await directory.remove();
});

async function useSources(host: string): Promise<readonly Edit[]> {
  return [
    { kind: 'remove', pattern: '/etc/apt/sources.list' },
    {
      kind: 'write',
      path: '/etc/apt/sources.list',
      content: {
        text: `deb [signed-by=/etc/apt/keyrings/test.gpg] http://${host}:${new URL(server.url).port}/debian bookworm main\n`,
      },
      attributes: rootOwned(0o644),
    },
    {
      kind: 'write',
      path: '/etc/apt/keyrings/test.gpg',
      content: { file: key.keyring, sha256: sha256Of(await readFile(key.keyring)) },
      attributes: rootOwned(0o644),
    },
  ];
}

async function script(name: string, text: string): Promise<Edit> {
  const file = join(directory.path, name);
  await writeFile(file, text);
  return { kind: 'run', name, script: { file, sha256: sha256Of(text) } };
}

const libguestfs = createLibguestfsDriver({ cacheDirectory: join(tmpdir(), 'ch-golden-test-cache', 'libguestfs') });

async function change(
  name: string,
  edits: readonly Edit[],
  driver: EditDriver,
  diskSize = base.virtualSize,
): Promise<{ readonly place: string; readonly overlay: string; readonly said: readonly string[] }> {
  const place = join(directory.path, name);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay, String(diskSize)],
  });
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  try {
    await driver.apply(
      { overlay, edits, directory: place },
      { processes, log: { ...silentLog, info: say, detail: say, warn: say } },
    );
  } finally {
    expect(await waitForNothingLeft(place)).toEqual([]);
  }
  return { place, overlay, said };
}

/** All that a plan can decide of a tree: packages, and the files that they do not bring. */
async function describeTree({
  place,
  overlay,
}: {
  readonly place: string;
  readonly overlay: string;
}): Promise<unknown> {
  const disk = await openDisk({ path: overlay, format: 'qcow2' }, place, { processes });
  try {
    const { files } = await openGuest(disk);
    const inventory = await readInventory(files);
    const noise = /^\/var\/(lib\/(apt|dpkg)|cache|log)\/|^\/var\/backups\//;
    return { packages: await readPackages(files), files: inventory.files?.filter(({ path }) => !noise.test(path)) };
  } finally {
    await disk.closeDisk();
  }
}

withLibguestfs('the driver libguestfs, in one session', () => {
  test('runs scripts and writes files between them, as root of the image', async () => {
    const write: Edit = {
      kind: 'write',
      path: "/opt/deep/it's $(touch canary)",
      content: { text: 'größer\n' },
      attributes: { mode: 0o4750, uid: 7, gid: 8 },
    };
    const { place, overlay, said } = await change(
      'short',
      [
        { kind: 'write', path: '/opt/before', content: { text: 'first\n' }, attributes: rootOwned(0o600) },
        await script('one.sh', '#!/bin/sh\nset -e\ncat /opt/before\nmkdir -m 0711 /opt/made\n'),
        write,
        await script('two.sh', '#!/bin/sh\nset -e\necho "I have $(cat /opt/deep/*)"\nid -u >/opt/made/id\n'),
        { kind: 'remove', pattern: '/opt/before' },
      ],
      libguestfs,
    );
    expect(said).toEqual(expect.arrayContaining(['first', 'run one.sh', 'I have größer', 'run two.sh']));
    expect(said.filter((line) => line === 'ch-golden: launched')).toHaveLength(1);
    await withGuest({ path: overlay, format: 'qcow2' }, place, { processes }, async ({ files }) => {
      expect((await files.read('/opt/made/id', 10)).toString()).toBe('0\n');
      expect((await files.tryStat('/opt/made'))?.inode).toMatchObject({ kind: 'directory', mode: 0o711, uid: 0 });
      expect((await files.read(write.path, 100)).toString()).toBe('größer\n');
      expect((await files.tryStat(write.path))?.inode).toMatchObject({ mode: 0o4750, uid: 7, gid: 8 });
      expect(await files.tryStat('/opt/before')).toBeUndefined();
      expect(await files.tryStat('/opt/deep/canary')).toBeUndefined();
    });
  });
});

withLibguestfs('the driver libguestfs', () => {
  test('installs, writes and runs in one session, and makes the tree that mount makes', async () => {
    const changes = [
      { kind: 'install', packages: ['tool'] },
      {
        kind: 'write',
        path: "/opt/deep/it's $(touch canary)",
        content: { text: 'größer\n' },
        attributes: { mode: 0o4750, uid: 7, gid: 8 },
      },
      await script('set-up.sh', '#!/bin/sh\nset -e\necho "I have $(cat /opt/deep/*)"\nid -u >/opt/id\n'),
      ...hygieneEdits,
    ] as const;
    const ours = await change('libguestfs', [...(await useSources(gateway)), ...changes], libguestfs);
    expect(ours.said).toEqual(expect.arrayContaining(['I have größer', 'install tool', 'run set-up.sh']));
    expect(ours.said.filter((line) => line === 'ch-golden: launched')).toHaveLength(1);
    // The addresses of this machine differ: they are made equal at the end.
    const again = await useSources('example.org');
    const mounted = await change('mount', [...(await useSources('127.0.0.1')), ...changes, ...again], mountDriver);
    await libguestfs.apply(
      { overlay: ours.overlay, edits: again, directory: ours.place },
      { processes, log: silentLog },
    );
    expect(await describeTree(ours)).toEqual(await describeTree(mounted));
  });

  test('tells what failed, by its last words', async () => {
    const failure: unknown = await change(
      'broken',
      [...(await useSources(gateway)), { kind: 'install', packages: ['broken'] }],
      libguestfs,
    ).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toBe('a maintainer script of the package broken failed');
    expect((failure as Failure).evidence.join('\n')).toContain('cannot find my way');
  });

  test('does not put a file in the place of a directory', async () => {
    const write: Edit = { kind: 'write', path: '/opt', content: { text: '' }, attributes: rootOwned(0o644) };
    const nothing = await script('nothing.sh', '#!/bin/sh\n');
    await expect(change('directory', [nothing, write, nothing], libguestfs)).rejects.toThrow(
      /^\/opt in the image is a directory, and cannot be replaced by a file$/,
    );
  });

  test('grows the root filesystem where the packages need it', async () => {
    const diskSize = 6 * 1024 ** 3;
    const grown = await change(
      'grown',
      [...(await useSources(gateway)), { kind: 'install', packages: ['huge'] }],
      libguestfs,
      diskSize,
    );
    expect(grown.said).toContainEqual(expect.stringMatching(/^Grew the root filesystem from 2.5 GiB to 5[.0-9]* GiB$/));
    const { packages, size } = await withGuest(
      { path: grown.overlay, format: 'qcow2' },
      grown.place,
      { processes },
      async ({ root, files }) => ({
        packages: await readPackages(files),
        size: root.partition.length,
      }),
    );
    expect(packages).toContainEqual(expect.objectContaining({ name: 'huge' }));
    expect(size).toBeGreaterThan(diskSize - 1100 * 1024 ** 2);
  });

  test('says so where the appliance cannot start', async () => {
    const unreadable = createTestProcesses(undefined, {
      SUPERMIN_KERNEL: join(directory.path, 'nothing'),
      SUPERMIN_MODULES: '/lib/modules',
    });
    const failing = change('no-kernel', [await script('x.sh', '#!/bin/sh\n')], {
      ...libguestfs,
      apply: async (plan, { log }) =>
        createLibguestfsDriver({ cacheDirectory: join(plan.directory, 'cache') }).apply(plan, {
          processes: unreadable,
          log,
        }),
    });
    await expect(failing).rejects.toThrow(
      /^(libguestfs found no kernel that this user may read|the libguestfs appliance did not start)$/,
    );
  });
});
