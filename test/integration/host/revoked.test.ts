import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmod, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { forgetSeen } from '../../../src/host/seen-file.js';
import { tryReadCurrent } from '../../../src/host/local-versions.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { pruneHost } from '../../../src/host/prune-host.js';
import { pullVersion, type Pulled, type PullPorts, type PullRequest } from '../../../src/host/pull-version.js';
import { rollBack, type RolledBack } from '../../../src/host/rollback.js';
import { Failure } from '../../../src/platform/errors.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { changeChannels } from '../../../src/store/change-channels.js';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import { formatDocument } from '../../../src/platform/document.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { startRetiring } from '../../../src/store/index/store-index.js';
import { changeIndex, image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const processes = createTestProcesses();
const kernel = 'kernels/vmlinuz-6.8.0-90-generic';

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let store: ObjectStore;
let said: string[];

beforeEach(async () => {
  directory = await makeTestDirectory('revoked');
  root = join(directory.path, 'host');
  store = createDirectoryStore(join(directory.path, 'store'), { processes });
  said = [];
});
afterEach(async () => directory.remove());

const isExpected = (line: string): boolean =>
  /^(cloud-hypervisor is not installed|Signatures are not verified)/.test(line);
const log = {
  ...silentLog,
  warn: (line: string) => {
    if (!isExpected(line)) said.push(line);
  },
};
const portsOf = (changes: Partial<PullPorts> = {}): PullPorts => ({
  store,
  processes,
  log,
  clock: createTestClock(),
  signal: new AbortController().signal,
  ...changes,
});
const pull = async (
  wanted: number | string = 'latest',
  changes: Partial<PullRequest> = {},
  ports: Partial<PullPorts> = {},
): Promise<Pulled> => pullVersion({ root, image, wanted, verify: false, ...changes }, portsOf(ports));
const goBack = async (allowRevoked = false, ports: Partial<PullPorts> = {}): Promise<RolledBack> =>
  rollBack({ root, image, allowRevoked }, portsOf(ports));
const forget = async (uri?: string): ReturnType<typeof forgetSeen> =>
  forgetSeen({ root, image, ...(uri === undefined ? {} : { uri }) }, portsOf());
const at = (path: string): string => join(root, path);
const inUse = async (): Promise<number | undefined> => tryReadCurrent(root, image);

async function revoke(version: number, reason = 'leaks a key', replacement?: number): Promise<void> {
  await changeChannels(
    {
      image,
      owner: 'tester',
      operation: {
        operation: 'revoke',
        which: { version },
        reason,
        ...(replacement === undefined ? {} : { replacement }),
      },
    },
    { store, clock: createTestClock() },
  );
}

/** Publishes versions and pulls each of them. */
async function pullVersions(count: number): Promise<void> {
  for (let version = 1; version <= count; version += 1) {
    await publishTestVersion(store, { image: makeImage(2, [], version), kernel: Buffer.alloc(3000, 'k') });
    await pull();
  }
}

const indexPath = (): string => join(directory.path, 'store/snapshots/ubuntu-base.index.json');
const indexUri = (): string => store.uri('snapshots/ubuntu-base.index.json');
const readIndexFile = async (): Promise<Buffer> => readFile(indexPath());

/** What who serves a store can do: any bytes for the index. */
async function serveIndex(bytes: Buffer): Promise<void> {
  await rm(indexPath(), { force: true });
  await writeFile(indexPath(), bytes);
}

async function forgeIndex(change: (index: Record<string, unknown>) => void): Promise<void> {
  const index = JSON.parse(String(await readIndexFile())) as Record<string, unknown>;
  change(index);
  await serveIndex(formatDocument(index));
}

/** The whole host, as far as an attack could change it. */
async function snapshotHost(): Promise<unknown> {
  const directories = await Promise.all(
    ['snapshots', 'kernels', 'versions', 'current'].map(async (name) => (await readdir(at(name))).sort()),
  );
  return { directories, inUse: await inUse(), seen: await readFile(at('versions/.ubuntu-base.seen.json'), 'utf8') };
}

describe('a store that goes back', () => {
  const attacks: readonly (readonly [string, (old: Buffer) => Promise<void>, RegExp])[] = [
    [
      'an old index',
      serveIndex,
      new RegExp(
        '^file:.*/ubuntu-base\\.index\\.json went back from generation 4 to 2: ' +
          'an old copy of the index, or a restored bucket$',
      ),
    ],
    [
      'an old index, under the newest generation',
      async (old) => {
        await serveIndex(old);
        await forgeIndex((index) => {
          index['generation'] = 4;
        });
      },
      /differs from the index of generation 4 that this host has seen/,
    ],
    [
      'the newest index without its revocations',
      async () =>
        forgeIndex((index) => {
          index['revoked'] = {};
        }),
      /differs from the index of generation 4/,
    ],
    [
      'no index',
      async () => rm(indexPath(), { force: true }),
      /is missing, but this host has seen generation 4 of it$/,
    ],
    [
      'an empty index',
      async () => forgeIndex((index) => Object.assign(index, { generation: 0, live: [], channels: {} })),
      /went back from generation 4 to 0/,
    ],
  ];

  test.each(attacks)('%s is rejected in one line, and the host stays as it is', async (_, attack, message) => {
    await pullVersions(2);
    const old = await readIndexFile();
    await publishTestVersion(store);
    await revoke(2, 'leaks a key', 3);
    await pull();
    const before = await snapshotHost();
    await attack(old);
    for (const wanted of ['latest', 2]) {
      const error = await pull(wanted).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Failure);
      expect(error).toMatchObject({
        message: expect.stringMatching(message),
        fix: expect.stringContaining(
          `ch-golden host forget --store ${pathToFileURL(join(directory.path, 'store')).href}`,
        ),
        evidence: [],
      });
    }
    expect(await snapshotHost()).toEqual(before);
  });

  test('is found by what a pull has seen that failed later', async () => {
    await pullVersions(1);
    await publishTestVersion(store);
    const old = await readIndexFile();
    await publishTestVersion(store);
    await revoke(2, 'leaks a key', 3);
    await expect(
      pull('latest', {}, { store: { ...store, open: async () => Promise.resolve(undefined) } }),
    ).rejects.toThrow('is missing, although its manifest exists');
    await serveIndex(old);
    await expect(pull()).rejects.toThrow('went back from generation 4 to 2');
    expect(await inUse()).toBe(1);
  });

  test('is followed after host forget, which says what it forgot', async () => {
    await pullVersions(2);
    const old = await readIndexFile();
    await revoke(1);
    await pull();
    await serveIndex(old);
    expect(await forget('file:///srv/other/snapshots/ubuntu-base.index.json')).toEqual({ stores: [], revoked: [] });
    await expect(pull()).rejects.toThrow('went back from generation 3 to 2');
    expect(await forget(indexUri())).toMatchObject({
      stores: [{ uri: indexUri(), generation: 3 }],
      revoked: [{ version: 1, reason: 'leaks a key', store: indexUri() }],
    });
    expect(await pull()).toMatchObject({ changed: false, local: { version: 2 } });
    expect(await pull(1)).toMatchObject({ changed: true });
    expect(await forget()).toMatchObject({ stores: [{ generation: 2 }], revoked: [] });
    expect(await forget()).toEqual({ stores: [], revoked: [] });
  });

  test('is another store at another address, but what was revoked there counts here', async () => {
    await pullVersions(2);
    const old = await readIndexFile();
    await revoke(1);
    await pull();
    await serveIndex(old);
    const mirror = { ...store, uri: (key: string) => `https://mirror.example/${key}` };
    expect(await pull('latest', {}, { store: mirror })).toMatchObject({ changed: false });
    await expect(pull(1, {}, { store: mirror })).rejects.toMatchObject({
      message: `version 1 of ubuntu-base is revoked: leaks a key (since 2026-11-23T06:00:00.000Z, by ${indexUri()})`,
    });
  });
});

describe('a revoked version', () => {
  test('stays revoked, though a newer index does not have it', async () => {
    await pullVersions(2);
    await revoke(2, 'leaks a key', 1);
    await pull();
    await changeIndex(store, (index) => ({ ...index, revoked: {}, channels: { latest: index.live[1]! } }));
    for (const wanted of ['latest', 2]) {
      await expect(pull(wanted)).rejects.toMatchObject({
        message: `version 2 of ubuntu-base is revoked: leaks a key (since 2026-11-23T06:00:00.000Z, by ${indexUri()})`,
        fix: 'pull its replacement: ch-golden pull 1',
      });
    }
    expect(await inUse()).toBe(1);
  });

  test('that is retired before the host has heard of it is known by its number', async () => {
    await pullVersions(1);
    for (let version = 2; version <= 4; version += 1) await publishTestVersion(store);
    await revoke(1);
    await changeIndex(store, (index) => startRetiring(index, 2, '2026-11-23T06:00:00Z'));
    await pull();
    expect((await listHost({ root, image })).map(({ version, revoked }) => [version, revoked])).toEqual([
      [4, undefined],
      [1, 'leaks a key'],
    ]);
    await expect(goBack()).rejects.toThrow(
      'every complete version of ubuntu-base before 4 on this host is revoked: 1 (leaks a key)',
    );
  });

  test('is taken by a pull that allows it, with a warning', async () => {
    await pullVersions(2);
    await revoke(2, 'leaks a key', 1);
    expect(await pull()).toMatchObject({ local: { version: 1 } });
    await expect(pull(2)).rejects.toThrow('version 2 of ubuntu-base is revoked: leaks a key');
    expect(await pull(2, { allowRevoked: true })).toMatchObject({
      changed: true,
      local: { version: 2 },
      revoked: { reason: 'leaks a key', replacement: 1 },
    });
    expect(said).toEqual(['REVOKED: ubuntu-base.2 must not be used: leaks a key. Used because of --allow-revoked']);
  });

  test('that a host is held back on is reported', async () => {
    await pullVersions(2);
    await goBack();
    await revoke(1);
    expect(await pull()).toMatchObject({
      changed: false,
      heldBack: 2,
      local: { version: 1 },
      revoked: { reason: 'leaks a key' },
    });
  });

  test('is marked in the list, and by verify', async () => {
    await pullVersions(3);
    await revoke(2);
    await pull();
    expect((await listHost({ root, image })).map(({ version, use, revoked }) => [version, use, revoked])).toEqual([
      [3, 'current', undefined],
      [2, 'none', 'leaks a key'],
      [1, 'previous', undefined],
    ]);
    expect(await verifyHost({ root, image }, portsOf())).toEqual([
      { version: 3, problems: [] },
      { version: 2, problems: [], revoked: 'leaks a key' },
      { version: 1, problems: [] },
    ]);
    const { keep, remove } = await pruneHost({ root, image, apply: false }, portsOf());
    expect([keep.map(({ version }) => version), remove]).toEqual([[3, 1], [2]]);
  });

  test('is skipped by a rollback, which says so', async () => {
    await pullVersions(3);
    await revoke(2);
    await pull();
    expect(await goBack()).toMatchObject({ from: 3, local: { version: 1 } });
    expect(said).toEqual(['ubuntu-base.2 is skipped because it is revoked: leaks a key']);
  });

  test('is no way back where no other is left, unless that is allowed', async () => {
    await pullVersions(3);
    await revoke(1, 'too old');
    await revoke(2);
    await pull();
    await expect(goBack()).rejects.toMatchObject({
      message: 'every complete version of ubuntu-base before 3 on this host is revoked: 2 (leaks a key), 1 (too old)',
      fix: expect.stringContaining('host rollback --allow-revoked'),
    });
    expect(await inUse()).toBe(3);
    expect((await listHost({ root, image })).map(({ rolledBack }) => rolledBack)).toEqual([false, false, false]);
    expect(await goBack(true)).toMatchObject({ local: { version: 2 }, revoked: { reason: 'leaks a key' } });
    expect(said).toEqual(['REVOKED: ubuntu-base.2 must not be used: leaks a key. Used because of --allow-revoked']);
  });
});

describe('a memory that cannot be read', () => {
  const damages: readonly (readonly [string, (path: string) => Promise<void>, RegExp])[] = [
    [
      'no JSON',
      async (path) => writeFile(path, '{"schema": 1,'),
      /^cannot read what this host remembers about ubuntu-base: .*\.ubuntu-base\.seen\.json is not JSON/,
    ],
    [
      'another shape',
      async (path) => writeFile(path, '{"schema": 1, "image": "ubuntu-base", "stores": {}, "revoked": []}'),
      /seen\.json is not valid: stores/,
    ],
    [
      'a newer schema',
      async (path) => writeFile(path, '{"schema": 2}'),
      /seen\.json has schema 2, but this release supports 1/,
    ],
    [
      'another image',
      async (path) => writeFile(path, '{"schema": 1, "image": "x", "stores": [], "revoked": []}'),
      /seen\.json is for image x/,
    ],
    [
      'too many bytes',
      async (path) => writeFile(path, Buffer.alloc(17 * 1024 ** 2, ' ')),
      /seen\.json is larger than \d+ bytes/,
    ],
    ['a link', async (path) => rm(path).then(async () => symlink('/dev/null', path)), /is not a plain file/],
  ];

  test.each(damages)(
    '%s stops everything that takes a version into use, until it is forgotten',
    async (_, damage, message) => {
      await pullVersions(2);
      await damage(at('versions/.ubuntu-base.seen.json'));
      for (const attempt of [
        pull,
        goBack,
        async () => listHost({ root, image }),
        async () => pruneHost({ root, image, apply: false }, portsOf()),
        async () => forget(indexUri()),
      ]) {
        await expect(attempt()).rejects.toMatchObject({
          message: expect.stringMatching(message),
          fix: expect.stringContaining('ch-golden host forget'),
        });
      }
      expect(await inUse()).toBe(2);
      expect(await forget()).toMatchObject({ stores: [], revoked: [], problem: expect.stringMatching(message) });
      expect(await pull()).toMatchObject({ changed: false });
      expect(await goBack()).toMatchObject({ local: { version: 1 } });
    },
  );
});

describe('a rollback verifies what it switches to', () => {
  /** Overwrites one byte; with `date`, forges the time of the last change too. */
  const damage = async (path: string, offset: number, keepsDate = false): Promise<void> => {
    const { atime, mtime } = await stat(at(path));
    const bytes = await readFile(at(path));
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
    await chmod(at(path), 0o644);
    await writeFile(at(path), bytes);
    if (keepsDate) await utimes(at(path), atime, mtime);
  };

  test.each([
    ['the image', 'snapshots/ubuntu-base.2.qcow2', 1024 ** 2 + 5, false],
    ['the kernel', kernel, 0, false],
    ['the kernel, with its old date', kernel, 2999, true],
    ['the initramfs, with its old date', 'kernels/initrd.img-6.8.0-90-generic@ubuntu-base.2', 7, true],
  ])('one byte of %s', async (_, path, offset, keepsDate) => {
    await pullVersions(3);
    await damage(path, offset, keepsDate);
    await expect(goBack()).rejects.toMatchObject({
      message: expect.stringMatching(
        /^ubuntu-base\.2 is damaged: .* has a different SHA-256 than its manifest \(expected [0-9a-f]{64}\)$/,
      ),
      fix: 'ch-golden pull 2 --verify',
    });
    expect(await inUse()).toBe(3);
    expect((await listHost({ root, image })).map(({ rolledBack }) => rolledBack)).toEqual([false, false, false]);
    await pull(2, { verify: true });
    await pull(3);
    expect(await goBack()).toMatchObject({ local: { version: 2 } });
  });

  test('the base of a layered image, with its old date', async () => {
    const { manifest } = await publishTestVersion(store, { layout: 'layered' });
    await pull();
    await publishTestVersion(store);
    await pull();
    await damage(`images/${manifest.files.find(({ role }) => role === 'base')!.name}`, 100, true);
    await expect(goBack()).rejects.toThrow('ubuntu-base.1 is damaged');
  });

  test('an untouched image is not read; what has a forged date is found by host verify alone', async () => {
    await pullVersions(2);
    const reads: string[] = [];
    await damage('snapshots/ubuntu-base.1.qcow2', 1024 ** 2 + 5, true);
    await goBack(false, { log: { ...log, progress: (label) => void reads.push(label) } });
    expect(reads).toEqual(['ubuntu-base.1.vmlinuz', 'ubuntu-base.1.initramfs']);
    expect((await verifyHost({ root, image }, portsOf())).map(({ problems }) => problems.length)).toEqual([0, 1]);
  });

  test('an image without its date is read, and that can be cancelled', async () => {
    await pullVersions(2);
    await utimes(at('snapshots/ubuntu-base.1.qcow2'), 1000, 1000);
    const reads: (readonly [string, number, number | undefined])[] = [];
    const controller = new AbortController();
    const cancelling = { ...log, progress: () => controller.abort(new Error('cancelled by SIGTERM')) };
    await expect(goBack(false, { log: cancelling, signal: controller.signal })).rejects.toThrow(
      /cancelled by SIGTERM|aborted/,
    );
    expect(await inUse()).toBe(2);
    await goBack(false, { log: { ...log, progress: (...step) => void reads.push(step) } });
    const size = 2 * 1024 ** 2 + 12_345;
    expect(reads.filter(([label]) => label === 'ubuntu-base.1.qcow2').at(-1)).toEqual([
      'ubuntu-base.1.qcow2',
      size,
      size,
    ]);
  });

  test('what changes meanwhile is not overtaken', async () => {
    await pullVersions(3);
    let meddling: Promise<unknown> | undefined;
    const log2 = {
      ...log,
      progress: () => {
        meddling ??= pull(2);
      },
    };
    // The kernel is read in one piece: the pull goes on while the initramfs is awaited.
    const slow = {
      ...processes,
      run: async (...request: Parameters<typeof processes.run>) => {
        await meddling;
        return processes.run(...request);
      },
    };
    await expect(goBack(false, { log: log2, processes: slow })).rejects.toMatchObject({
      message: 'the versions of ubuntu-base on this host changed while ubuntu-base.2 was verified',
    });
    expect(await inUse()).toBe(2);
    expect((await listHost({ root, image })).map(({ rolledBack }) => rolledBack)).toEqual([false, false, false]);
  });
});
