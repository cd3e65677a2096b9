import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { BaseImage } from '../../../src/base/base-image.js';
import type { AssembleRequest } from '../../../src/image/assemble-golden.js';
import type { GoldenImage } from '../../../src/image/golden-image.js';
import { sha256OfFile } from '../../../src/platform/fs/files.js';
import { assemble, planTestDaemon } from '../../fixtures/assemble.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { expectSound } from '../../fixtures/golden-proof.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { giveToPlainUser, plainUid, startAsPlainUser } from '../../fixtures/plain-user.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBase, makeDisk, makeTestDirectory, nobleDisk } from '../../fixtures/small-image.js';

const processes = createTestProcesses();
const gibibyte = 1024 ** 3;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let compiled: string;
let base: BaseImage;

beforeAll(async () => {
  directory = await makeTestDirectory('child');
  await chmod(directory.path, 0o755);
  compiled = await mkdtemp(join(tmpdir(), 'compiled-'));
  await compileSources(['src/image', 'test/fixtures/ports.ts', 'test/fixtures/assemble-child.ts'], compiled);
  await processes.run({ argv: ['chmod', '-R', 'a+rX', compiled] });
  const raw = join(directory.path, 'disk.raw');
  await makeDisk(raw, nobleDisk, processes);
  base = await makeBase(raw, 'zstd', processes);
});
afterAll(async () => {
  await directory.remove();
  await rm(compiled, { recursive: true });
});

interface Told {
  readonly golden: GoldenImage;
  readonly uid: number;
  readonly peakMiB: number;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** Writes the request of an assembly in a directory of its own. */
async function request(
  name: string,
  changes: Partial<AssembleRequest> = {},
): Promise<{ readonly file: string; readonly place: string }> {
  const place = join(directory.path, name);
  await mkdir(place);
  const content: AssembleRequest = {
    base,
    edits: await planTestDaemon(place),
    driver: 'auto',
    mountHelper: ['false'],
    layout: 'flattened',
    compression: 'auto',
    diskSize: base.virtualSize,
    directory: join(place, 'run'),
    cacheDirectory: join(place, 'cache'),
    forbiddenTexts: [],
    ...changes,
  };
  const file = join(place, 'request.json');
  await writeFile(file, JSON.stringify(content));
  return { file, place };
}

const script = (): string => join(compiled, 'test/fixtures/assemble-child.js');

function start(file: string): Child {
  return spawn(process.execPath, [script(), file], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function told(child: Child): Promise<Told> {
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout) as Told;
}

test.each(['flattened', 'layered'] as const)(
  'a plain user without privileges makes a %s image, the same as root does',
  async (layout) => {
    const { file, place } = await request(`plain ${layout}`, { layout });
    await giveToPlainUser(place);
    const { golden, uid } = await told(startAsPlainUser(script(), [file]));
    if (process.getuid?.() === 0) expect(uid).toBe(plainUid);
    expect(uid).not.toBe(0);
    await expectSound(golden, join(directory.path, 'scratch.raw'), processes);
    expect(golden.compression).toBe(layout === 'flattened' ? 'inherit' : 'zstd');
    const own = await assemble(
      base,
      { directory: directory.path, name: `own ${layout}` },
      { edits: await planTestDaemon(place), compression: 'none' },
      processes,
    );
    expect(golden.digest).toEqual(own.digest);
    expect(await waitForNothingLeft(place)).toEqual([]);
  },
);

test('killed wherever it is, it leaves no process and no mount, and its base is whole', async () => {
  const whole = await request('whole');
  const started = Date.now();
  await told(start(whole.file));
  const took = Date.now() - started;
  for (const part of [0.3, 0.5, 0.7, 0.9]) {
    const { file, place } = await request(`killed at ${part}`);
    const child = start(file);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await delay(took * part);
    child.kill('SIGKILL');
    await ended;
    expect(await waitForNothingLeft(place)).toEqual([]);
  }
  expect(await sha256OfFile(base.path)).toBe(base.sha256);
});

test.each([
  [300, /Failure: the disk is full: the image's changes do not fit/],
  // Several programs run by then. Which one finds the directory full first is chance, and QEMU reports it differently.
  [700, /ENOSPC|the disk is full/],
  [2500, /ENOSPC|the disk is full/],
])('a work directory of %d KiB is too small: it says so, and nothing hangs', async (kibibytes, words) => {
  const { file, place } = await request(`small ${kibibytes}`);
  const namespace = process.getuid?.() === 0 ? [] : ['--map-root-user'];
  await mkdir(join(place, 'run'));
  const mount = 'mount -t tmpfs -o "size=$1" none "$2"; shift 2; exec "$@"';
  const child = spawn(
    'unshare',
    [
      ...namespace,
      '--mount',
      '--',
      'sh',
      '-c',
      mount,
      'sh',
      `${kibibytes}k`,
      join(place, 'run'),
      process.execPath,
      script(),
      file,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [stderr, code] = await Promise.all([text(child.stderr), new Promise((resolve) => child.once('exit', resolve))]);
  expect(code).toBe(1);
  expect(stderr).toMatch(words);
  expect(await waitForNothingLeft(place)).toEqual([]);
});

test('a GiB of data takes no more memory than little does', async () => {
  // Behind the last partition: what a digest reads and a flatten copies, cheap to make since it compresses to nothing.
  const path = join(directory.path, 'large.qcow2');
  await copyFile(base.path, path);
  const diskSize = gibibyte + 128 * 1024 ** 2;
  await processes.run({ argv: ['qemu-img', 'resize', '-q', path, String(diskSize)] });
  const writes = Array.from({ length: 16 }, (_, index) => ['-c', `write -q -c -P 90 ${128 + index * 64}M 64M`]).flat();
  await processes.run({ argv: ['qemu-io', '-f', 'qcow2', ...writes, path] });
  const large = { ...base, path, sha256: await sha256OfFile(path), virtualSize: diskSize };
  const { file } = await request('large', { base: large, diskSize });
  const { golden, peakMiB } = await told(start(file));
  expect(golden.digest.chunks.length).toBeGreaterThan(250);
  expect(peakMiB).toBeLessThan(300);
});
