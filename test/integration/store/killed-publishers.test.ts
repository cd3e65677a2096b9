import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../../src/platform/clock.js';
import { silentLog } from '../../../src/platform/log.js';
import { tryParseVersion } from '../../../src/store/names.js';
import type { ObjectStore } from '../../../src/store/object-store.js';
import { openStore } from '../../../src/store/open-store.js';
import { getVersion, listVersions, tryGetChannelVersion } from '../../../src/store/read-versions.js';
import { reapStaged } from '../../../src/store/reap-staged.js';
import { applyRetention } from '../../../src/store/retention.js';
import { findBrokenFiles, findBrokenVersions } from '../../fixtures/check-store.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const image = 'ubuntu-base';
const publishers = 4;
const killsEach = 10;
/** What one version takes of the store, about. */
const callsOfOne = 20;

let folder: string;
let store: ObjectStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'killed-publishers-'));
  store = openStore(join(folder, 'store'), { processes: createTestProcesses() });
  await compileSources(
    ['src/platform', 'src/disk', 'src/store', 'test/fixtures/publish-forever.ts', 'test/fixtures/ports.ts', 'test/fixtures/version-parts.ts',
      'test/fixtures/watched-store.ts'],
    join(folder, 'compiled'),
  );
});

afterAll(async () => rm(folder, { recursive: true }));

/** Lets a publisher run until it kills itself, anywhere in the first three versions that it makes, and gives what it said. */
async function publishUntilKilled(scratch: string): Promise<readonly string[]> {
  const lastCall = String(1 + Math.floor(Math.random() * 3 * callsOfOne));
  const child = spawn(process.execPath, [join(folder, 'compiled/test/fixtures/publish-forever.js'), join(folder, 'store'), scratch, lastCall], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  createInterface(child.stdout).on('line', (line) => lines.push(line));
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
  return lines;
}

/** Reads like a host, again and again: whatever the index names must be whole, unless it has left the index meanwhile. */
async function readUntil(signal: AbortSignal): Promise<{ readonly reads: number; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  let reads = 0;
  while (!signal.aborted) {
    const latest = await tryGetChannelVersion(image, 'latest', store);
    if (latest === undefined) continue;
    problems.push(...await findBrokenFiles(latest, store));
    for (const { version } of await listVersions(image, store)) {
      const found = await getVersion(image, version, store).catch(() => undefined);
      const broken = found === undefined ? ['no manifest'] : await findBrokenFiles(found, store);
      reads += 1;
      if (broken.length > 0 && (await listVersions(image, store)).some((live) => live.version === version)) problems.push(`${version}: ${broken.join()}`);
    }
  }
  return { reads, problems };
}

async function retainUntil(signal: AbortSignal): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    removed += (await applyRetention({ image, owner: 'retention', keep: 3, graceMs: 300 }, { store, clock: systemClock, log: silentLog })).removed.length;
    await delay(50);
  }
  return removed;
}

test(`${publishers} publishers killed ${killsEach} times each, a reader and retention beside them: nothing twice, nothing lost, nothing broken`, async () => {
  const ended = new AbortController();
  const reader = readUntil(ended.signal);
  const retention = retainUntil(ended.signal);
  const said = (await Promise.all(Array.from({ length: publishers }, async (_, number) => {
    const lines: string[] = [];
    for (let kill = 0; kill < killsEach; kill += 1) lines.push(...await publishUntilKilled(join(folder, `scratch-${number}`)));
    return lines;
  }))).flat();
  ended.abort();
  const [{ reads, problems }, removed] = await Promise.all([reader, retention]);

  const numbers = (verb: string): readonly number[] => said.filter((line) => line.startsWith(`${verb} `)).map((line) => Number(line.split(' ')[1]));
  const claimed = numbers('claimed');
  const staged = numbers('staged');
  const published = numbers('published');
  console.log(`${publishers * killsEach} kills: ${claimed.length} versions claimed, ${staged.length} staged, ${published.length} published; `
    + `${claimed.length - staged.length} killed while staging, ${staged.length - published.length} while committing; ${removed} removed by retention; ${reads} versions read whole`);

  expect(problems).toEqual([]);
  expect(new Set(claimed).size).toBe(claimed.length);
  // The kills fell into the middle of both parts.
  expect(claimed.length - staged.length).toBeGreaterThan(0);
  expect(staged.length - published.length).toBeGreaterThan(0);
  expect(published.length).toBeGreaterThan(5);
  expect(reads).toBeGreaterThan(10);
  await expectWholeStore(published);
  await expectNothingStaged();
}, 240_000);

/** What was said to be published is there, or has been retired. */
async function expectWholeStore(published: readonly number[]): Promise<void> {
  expect(await findBrokenVersions(image, store)).toEqual([]);
  const live = (await listVersions(image, store)).map(({ version }) => version);
  const highest = Math.max(...published);
  expect((await tryGetChannelVersion(image, 'latest', store))!.manifest.version).toBeGreaterThanOrEqual(highest);
  const newest = published.filter((version) => version > (live.at(-1) ?? 0));
  expect(live).toEqual(expect.arrayContaining(newest));
  for await (const { key } of store.list(`snapshots/${image}.`)) {
    const version = tryParseVersion(image, key);
    if (version !== undefined) expect(await store.head(`snapshots/${image}.${version}.claim`)).toBeDefined();
  }
}

/** The dead leave their staged files behind, and their locks not. */
async function expectNothingStaged(): Promise<void> {
  const staging = join(folder, 'store/.staging');
  const left = (await readdir(staging)).length;
  const later = { ...systemClock, now: () => Date.now() + 120_000 };
  const reaped = await reapStaged({ graceMs: Infinity }, { store, clock: later, log: silentLog });
  console.log(`${reaped.length} staged files of the dead removed`);
  expect(reaped).toHaveLength(left);
  expect(await readdir(staging)).toEqual([]);
}
