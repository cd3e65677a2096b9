import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { isComplete, partialPath, readLocalVersion, tryReadCurrent } from '../../../src/host/local-versions.js';
import { verifyHost } from '../../../src/host/list-host.js';
import { pruneHost } from '../../../src/host/prune-host.js';
import { sha256OfFile } from '../../../src/platform/fs/files.js';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { createDirectoryStore } from '../../../src/objects/directory/directory-store.js';
import type { ObjectStore } from '../../../src/objects/object-store.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { image, makeImage, publishTestVersion } from '../../fixtures/host-versions.js';
import { giveToPlainUser, startAsPlainUser } from '../../fixtures/plain-user.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const kills = 50;
const processes = createTestProcesses();
let directory: string;
let root: string;
let store: ObjectStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'killed-pulls-'));
  root = join(directory, 'host');
  store = createDirectoryStore(join(directory, 'store'), { processes });
  await compileSources(
    ['src/store', 'src/host', 'test/fixtures/pull-once.ts', 'test/fixtures/ports.ts'],
    join(directory, 'compiled'),
  );
});

afterAll(async () => rm(directory, { recursive: true }));

interface PullEnd {
  readonly killed: boolean;
  /** From its beginning to its end. */
  readonly milliseconds: number;
}

/** Pulls in a process of its own, which is killed so long after it begins. */
async function pullAndKill(afterMs: number): Promise<PullEnd> {
  const child = spawn(
    process.execPath,
    [join(directory, 'compiled/test/fixtures/pull-once.js'), join(directory, 'store'), root],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let start = 0;
  let timer: NodeJS.Timeout | undefined;
  createInterface(child.stdout).once('line', () => {
    start = Date.now();
    if (afterMs < Infinity) timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  expect([code, signal]).toEqual(signal === null ? [0, null] : [null, 'SIGKILL']);
  return { killed: signal !== null, milliseconds: Date.now() - start };
}

/** What must be right at any moment: whatever is in use is whole. */
async function expectSound(): Promise<number> {
  const version = (await tryReadCurrent(root, image))!;
  const kept = await readLocalVersion(root, image, version);
  expect(await isComplete(kept)).toBe(true);
  for (const { path, sha256 } of kept.files) expect(await sha256OfFile(path)).toBe(sha256);
  return version;
}

test(
  `${kills} pulls killed at random moments: what is in use stays complete, and the next resumes`,
  async () => {
    let newest = 1;
    const publish = async (): Promise<number> =>
      (
        await publishTestVersion(store, {
          image: makeImage(
            12,
            Array.from({ length: 6 }, (_, index) => index * 2),
            newest + 1,
          ),
        })
      ).manifest.version;
    await publishTestVersion(store, { image: makeImage(12) });
    const { milliseconds } = await pullAndKill(Infinity);
    let killed = 0;
    let switched = 0;
    let before = await expectSound();
    newest = await publish();
    while (killed < kills) {
      const end = await pullAndKill(Math.random() * milliseconds * 1.2);
      killed += end.killed ? 1 : 0;
      const now = await expectSound();
      expect([before, newest]).toContain(now);
      if (!end.killed) expect(now).toBe(newest);
      if (now === newest) {
        switched += 1;
        newest = await publish();
      }
      before = now;
    }
    await pullAndKill(Infinity);
    expect(await expectSound()).toBe(newest);
    console.log(`${killed} kills while ${switched} versions came into use; a whole pull takes ${milliseconds} ms`);
    const { signal } = new AbortController();
    await pruneHost({ root, image, apply: true }, { processes, log: silentLog, clock: systemClock, signal });
    const verified = await verifyHost({ root, image }, { log: silentLog, signal: new AbortController().signal });
    expect(verified.flatMap(({ problems }) => problems)).toEqual([]);
    for (const name of ['snapshots', 'kernels', 'images', 'versions', 'current']) {
      expect(
        (await readdir(join(root, name))).filter(
          (entry) => entry.startsWith('.') && !/^\.ubuntu-base\.(index|seen)\.json$/.test(entry),
        ),
      ).toEqual([]);
    }
    expect(await readdir(join(root, 'snapshots'))).toHaveLength(verified.length);
  },
  60 * 60_000,
);

test("a plain user's pull goes on from one that was killed just before it gave a file its name", async () => {
  const [from, host] = [join(directory, 'plain store'), join(directory, 'plain host')];
  const { manifest } = await publishTestVersion(createDirectoryStore(from, { processes }), { image: makeImage(2) });
  await mkdir(host);
  await giveToPlainUser(host);
  await chmod(directory, 0o755);
  await processes.run({ argv: ['chmod', '-R', 'a+rX', join(directory, 'compiled'), from] });
  const pull = async (): Promise<readonly string[]> => {
    const child = startAsPlainUser(join(directory, 'compiled/test/fixtures/pull-once.js'), [from, host]);
    return Promise.all([text(child.stdout), text(child.stderr)]);
  };
  expect(await pull()).toEqual(['begins\npulled 1\n', '']);
  const kept = await readLocalVersion(host, image, manifest.version);
  for (const { path, sha256 } of kept.files) await rename(path, partialPath(dirname(path), sha256));
  expect(await pull()).toEqual(['begins\npulled 1\n', '']);
  expect(await isComplete(kept)).toBe(true);
});
