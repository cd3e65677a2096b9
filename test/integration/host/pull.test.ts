import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pullVersion, type Pulled, type PullPorts } from '../../../src/host/pull-version.js';
import { listHost, verifyHost } from '../../../src/host/list-host.js';
import { rollBack } from '../../../src/host/rollback.js';
import { tryReadCurrent } from '../../../src/host/local-versions.js';
import { childEnvironment } from '../../../src/platform/process/environment.js';
import { pathExists, sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createProcesses } from '../../../src/platform/process/processes.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { moveChannelTo } from '../../../src/store/index/store-index.js';
import {
  changeIndex,
  countBytes,
  forgeManifest,
  image,
  makeImage,
  publishTestVersion,
} from '../../fixtures/host-versions.js';
import { createMemoryState, createMemoryStore, type MemoryState } from '../../fixtures/memory-store.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';
import { createTestClock } from '../../fixtures/test-clock.js';
import { watchStore } from '../../fixtures/watched-store.js';

const mebibyte = 1024 ** 2;
const processes = createTestProcesses();

let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let root: string;
let state: MemoryState;
let store: ObjectStore;
let said: string[];

beforeEach(async () => {
  directory = await makeTestDirectory('host');
  root = join(directory.path, 'host');
  state = createMemoryState();
  store = createMemoryStore(state);
  said = [];
});
afterEach(async () => directory.remove());

const log = {
  ...silentLog,
  info: (line: string) => void said.push(line),
  warn: (line: string) => void said.push(`warning: ${line}`),
};

function portsOf(changes: Partial<PullPorts> = {}): PullPorts {
  return { store, processes, log, clock: createTestClock(), signal: new AbortController().signal, ...changes };
}

async function pull(
  wanted: number | string = 'latest',
  changes: Partial<PullPorts> = {},
  verify = false,
): Promise<Pulled> {
  return pullVersion({ root, image, wanted, verify }, portsOf(changes));
}

const inUse = async (): Promise<number | undefined> => tryReadCurrent(root, image);
const at = (path: string): string => join(root, path);
const read = async (path: string): Promise<Buffer> => readFile(at(path));

describe('a pull', () => {
  test("brings the files to the guide's directories, and one link switches them all", async () => {
    const bytes = makeImage(3);
    const { manifest } = await publishTestVersion(store, { image: bytes });
    const { changed, local, transfer } = await pull();
    expect({ changed, version: local.version }).toEqual({ changed: true, version: 1 });
    expect(transfer).toEqual({ fetched: manifest.files.reduce((sum, { size }) => sum + size, 0), reused: 0 });
    expect((await read('snapshots/ubuntu-base.1.qcow2')).equals(bytes)).toBe(true);
    const { mode, mtime } = await stat(at('snapshots/ubuntu-base.1.qcow2'));
    expect({ mode: mode & 0o777, mtime }).toEqual({ mode: 0o444, mtime: new Date(manifest.created) });
    expect(await readlink(at('current/ubuntu-base'))).toBe('../versions/ubuntu-base.1');
    for (const [role, path] of [
      ['image', 'snapshots/ubuntu-base.1.qcow2'],
      ['kernel', 'kernels/vmlinuz-6.8.0-90-generic'],
      ['initramfs', 'kernels/initrd.img-6.8.0-90-generic'],
    ] as const) {
      expect(await readlink(at(`current/ubuntu-base/${role}`))).toBe(`../../${path}`);
      expect(sha256Of(await read(`current/ubuntu-base/${role}`))).toBe(
        manifest.files.find((file) => file.role === role)!.sha256,
      );
    }
    expect(
      (await read('current/ubuntu-base/manifest.json')).equals(
        state.objects.get('snapshots/ubuntu-base.1.manifest.json')!,
      ),
    ).toBe(true);
    expect(String(await read('current/ubuntu-base/env'))).toContain(
      `CH_KERNEL_PATH="${at('kernels/vmlinuz-6.8.0-90-generic')}"\n`,
    );
    expect((await stat(at('versions/ubuntu-base.1'))).mode & 0o777).toBe(0o755);
    for (const name of ['snapshots', 'kernels', 'images', 'versions', 'current'])
      expect((await readdir(at(name))).filter((entry) => /^\.(partial|new)-/.test(entry))).toEqual([]);
  });

  test('that has nothing to do asks for the index alone', async () => {
    await publishTestVersion(store);
    await pull();
    const calls: string[] = [];
    const watched = watchStore(store, async ({ method, key }, proceed) => {
      calls.push(`${method} ${key}`);
      return proceed();
    });
    expect(await pull('latest', { store: watched })).toMatchObject({
      changed: false,
      transfer: { fetched: 0, reused: 0 },
    });
    expect(calls).toEqual(['read snapshots/ubuntu-base.index.json']);
  });

  test('of the next version fetches the chunks that changed, and no other', async () => {
    await publishTestVersion(store, {
      image: makeImage(40),
      kernel: makeImage(1, [], 2),
      initramfs: makeImage(1, [], 3),
    });
    await pull();
    await publishTestVersion(store, {
      image: makeImage(40, [3, 4, 20, 40]),
      kernel: makeImage(1, [], 2),
      initramfs: makeImage(1, [], 3),
    });
    const counted = countBytes(store);
    const { transfer, local } = await pull('latest', { store: counted });
    expect(local.version).toBe(2);
    expect(transfer.fetched).toBe(3 * mebibyte + 12_345);
    expect(counted.seen).toEqual({ bytes: 3 * mebibyte + 12_345, requests: 3 });
    expect((await read('snapshots/ubuntu-base.2.qcow2')).equals(makeImage(40, [3, 4, 20, 40]))).toBe(true);
    expect((await read('snapshots/ubuntu-base.1.qcow2')).equals(makeImage(40))).toBe(true);
  });

  test('finds chunks that have moved, and leaves holes where there are zeros', async () => {
    const old = makeImage(6);
    await publishTestVersion(store, { image: old });
    await pull();
    const moved = Buffer.concat([
      old.subarray(0, mebibyte),
      old.subarray(4 * mebibyte, 6 * mebibyte),
      Buffer.alloc(8 * mebibyte),
      old.subarray(mebibyte, 2 * mebibyte),
    ]);
    await publishTestVersion(store, {
      image: moved,
      kernel: await read('kernels/vmlinuz-6.8.0-90-generic'),
      initramfs: await read('kernels/initrd.img-6.8.0-90-generic'),
    });
    expect((await pull()).transfer.fetched).toBe(0);
    expect((await read('snapshots/ubuntu-base.2.qcow2')).equals(moved)).toBe(true);
    expect((await stat(at('snapshots/ubuntu-base.2.qcow2'))).blocks * 512).toBeLessThan(5 * mebibyte);
  });

  test('fetches a chunk that is damaged on the host', async () => {
    await publishTestVersion(store, { image: makeImage(10) });
    await pull();
    const damaged = makeImage(10);
    damaged.write('damage', 7 * mebibyte);
    await chmod(at('snapshots/ubuntu-base.1.qcow2'), 0o644);
    await writeFile(at('snapshots/ubuntu-base.1.qcow2'), damaged);
    await publishTestVersion(store, { image: makeImage(10, [2]) });
    const { transfer } = await pull();
    expect(transfer.fetched).toBe(2 * mebibyte + 7000);
    expect((await read('snapshots/ubuntu-base.2.qcow2')).equals(makeImage(10, [2]))).toBe(true);
  });

  test('brings the base of a layered image once', async () => {
    const { manifest } = await publishTestVersion(store, { layout: 'layered' });
    await pull();
    const base = manifest.files.find(({ role }) => role === 'base')!;
    expect(sha256Of(await read(`images/${base.name}`))).toBe(base.sha256);
    expect(await readlink(at('current/ubuntu-base/base'))).toBe(`../../images/${base.name}`);
    await publishTestVersion(store, { layout: 'layered' });
    const opened: string[] = [];
    await pull('latest', {
      store: watchStore(store, async ({ method, key }, proceed) => {
        if (method === 'open') opened.push(key);
        return proceed();
      }),
    });
    expect(opened.filter((key) => key.startsWith('images/'))).toEqual([]);
    expect(opened).toHaveLength(3);
  });

  test('of an older version by its number takes it into use', async () => {
    await publishTestVersion(store);
    await publishTestVersion(store);
    await pull();
    expect(await pull(1)).toMatchObject({ changed: true, local: { version: 1 } });
    expect(await inUse()).toBe(1);
  });
});

describe('one kernel version with different bytes', () => {
  test('gets a name of its own, and the first one stays', async () => {
    const kernel = Buffer.from('one kernel');
    await publishTestVersion(store, { kernel, initramfs: Buffer.from('one') });
    await pull();
    await publishTestVersion(store, { kernel, initramfs: Buffer.from('other') });
    await pull();
    expect((await readdir(at('kernels'))).sort()).toEqual([
      'initrd.img-6.8.0-90-generic',
      'initrd.img-6.8.0-90-generic@ubuntu-base.2',
      'vmlinuz-6.8.0-90-generic',
    ]);
    expect(String(await read('kernels/initrd.img-6.8.0-90-generic'))).toBe('one');
    expect(String(await read('current/ubuntu-base/initramfs'))).toBe('other');
    expect(String(await read('current/ubuntu-base/env'))).toContain(
      'CH_INITRAMFS_PATH="' + at('kernels/initrd.img-6.8.0-90-generic@ubuntu-base.2') + '"',
    );
    expect(said.join('\n')).toContain('belongs to a different version');
    await pull(1);
    expect(String(await read('current/ubuntu-base/initramfs'))).toBe('one');
  });

  test('is not taken from a file that somebody put there', async () => {
    await mkdir(at('kernels'), { recursive: true });
    await writeFile(at('kernels/vmlinuz-6.8.0-90-generic'), 'by hand');
    await publishTestVersion(store, { kernel: Buffer.from('pulled') });
    await pull();
    expect(String(await read('kernels/vmlinuz-6.8.0-90-generic'))).toBe('by hand');
    expect(String(await read('kernels/vmlinuz-6.8.0-90-generic@ubuntu-base.1'))).toBe('pulled');
  });
});

describe('what is in the way', () => {
  test('an image that was made by hand is left as it is', async () => {
    await publishTestVersion(store);
    await mkdir(at('snapshots'), { recursive: true });
    await writeFile(at('snapshots/ubuntu-base.1.qcow2'), 'by hand');
    for (const verify of [false, true])
      await expect(pull('latest', {}, verify)).rejects.toThrow(
        'ubuntu-base.1.qcow2 exists with different content, and was not created by a pull',
      );
    expect(String(await read('snapshots/ubuntu-base.1.qcow2'))).toBe('by hand');
    expect(await inUse()).toBeUndefined();
  });

  test('an image with the right bytes is taken as it is', async () => {
    const bytes = makeImage(2);
    await publishTestVersion(store, { image: bytes });
    await mkdir(at('snapshots'), { recursive: true });
    await writeFile(at('snapshots/ubuntu-base.1.qcow2'), bytes);
    expect((await pull()).transfer).toEqual({ fetched: 7000, reused: 0 });
  });

  test.each([
    'snapshots/ubuntu-base.1.qcow2',
    'kernels/vmlinuz-6.8.0-90-generic',
    'kernels',
    'snapshots',
    'versions',
    'current',
    'versions/ubuntu-base.1',
  ])('a link at %s is not followed', async (path) => {
    await publishTestVersion(store);
    const outside = join(directory.path, 'outside');
    await mkdir(outside);
    await mkdir(join(at(path), '..'), { recursive: true });
    await symlink(outside, at(path));
    await expect(pull()).rejects.toThrow(/is not a (plain file|directory)/);
    expect(await readdir(outside)).toEqual([]);
    expect((await lstat(at(path))).isSymbolicLink()).toBe(true);
  });

  test('a link in the place of a partial file is not followed', async () => {
    const { manifest } = await publishTestVersion(store);
    const victim = join(directory.path, 'victim');
    await writeFile(victim, 'precious');
    await mkdir(at('snapshots'), { recursive: true });
    await symlink(victim, at(`snapshots/.partial-${manifest.files[0]!.sha256}`));
    await expect(pull()).rejects.toThrow('is not a plain file');
    expect(await readFile(victim, 'utf8')).toBe('precious');
  });

  test('a pointer that is no link of ours is an error, not a version', async () => {
    await publishTestVersion(store);
    await mkdir(at('current'), { recursive: true });
    await symlink('/etc', at('current/ubuntu-base'));
    await expect(pull()).rejects.toThrow('does not point to a version of ubuntu-base');
  });

  test('another version of the same number, from another store, is refused', async () => {
    await publishTestVersion(store);
    await pull();
    const other = createMemoryStore();
    await publishTestVersion(other);
    const elsewhere = { ...other, uri: (key: string) => `memory://other/${key}` };
    await expect(pull('latest', { store: elsewhere })).rejects.toThrow(
      'ubuntu-base.1 on this host differs from the one in the store',
    );
    expect(await inUse()).toBe(1);
  });
});

describe('a damaged file', () => {
  const damage = async (): Promise<void> => {
    const path = at('snapshots/ubuntu-base.1.qcow2');
    const bytes = makeImage(5);
    bytes.write('damage', 3 * mebibyte);
    await chmod(path, 0o644);
    await writeFile(path, bytes);
  };

  test('is found by verify, and fixed by pull --verify with the bytes that are wrong', async () => {
    await publishTestVersion(store, { image: makeImage(5) });
    await pull();
    expect(await verifyHost({ root, image }, portsOf())).toEqual([{ version: 1, problems: [] }]);
    await damage();
    expect(await verifyHost({ root, image }, portsOf())).toEqual([
      { version: 1, problems: [expect.stringContaining('ubuntu-base.1.qcow2 has a different SHA-256')] },
    ]);
    const { changed, transfer } = await pull('latest', {}, true);
    expect({ changed, fetched: transfer.fetched }).toEqual({ changed: true, fetched: mebibyte });
    expect(await verifyHost({ root, image }, portsOf())).toEqual([{ version: 1, problems: [] }]);
    expect((await stat(at('snapshots/ubuntu-base.1.qcow2'))).mode & 0o777).toBe(0o444);
  });

  test('is not taken into use: what is wrong with it is fetched first', async () => {
    await publishTestVersion(store, { image: makeImage(5) });
    await pull();
    await publishTestVersion(store);
    await pull();
    await damage();
    expect((await pull(1)).transfer.fetched).toBe(mebibyte);
    expect(said).toContainEqual(
      expect.stringMatching(
        /^warning: .*ubuntu-base\.1\.qcow2 has a different SHA-256 .* fetching its damaged chunks again$/,
      ),
    );
    expect(await inUse()).toBe(1);
    expect(await verifyHost({ root, image }, portsOf())).toContainEqual({ version: 1, problems: [] });
  });

  test('that is gone is fetched again', async () => {
    await publishTestVersion(store);
    await pull();
    await rm(at('kernels/vmlinuz-6.8.0-90-generic'));
    expect(await verifyHost({ root, image }, portsOf())).toEqual([
      { version: 1, problems: [expect.stringContaining('is missing')] },
    ]);
    expect((await pull()).transfer.fetched).toBe(3000);
  });
});

describe('rolling back', () => {
  test('switches to the previous version without the store, and the channel does not undo that', async () => {
    for (let version = 1; version <= 3; version += 1) {
      await publishTestVersion(store);
      await pull();
    }
    expect(await rollBack({ root, image }, portsOf())).toMatchObject({ from: 3, local: { version: 2 } });
    expect(await inUse()).toBe(2);
    expect(await pull()).toMatchObject({ changed: false, heldBack: 3, local: { version: 2 } });
    expect(said.join('\n')).toContain(
      'latest is ubuntu-base.3, which this host was rolled back from: it stays on ubuntu-base.2',
    );
    expect(await inUse()).toBe(2);
    await publishTestVersion(store);
    expect(await pull()).toMatchObject({ changed: true, local: { version: 4 } });
    // Not back to 3, which did not work either.
    expect(await rollBack({ root, image }, portsOf())).toMatchObject({ from: 4, local: { version: 2 } });
    expect((await listHost({ root, image })).map(({ version, use, rolledBack }) => [version, use, rolledBack])).toEqual(
      [
        [4, 'none', true],
        [3, 'none', true],
        [2, 'current', false],
        [1, 'previous', false],
      ],
    );
    expect(await pull(4)).toMatchObject({ changed: true });
    expect((await listHost({ root, image }))[0]).toMatchObject({ version: 4, use: 'current', rolledBack: false });
  });

  test('while the same version is pulled again is not undone by that', async () => {
    await publishTestVersion(store);
    await pull();
    await publishTestVersion(store);
    await pull();
    await rm(at('snapshots/ubuntu-base.2.qcow2'));
    const meddled: ObjectStore = {
      ...store,
      open: async (key, range) => {
        await rollBack({ root, image }, portsOf());
        return store.open(key, range);
      },
    };
    expect(await pull('latest', { store: meddled })).toMatchObject({
      changed: false,
      heldBack: 2,
      local: { version: 1 },
    });
    expect(await inUse()).toBe(1);
    expect(await pull()).toMatchObject({ heldBack: 2 });
  });

  test('needs a version before', async () => {
    await expect(rollBack({ root, image }, portsOf())).rejects.toThrow('no version was pulled into');
    await publishTestVersion(store);
    await pull();
    await expect(rollBack({ root, image }, portsOf())).rejects.toThrow(
      'no complete version of ubuntu-base before 1 is on this host',
    );
    expect(await inUse()).toBe(1);
  });

  test('passes over a version that is not whole', async () => {
    for (let version = 1; version <= 3; version += 1) {
      await publishTestVersion(store);
      await pull();
    }
    await truncate(at('snapshots/ubuntu-base.2.qcow2'), 100);
    expect(await rollBack({ root, image }, portsOf())).toMatchObject({ local: { version: 1 } });
  });

  test('of the channel in the store is followed', async () => {
    await publishTestVersion(store);
    await publishTestVersion(store);
    await pull();
    await changeIndex(store, (index) => moveChannelTo(index, 'latest', 1));
    expect(await pull()).toMatchObject({ changed: true, local: { version: 1 } });
  });
});

describe('is refused', () => {
  test('a revoked version, with the reason and the replacement', async () => {
    await publishTestVersion(store);
    await publishTestVersion(store);
    await changeIndex(store, (index) => ({
      ...index,
      revoked: { 2: { reason: 'leaks a key', at: '2026-11-23T06:00:00Z', replacement: 1 } },
    }));
    await expect(pull()).rejects.toMatchObject({
      message: 'version 2 of ubuntu-base is revoked: leaks a key',
      fix: 'pull its replacement: ch-golden pull 1',
    });
    expect(await inUse()).toBeUndefined();
  });

  test('a channel or a version that is not there', async () => {
    await expect(pull()).rejects.toThrow(
      'ubuntu-base has no channel "latest" (index: memory://store/snapshots/ubuntu-base.index.json)',
    );
    await expect(pull(7)).rejects.toThrow('version 7 of ubuntu-base is not live');
  });

  test.each<readonly [string, string | undefined, 'flattened' | 'layered']>([
    [
      'cloud-hypervisor v49.2',
      'cloud-hypervisor 49.2 on this host is too old: ubuntu-base.1 needs 50.0 or newer',
      'flattened',
    ],
    ['cloud-hypervisor v50.0.0', undefined, 'flattened'],
    ['cloud-hypervisor v100.0-dirty', undefined, 'flattened'],
    // Its manifest says 50.0; a backing file takes more.
    [
      'cloud-hypervisor v52.0.0',
      'cloud-hypervisor 52.0.0 on this host is too old: ubuntu-base.1 needs 53.0 or newer',
      'layered',
    ],
    ['cloud-hypervisor v53.0.0', undefined, 'layered'],
  ])('a host with %s: %s', async (says, problem, layout) => {
    await publishTestVersion(store, { layout });
    const bin = join(directory.path, 'bin');
    await mkdir(bin);
    await writeFile(join(bin, 'cloud-hypervisor'), `#!/bin/sh\necho '${says}'\n`, { mode: 0o755 });
    const environment = { ...childEnvironment(process.env), PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const pulled = pull('latest', {
      processes: createProcesses({ environment, signal: new AbortController().signal, log: silentLog }),
    });
    if (problem === undefined) expect(await pulled).toMatchObject({ changed: true });
    else await expect(pulled).rejects.toThrow(problem);
  });

  test('a file that the disk has no room for, before anything is fetched', async () => {
    await publishTestVersion(store);
    forgeManifest(state, 1, ({ files }) => Object.assign(files[0]!, { size: 2 ** 50, chunkSize: 2 ** 50 }));
    await expect(pull()).rejects.toThrow(/files\[0\]\.size: Too big/);
    forgeManifest(state, 1, ({ files }) =>
      Object.assign(files[0]!, {
        size: 16 * mebibyte * 16_384,
        chunkSize: 16 * mebibyte,
        chunks: Array<string>(16_384).fill('a'.repeat(64)),
      }),
    );
    await rm(root, { recursive: true });
    const counted = countBytes(store);
    await expect(pull('latest', { store: counted })).rejects.toThrow(/not enough disk space in .* needed, .* free$/);
    expect(counted.seen.requests).toBe(0);
    expect(await readdir(at('snapshots'))).toEqual([]);
  });

  test.each(['../../etc/passwd', '6.8/../../x', '/etc/passwd', '6.8@ubuntu-base.2', '', 'generic', '6.8\u2028x'])(
    'the kernel version %j',
    async (version) => {
      await publishTestVersion(store);
      forgeManifest(state, 1, (manifest) => void (manifest['kernel'] = { version }));
      await expect(pull()).rejects.toThrow('not a kernel version that can be part of a file name');
    },
  );

  test.each([
    [
      'a name that leads out',
      (files: Record<string, unknown>[]) => Object.assign(files[0]!, { name: '../../etc/passwd' }),
      'the name of the image must be',
    ],
    [
      'an absolute name',
      (files: Record<string, unknown>[]) => Object.assign(files[0]!, { name: '/etc/passwd' }),
      'the name of the image must be',
    ],
    [
      'a wrong number of chunks',
      (files: Record<string, unknown>[]) => Object.assign(files[0]!, { chunks: [] }),
      'must have one digest per chunk of the file',
    ],
    [
      'two images',
      (files: Record<string, unknown>[]) => Object.assign(files[1]!, files[0]),
      'must be image, kernel, initramfs',
    ],
    ['a negative size', (files: Record<string, unknown>[]) => Object.assign(files[0]!, { size: -1 }), 'size'],
    [
      'chunks that contradict the whole',
      (files: Record<string, unknown>[]) => Object.assign(files[0]!, { sha256: 'a'.repeat(64) }),
      'contradicts itself: all chunks match',
    ],
  ])('a manifest with %s', async (_, change, message) => {
    await publishTestVersion(store);
    forgeManifest(state, 1, ({ files }) => void change(files));
    await expect(pull()).rejects.toThrow(message);
    expect(await inUse()).toBeUndefined();
    if (await pathExists(at('snapshots'))) expect(await readdir(at('snapshots'))).toEqual([]);
  });

  test('a version from the future, and not one of a clock that is a little ahead', async () => {
    const { now } = createTestClock();
    await publishTestVersion(store, { created: new Date(now() + 25 * 3_600_000) });
    await expect(pull()).rejects.toThrow(
      'ubuntu-base.1 is rejected: its build date 2026-11-24T07:00:00.000Z is in the future',
    );
    expect(await pathExists(at('versions/ubuntu-base.1'))).toBe(false);
    await publishTestVersion(store, { created: new Date(now() + 23 * 3_600_000) });
    expect(await pull()).toMatchObject({ changed: true });
  });

  test('an object that has other bytes, after some tries', async () => {
    await publishTestVersion(store, { image: makeImage(3) });
    const key = 'snapshots/ubuntu-base.1.qcow2';
    const good = state.objects.get(key)!;
    state.objects.set(key, makeImage(3, [1]));
    await expect(pull()).rejects.toThrow(
      'chunk 1 of memory://store/snapshots/ubuntu-base.1.qcow2 does not match its manifest; gave up after 5 attempts',
    );
    expect(await inUse()).toBeUndefined();
    state.objects.set(key, good);
    expect((await pull()).transfer.fetched).toBeLessThan(3.5 * mebibyte);
  });

  test('an object that is missing', async () => {
    await publishTestVersion(store);
    state.objects.delete('snapshots/ubuntu-base.1.vmlinuz');
    await expect(pull()).rejects.toThrow('vmlinuz is missing, although its manifest exists');
  });
});

describe('after a break', () => {
  test('the next pull fetches what is missing, and what came in wrong', async () => {
    await publishTestVersion(store, { image: makeImage(60) });
    let left = 25;
    const sendSome = async function* (body: Readable): AsyncGenerator<Buffer> {
      for await (const part of body as AsyncIterable<Buffer>) {
        for (let offset = 0; offset < part.length; offset += 65_536) {
          left -= 65_536 / mebibyte;
          if (left < 0) throw new Error('ECONNRESET');
          yield part.subarray(offset, offset + 65_536);
        }
      }
    };
    const dying: ObjectStore = {
      ...store,
      open: async (key, range) => Readable.from(sendSome((await store.open(key, range))!)),
    };
    await expect(pull('latest', { store: dying })).rejects.toThrow(
      'was interrupted: ECONNRESET; gave up after 5 attempts',
    );
    const [partial] = (await readdir(at('snapshots'))).filter((name) => name.startsWith('.partial-'));
    expect(partial).toBeDefined();
    expect(await inUse()).toBeUndefined();
    const { transfer } = await pull();
    expect(transfer.reused).toBeGreaterThanOrEqual(mebibyte);
    expect(transfer.fetched + transfer.reused).toBe(60 * mebibyte + 12_345 + 7000);
    expect((await read('snapshots/ubuntu-base.1.qcow2')).equals(makeImage(60))).toBe(true);
  });

  test('what was fetched of a version that nobody wants any more is used for the next', async () => {
    await publishTestVersion(store, { image: makeImage(20) });
    const withoutKernel = watchStore(store, async ({ key }, proceed) => {
      if (key.endsWith('.vmlinuz')) throw new Error('gone');
      return proceed();
    });
    await expect(pull('latest', { store: withoutKernel })).rejects.toThrow('gone');
    await publishTestVersion(store, { image: makeImage(20, [3]) });
    expect((await pull()).transfer.fetched).toBe(mebibyte + 7000);
  });

  test('a cancel leaves the version before in use', async () => {
    await publishTestVersion(store);
    await pull();
    await publishTestVersion(store, { image: makeImage(20) });
    const controller = new AbortController();
    const cancelling = watchStore(store, async ({ method, key }, proceed) => {
      if (method === 'open' && key.endsWith('qcow2')) controller.abort(new Error('cancelled by SIGTERM'));
      return proceed();
    });
    await expect(pull('latest', { store: cancelling, signal: controller.signal })).rejects.toThrow(
      'cancelled by SIGTERM',
    );
    expect(await inUse()).toBe(1);
    expect((await pull()).local.version).toBe(2);
  });
});

test('8 pulls at once on one host fetch the bytes once', async () => {
  const { manifest } = await publishTestVersion(store, { image: makeImage(10) });
  const counted = countBytes(store);
  const pulls = await Promise.all(Array.from({ length: 8 }, async () => pull('latest', { store: counted })));
  expect(pulls.filter(({ changed }) => changed)).toHaveLength(1);
  expect(counted.seen.bytes).toBe(manifest.files.reduce((sum, { size }) => sum + size, 0));
  expect(said.filter((line) => line.startsWith('Waiting for another process that pulls'))).not.toHaveLength(0);
  expect(await verifyHost({ root, image }, portsOf())).toEqual([{ version: 1, problems: [] }]);
});

test('what is in use is trusted by its size and its header, and not hashed at each pull', async () => {
  await publishTestVersion(store);
  await pull();
  const path = at('snapshots/ubuntu-base.1.qcow2');
  const bytes = await readFile(path);
  bytes.write('rot', 10_000);
  await chmod(path, 0o644);
  await writeFile(path, bytes);
  expect(await pull()).toMatchObject({ changed: false });
});
