import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { sha256OfFile } from '../../../src/platform/fs/files.js';
import { Failure, ToolError } from '../../../src/platform/errors.js';
import {
  nameImageInOverlay,
  openCompressingDisk,
  openDisk,
  openEditableDisk,
} from '../../../src/disk/storage-daemon.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { findLeftBehind, findMounts, waitForNothingLeft } from '../../fixtures/left-behind.js';
import { giveToPlainUser, startAsPlainUser } from '../../fixtures/plain-user.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const ports = { processes };
const size = 8 * 1024 ** 2;
const content = makeBytes(1, size);
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
beforeAll(async () => {
  directory = await makeTestDirectory('daemon');
});
afterAll(async () => directory.remove());

/** Creates a directory with a `disk.qcow2` of known content. */
async function makeDisk(name: string): Promise<{ readonly place: string; readonly path: string }> {
  const place = join(directory.path, name);
  await mkdir(place, { recursive: true });
  const path = join(place, 'disk.qcow2');
  await writeFile(join(place, 'raw'), content);
  await processes.run({ argv: ['qemu-img', 'convert', '-f', 'raw', '-O', 'qcow2', join(place, 'raw'), path] });
  return { place, path };
}

/** An overlay on the file of an image, larger than the image. */
async function makeFileOverlay(image: string, place: string): Promise<string> {
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, overlay, '1G'] });
  return overlay;
}

const names = [
  ['a plain name', 'plain'],
  ['a name with a comma, a space, quotes, letters and signs', 'a,, b="c"\'d\' ü % : # $x'],
  ['a name longer than a unix socket may have', `${'deep-directory/'.repeat(20)}end`],
] as const;

describe.each(names)('%s', (_, name) => {
  test('is read', async () => {
    const { place, path } = await makeDisk(name);
    const disk = await openDisk({ path, format: 'qcow2' }, place, ports);
    expect(disk.size).toBe(size);
    expect((await disk.read(0, size)).equals(content)).toBe(true);
    await expect(disk.write(0, Buffer.alloc(512))).rejects.toThrow(Failure);
    await disk.closeDisk();
    expect(await waitForNothingLeft(place)).toEqual([]);
    expect((await readdir(place)).sort()).toEqual(['disk.qcow2', 'raw']);
  });

  test('is edited as a raw file that no other process sees', async () => {
    const { place, path } = await makeDisk(name);
    const disk = await openEditableDisk(path, place, ports);
    expect(await findMounts(place)).toEqual([]);
    expect(await readFile(disk.rawPath)).toHaveLength(0);
    const { stdout } = await disk.run({ argv: ['stat', '--format=%s', disk.rawPath] });
    expect(stdout.trim()).toBe(String(size));
    await disk.run({
      argv: ['dd', `of=${disk.rawPath}`, 'bs=1', 'seek=1000', 'conv=notrunc', 'status=none'],
      input: 'edited',
    });
    await disk.close();
    expect(await waitForNothingLeft(place)).toEqual([]);
    const after = await openDisk({ path, format: 'qcow2' }, place, ports);
    expect((await after.read(1000, 6)).toString()).toBe('edited');
    expect((await after.read(1006, 5000)).equals(content.subarray(1006, 6006))).toBe(true);
    await after.closeDisk();
  });
});

describe('a disk for editing', () => {
  test('reports a failing program, and can still be closed', async () => {
    const { place, path } = await makeDisk('failing');
    const disk = await openEditableDisk(path, place, ports);
    await expect(disk.run({ argv: ['sh', '-c', 'echo words >&2; exit 3'] })).rejects.toMatchObject({
      exitCode: 3,
      evidence: ['words'],
    });
    await expect(disk.run({ argv: ['no-such-program'] })).rejects.toThrow(ToolError);
    await disk.close();
    expect(await waitForNothingLeft(place)).toEqual([]);
  });

  test('does not grow', async () => {
    const { place, path } = await makeDisk('growing');
    const disk = await openEditableDisk(path, place, ports);
    await expect(
      disk.run({
        argv: ['dd', 'if=/dev/zero', `of=${disk.rawPath}`, 'bs=4096', 'count=1', `seek=${size / 4096}`, 'conv=notrunc'],
      }),
    ).rejects.toThrow(ToolError);
    await disk.close();
  });
});

test('a compressing disk accepts new clusters, and does not change the file below', async () => {
  const { place, path } = await makeDisk('compress');
  const overlay = await makeFileOverlay(path, place);
  const before = await sha256OfFile(path);
  const disk = await openCompressingDisk(overlay, place, ports);
  await disk.discard(0, 4 * 65536);
  expect((await disk.read(0, 4 * 65536)).every((byte) => byte === 0)).toBe(true);
  await disk.write(65536, Buffer.alloc(2 * 65536, 7));
  await disk.flush();
  await disk.closeDisk();
  const { stdout } = await processes.run({ argv: ['qemu-img', 'check', '--output=json', nameImageInOverlay(overlay)] });
  expect(JSON.parse(stdout)).toMatchObject({ 'compressed-clusters': 2, 'check-errors': 0 });
  const after = await openCompressingDisk(overlay, place, ports);
  expect((await after.read(65536, 65536)).every((byte) => byte === 7)).toBe(true);
  await after.closeDisk();
  expect(await sha256OfFile(path)).toBe(before);
});

describe('a disk that cannot be opened', () => {
  test.each<readonly [what: string, name: string, bytes: Buffer | undefined]>([
    ['is not there', 'missing', undefined],
    ['is no qcow2', 'no-qcow2', Buffer.alloc(100_000, 'x')],
    ['is empty', 'empty', Buffer.alloc(0)],
  ])("since it %s: a Failure with QEMU's words, and nothing goes on", async (_, name, bytes) => {
    const place = join(directory.path, name);
    await mkdir(place);
    const path = join(place, 'disk.qcow2');
    if (bytes !== undefined) await writeFile(path, bytes);
    for (const open of [
      async () => openDisk({ path, format: 'qcow2' }, place, ports),
      async () => openEditableDisk(path, place, ports),
      async () => openCompressingDisk(path, place, ports),
    ]) {
      const failure: unknown = await open().catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(Failure);
      expect(failure).toMatchObject({
        message: expect.stringMatching(/could not open the disk/),
        evidence: [expect.stringMatching(/qemu-storage-daemon:.*disk.qcow2/)],
      });
    }
    expect(await waitForNothingLeft(place)).toEqual([]);
  });
});

test('if the server dies, reading and closing fail, and nothing hangs', async () => {
  const { place, path } = await makeDisk('dying');
  const disk = await openDisk({ path, format: 'qcow2' }, place, ports);
  const [server] = await findLeftBehind(place);
  process.kill(Number(/^process (\d+)/.exec(server!)![1]), 'SIGKILL');
  await expect(disk.read(0, size)).rejects.toThrow(Failure);
  await expect(disk.closeDisk()).rejects.toThrow(/did not close the disk cleanly/);
  expect(await waitForNothingLeft(place)).toEqual([]);
});

test('cancelling stops servers and programs in their namespaces', async () => {
  const { place, path } = await makeDisk('cancel');
  const { path: other } = await makeDisk('cancel/other');
  const controller = new AbortController();
  const cancelled = { processes: createTestProcesses(controller.signal) };
  const disk = await openDisk({ path, format: 'qcow2' }, place, cancelled);
  const editable = await openEditableDisk(other, place, cancelled);
  const running = editable.run({
    argv: ['sh', '-c', 'echo started; exec sleep 600'],
    onLine: () => controller.abort(new Failure('cancelled')),
  });
  await expect(running).rejects.toThrow(/cancelled/);
  await expect(disk.read(0, size)).rejects.toThrow(Failure);
  await Promise.allSettled([disk.closeDisk(), editable.close()]);
  expect(await waitForNothingLeft(place)).toEqual([]);
  await expect(openDisk({ path, format: 'qcow2' }, place, cancelled)).rejects.toThrow(/cancelled/);
});

describe('if this process is killed', () => {
  let compiled: string;
  beforeAll(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'compiled-'));
    await compileSources(['test/fixtures/ports.ts', 'test/fixtures/hold-disks.ts'], compiled);
    await processes.run({ argv: ['chmod', '-R', 'a+rX', compiled] });
  });
  afterAll(async () => rm(compiled, { recursive: true }));

  /** A directory with the disks that the script opens. */
  async function makeDisks(name: string): Promise<string> {
    const place = join(directory.path, name);
    await mkdir(place);
    for (const disk of ['read', 'compress', 'edit'])
      await processes.run({
        argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', join(place, `${disk}.qcow2`), String(size)],
      });
    await makeFileOverlay(join(place, 'compress.qcow2'), place);
    return place;
  }

  /** Reads lines until all expected ones have arrived. */
  async function waitForLines(output: Readable, wanted: readonly string[]): Promise<void> {
    const missing = new Set(wanted);
    for await (const line of createInterface(output)) {
      missing.delete(line);
      if (missing.size === 0) return;
    }
    throw new Error(`the program ended without: ${[...missing].join(', ')}`);
  }

  test.each([
    [
      'as we are',
      (script: string, place: string) =>
        spawn(process.execPath, [script, place], { stdio: ['ignore', 'pipe', 'inherit'] }),
    ],
    ['as a plain user', (script: string, place: string) => startAsPlainUser(script, [place])],
  ])('%s, the kernel ends all servers, programs and mounts', async (name, start) => {
    const place = await makeDisks(`killed ${name}`);
    await giveToPlainUser(directory.path);
    const child = start(join(compiled, 'test/fixtures/hold-disks.js'), place);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await waitForLines(child.stdout, [`size ${size}`, `running ${join(place, 'disk.raw')}`]);
    const held = await findLeftBehind(place);
    expect(held.filter((line) => line.includes('qemu-storage-daemon')).length).toBeGreaterThanOrEqual(3);
    expect(held.filter((line) => line.startsWith('mount')).length).toBeGreaterThanOrEqual(1);
    expect(await findMounts(place)).toEqual([]);
    child.kill('SIGKILL');
    await ended;
    expect(await waitForNothingLeft(place)).toEqual([]);
    expect((await readdir(place)).filter((entry) => !/^disk-\w+$|\.qcow2$|^disk\.raw$/.test(entry))).toEqual([]);
  });
});
