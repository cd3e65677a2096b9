import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  appendFile,
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CancelledError } from '../../../src/platform/errors.js';
import { hashFileChunks } from '../../../src/platform/fs/file-chunks.js';
import { pathExists } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import type { Running } from '../../../src/platform/process/processes.js';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import type { ObjectStore, StagedObject } from '../../../src/objects/object-store.js';
import { probeStore } from '../../../src/store/probe-store.js';
import { reapStaged } from '../../../src/store/cleanup/reap-staged.js';
import { readIndex } from '../../../src/store/index/update-index.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { createTestClock } from '../../fixtures/test-clock.js';

const writer = { owner: 'tester', cacheControl: '' };
const key = 'snapshots/a.1.qcow2';
let directory: string;
let root: string;
let store: ObjectStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directory-store-'));
  root = join(directory, 'store');
  store = createDirectoryStore(root, { processes: createTestProcesses() });
});

afterEach(async () => rm(directory, { recursive: true }));

async function stage(content: string, to = store): Promise<StagedObject> {
  const path = join(directory, 'golden.qcow2');
  await writeFile(path, content);
  return to.stage({ key, path, ...(await hashFileChunks(path)), writer });
}

async function listKeys(): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const listed of store.list('')) keys.push(listed.key);
  return keys;
}

describe('what is published', () => {
  test('is a file of its own, read-only, under its plain name', async () => {
    await (await stage('golden')).complete();
    const [source, object] = [await stat(join(directory, 'golden.qcow2')), await stat(join(root, key))];
    expect(object.ino).not.toBe(source.ino);
    expect(object.mode & 0o777).toBe(0o444);
    expect(object.nlink).toBe(1);
    expect(await readFile(join(root, key), 'utf8')).toBe('golden');
    expect((await readdir(root)).sort()).toEqual(['.staging', 'snapshots']);
  });

  test('reading a store that is not there makes none', async () => {
    expect((await readIndex('a', store)).live).toEqual([]);
    expect(await listKeys()).toEqual([]);
    await store.delete(key);
    expect(await pathExists(root)).toBe(false);
  });
});

test('a probe finds nothing wrong with it, and leaves nothing there', async () => {
  expect(
    await probeStore({ image: 'a', owner: 'tester' }, { store, clock: createTestClock(), log: silentLog }),
  ).toEqual([]);
  expect(await listKeys()).toEqual([]);
  expect(await readdir(join(root, '.staging'))).toEqual([]);
});

describe('links do not lead out of the store', () => {
  beforeEach(async () => {
    await mkdir(join(directory, 'outside'));
    await writeFile(join(directory, 'outside/a.1.qcow2'), 'secret');
  });

  test('a directory that is a link is refused, for reading and for writing', async () => {
    await mkdir(root);
    await symlink(join(directory, 'outside'), join(root, 'snapshots'));
    const attempts = [
      async () => store.read(key, 100),
      async () => store.open(key),
      async () => store.head(key),
      async () => store.delete(key),
      async () => store.createOnly('snapshots/new', Buffer.from('x'), writer),
      async () => store.compareAndSwap('snapshots/new', undefined, Buffer.from('x'), writer),
      async () => store.createOnly('snapshots/deeper/new', Buffer.from('x'), writer),
    ];
    for (const attempt of attempts)
      await expect(attempt()).rejects.toThrow(/snapshots in the store is not a directory/);
    const staged = await stage('golden');
    await expect(staged.complete()).rejects.toThrow(/snapshots in the store is not a directory/);
    await staged.abort();
    expect(await listKeys()).toEqual([]);
    expect(await readdir(join(directory, 'outside'))).toEqual(['a.1.qcow2']);
  });

  test('an object that is a link is refused, not listed, and not replaced', async () => {
    await mkdir(join(root, 'snapshots'), { recursive: true });
    await symlink(join(directory, 'outside/a.1.qcow2'), join(root, key));
    for (const attempt of [
      async () => store.read(key, 100),
      async () => store.open(key),
      async () => store.head(key),
    ]) {
      await expect(attempt()).rejects.toThrow(/a\.1\.qcow2 in the store is not a plain file/);
    }
    expect(await store.createOnly(key, Buffer.from('x'), writer)).toBe('exists');
    expect(await (await stage('golden')).complete()).toBe('exists');
    await expect(store.compareAndSwap(key, undefined, Buffer.from('x'), writer)).rejects.toThrow(/not a plain file/);
    expect(await listKeys()).toEqual([]);
    expect(await readFile(join(directory, 'outside/a.1.qcow2'), 'utf8')).toBe('secret');
  });

  test('the store itself may be behind a link', async () => {
    await mkdir(join(directory, 'elsewhere'));
    await symlink(join(directory, 'elsewhere'), root);
    expect(await store.createOnly(key, Buffer.from('x'), writer)).toBe('created');
    expect(await listKeys()).toEqual([key]);
  });

  test('a directory in the place of an object is refused', async () => {
    await mkdir(join(root, key), { recursive: true });
    await expect(store.head(key)).rejects.toThrow(/not a plain file/);
    await expect(store.read(key, 100)).rejects.toThrow(/not a plain file/);
  });
});

describe('locks', () => {
  async function holdLock(): Promise<Running> {
    let announce: () => void;
    const held = new Promise<void>((resolve) => {
      announce = resolve;
    });
    const holder = await createTestProcesses().start({
      argv: ['flock', '--no-fork', join(root, '.locks', 'swap'), 'sh', '-c', 'echo held; exec sleep 600'],
      onLine: () => announce(),
    });
    await held;
    return holder;
  }

  test('only who may write to the store can open them, and what is staged', async () => {
    await chmod(directory, 0o755);
    await mkdir(join(root, '.locks'), { recursive: true, mode: 0o755 });
    const staged = await stage('x');
    await store.compareAndSwap('snapshots/a.index.json', undefined, Buffer.from('one'), writer);
    const modes = await Promise.all(
      ['.locks', '.locks/swap', '.staging', 'snapshots'].map(async (path) =>
        ((await stat(join(root, path))).mode & 0o777).toString(8),
      ),
    );
    expect(modes).toEqual(['700', '600', '700', '755']);
    await staged.abort();
    await chmod(root, 0o775);
    await chmod(join(root, '.locks'), 0o775);
    await store.compareAndSwap('snapshots/b.index.json', undefined, Buffer.from('one'), writer);
    expect((await stat(join(root, '.locks'))).mode & 0o777).toBe(0o770);
  });

  test('a swap waits for who holds the lock, and gets it at once when that process is killed', async () => {
    const index = 'snapshots/a.index.json';
    await store.compareAndSwap(index, undefined, Buffer.from('one'), writer);
    const tag = (await store.read(index, 100))?.tag;
    const holder = await holdLock();
    const swap = store.compareAndSwap(index, tag, Buffer.from('two'), writer);
    expect(
      await Promise.race([
        swap,
        createTestProcesses()
          .run({ argv: ['sleep', '0.5'] })
          .then(() => 'waiting'),
      ]),
    ).toBe('waiting');
    await holder.stop();
    expect(await swap).toBe('swapped');
  });

  test('a cancel does not prevent one, but ends the wait for one', async () => {
    const index = 'snapshots/a.index.json';
    await store.compareAndSwap(index, undefined, Buffer.from('one'), writer);
    const tag = (await store.read(index, 100))?.tag;
    const cancel = new AbortController();
    cancel.abort(new CancelledError('SIGTERM'));
    const cancelled = createDirectoryStore(root, { processes: createTestProcesses(cancel.signal) });
    expect(await cancelled.compareAndSwap(index, tag, Buffer.from('two'), writer)).toBe('swapped');

    const holder = await holdLock();
    await expect(cancelled.compareAndSwap(index, tag, Buffer.from('three'), writer)).rejects.toThrow('SIGTERM');
    await holder.stop();
    expect((await store.read(index, 100))?.bytes.toString()).toBe('two');
    expect(await readdir(join(root, '.staging'))).toEqual([]);
  });
});

describe('what is staged', () => {
  test('is known to be alive while its process lives, however old it looks', async () => {
    const staged = await stage('golden');
    const later = createTestClock(Date.now() + 1e9);
    expect(await reapStaged({ graceMs: 0 }, { store, clock: later, log: silentLog })).toEqual([]);
    expect(await staged.complete()).toBe('created');
  });

  test('and torn by a death is not an object, and is removed', async () => {
    await mkdir(join(root, '.staging'), { recursive: true });
    await writeFile(join(root, '.staging', `dead.0.${encodeURIComponent(key)}`), 'gol');
    expect(await listKeys()).toEqual([]);
    expect(await store.head(key)).toBeUndefined();
    expect(
      await reapStaged({ graceMs: Infinity }, { store, clock: createTestClock(Date.now()), log: silentLog }),
    ).toEqual([]);
    expect(
      await reapStaged({ graceMs: Infinity }, { store, clock: createTestClock(Date.now() + 120_000), log: silentLog }),
    ).toEqual([key]);
    expect(await readdir(join(root, '.staging'))).toEqual([]);
  });

  test('a death between link and clean-up leaves the object whole, and its other name goes', async () => {
    await store.createOnly(key, Buffer.from('golden'), writer);
    await link(join(root, key), join(root, '.staging', `dead.0.${encodeURIComponent(key)}`));
    expect(
      await reapStaged({ graceMs: Infinity }, { store, clock: createTestClock(Date.now() + 120_000), log: silentLog }),
    ).toEqual([key]);
    expect((await store.read(key, 100))?.bytes.toString()).toBe('golden');
    expect((await lstat(join(root, key))).nlink).toBe(1);
  });

  test('foreign things in the staging directory are left alone', async () => {
    await mkdir(join(root, '.staging/directory'), { recursive: true });
    await writeFile(join(root, '.staging/note'), '');
    await writeFile(join(root, '.staging/a.b.%2e%2e%2fetc'), '');
    await writeFile(join(root, '.staging/a.b.%ff'), '');
    expect(
      await reapStaged({ graceMs: 0 }, { store, clock: createTestClock(Date.now() + 1e9), log: silentLog }),
    ).toEqual([]);
  });

  test('is not read on after a cancel', async () => {
    const path = join(directory, 'large');
    const bytes = Buffer.alloc(5 * 1024 ** 2);
    await writeFile(path, bytes);
    const cancel = new AbortController();
    let done = 0;
    const onProgress = (now: number): void => {
      done = now;
      cancel.abort(new CancelledError('SIGTERM'));
    };
    const request = { key, path, ...(await hashFileChunks(path)), writer, signal: cancel.signal, onProgress };
    await expect(store.stage(request)).rejects.toThrow('SIGTERM');
    expect(done).toBe(1024 ** 2);
  });

  test('a file that changes while it is staged is refused', async () => {
    const path = join(directory, 'growing');
    await writeFile(path, Buffer.alloc(3 * 1024 ** 2));
    const request = { key, path, ...(await hashFileChunks(path)), writer };
    let grown: Promise<void> | undefined;
    await expect(
      store.stage({
        ...request,
        onProgress: () => {
          grown ??= appendFile(path, 'more');
        },
      }),
    ).rejects.toThrow(/has \d+ bytes, expected 3145728/);
    await grown;
    expect(await readdir(join(root, '.staging'))).toEqual([]);
  });
});

test('an owner that could be a path is refused', async () => {
  await expect(store.createOnly(key, Buffer.from('x'), { ...writer, owner: '../x' })).rejects.toThrow(
    /^invalid owner ".*"$/,
  );
});
