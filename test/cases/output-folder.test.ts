import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { saveVersionFiles } from '../../src/app/build/save-files.js';
import type { ObjectStore } from '../../src/objects/object-store.js';
import { sha256OfFile } from '../../src/platform/fs/files.js';
import { silentLog } from '../../src/platform/progress/log.js';
import type { RunReport } from '../../src/report/run-report.js';
import { createMemoryStore, createMemoryState, type MemoryState } from '../fixtures/memory-store.js';
import { image, publishTestVersion } from '../fixtures/host-versions.js';
import { listFiles } from '../fixtures/list-files.js';
import { asQcow2 } from '../fixtures/qcow2-bytes.js';
import { createSmallBuilds, type SmallBuilds } from '../fixtures/small-builds.js';
import { layeredOver } from '../fixtures/version-parts.js';
import { watchStore } from '../fixtures/watched-store.js';

describe('row 21: the files of a published version', () => {
  let directory: string;
  let state: MemoryState;
  let store: ObjectStore;
  const fetched: string[] = [];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'output-'));
    state = createMemoryState();
    fetched.length = 0;
    store = watchStore(createMemoryStore(state), async ({ method, key }, proceed) => {
      if (method === 'open') fetched.push(key);
      return proceed();
    });
  });
  afterEach(async () => rm(directory, { recursive: true }));

  const signal = new AbortController().signal;
  const save = async (manifest: Parameters<typeof saveVersionFiles>[0]): ReturnType<typeof saveVersionFiles> =>
    saveVersionFiles(manifest, directory, { store, log: silentLog, signal });

  test.each(['flattened', 'layered'] as const)('are laid out as on a host: %s', async (layout) => {
    const { manifest } = await publishTestVersion(store, { layout });
    const saved = await save(manifest);
    expect(saved).toEqual({
      image: join(directory, 'snapshots', `${image}.1.qcow2`),
      kernel: join(directory, 'kernels', 'vmlinuz-6.8.0-90-generic'),
      initramfs: join(directory, 'kernels', 'initrd.img-6.8.0-90-generic'),
    });
    for (const { role, name, sha256 } of manifest.files)
      expect(await sha256OfFile(role === 'base' ? join(directory, 'images', name) : saved[role])).toBe(sha256);
    expect(await listFiles(directory)).toHaveLength(manifest.files.length);
  });

  test('are fetched only if they are missing or different', async () => {
    const { manifest } = await publishTestVersion(store);
    const { kernel } = await save(manifest);
    expect(fetched).toHaveLength(3);
    await save(manifest);
    expect(fetched).toHaveLength(3);
    await appendFile(kernel, 'x');
    await save(manifest);
    expect(fetched.slice(3)).toEqual([`snapshots/${image}.1.vmlinuz`]);
  });

  test.each<readonly [string, () => Promise<void>, RegExp]>([
    ['damaged', async () => damage('qcow2'), /1\.qcow2 does not match the manifest: its SHA-256 differs/],
    ['missing', async () => remove('initramfs'), /1\.initramfs is missing/],
  ])('that are %s in the store are an error, and none is saved', async (_, spoil, message) => {
    const { manifest } = await publishTestVersion(store);
    await spoil();
    await expect(save(manifest)).rejects.toThrow(message);
    expect(await listFiles(directory)).toEqual([]);
  });

  test('that open a file of this machine are rejected', async () => {
    const { manifest } = await publishTestVersion(store, {
      image: asQcow2(Buffer.alloc(5000), layeredOver('/etc/passwd', 'raw')),
    });
    await expect(save(manifest)).rejects.toThrow('is rejected');
    expect(await listFiles(directory)).toEqual([]);
  });

  const keyOf = (name: string): string => `snapshots/${image}.1.${name}`;
  async function damage(name: string): Promise<void> {
    const bytes = Buffer.from(state.objects.get(keyOf(name)) ?? '');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    state.objects.set(keyOf(name), bytes);
    return Promise.resolve();
  }
  async function remove(name: string): Promise<void> {
    state.objects.delete(keyOf(name));
    return Promise.resolve();
  }
});

describe('rows 20 and 21: a second run', () => {
  let builds: SmallBuilds;
  beforeAll(async () => {
    builds = await createSmallBuilds('output');
  });
  afterAll(async () => builds.remove());

  async function build(place: string, inputs: Readonly<Record<string, string>>): Promise<RunReport> {
    const user = 'as a plain user';
    const report = join(place, 'report');
    const run = await builds.start({ place, user, daemon: 1, inputs: { 'report-folder': report, ...inputs } });
    const { code, stderr } = await run.exited;
    if (code !== 0 && code !== 3) throw new Error(stderr);
    return JSON.parse(await readFile(join(report, 'report.json'), 'utf8')) as RunReport;
  }

  test('with nothing changed still fills the output folder; one with a changed setting names it', async () => {
    const place = await builds.createPlace('second');
    const first = await build(place, {});
    expect(first.reason).toBe('Published ubuntu-base.1 (first version)');
    expect(first.manifest?.settings).toMatchObject({ upgrade: 'none', 'disk-size': '64 MiB', files: '/etc/motd' });

    const output = join(place, 'output');
    const second = await build(place, { 'output-folder': output });
    expect(second.outcome).toBe('unchanged');
    expect(second.kept?.['image']).toBe(join(output, 'snapshots', 'ubuntu-base.1.qcow2'));
    for (const role of ['image', 'kernel', 'initramfs'] as const) {
      const file = second.manifest?.files.find((one) => one.role === role);
      expect(await sha256OfFile(second.kept?.[role] ?? '')).toBe(file?.sha256);
    }

    const third = await build(place, { 'disk-size': '96M' });
    expect(third.reason).toBe('Published ubuntu-base.2 (changed since ubuntu-base.1: disk-size 64 MiB → 96 MiB)');
  });
});
