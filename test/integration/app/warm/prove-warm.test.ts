import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Manifest } from '../../../../src/store/documents/manifest.js';
import { findLeftBehind } from '../../../fixtures/left-behind.js';
import { listFiles } from '../../../fixtures/list-files.js';
import {
  createSmallBuilds,
  listNetworks,
  type BuildResult,
  type SmallBuilds,
  waitForNoLeftovers,
} from '../../../fixtures/small-builds.js';

let builds: SmallBuilds;

beforeAll(async () => {
  builds = await createSmallBuilds('warm');
});
afterAll(async () => builds.remove());

async function build(place: string, inputs: Readonly<Record<string, string>>): Promise<BuildResult> {
  const started = await builds.start({ place, user: 'as a plain user', daemon: 1, inputs });
  return started.exited;
}

test('a build as a plain user proves warm starts in a private network, and leaves nothing', async () => {
  const place = await builds.createPlace('warm');
  const before = await listNetworks();
  const { code, stderr } = await build(place, { 'smoke-warm': 'true', 'smoke-memory': '128M' });
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  expect(stderr).toMatch(/2 clones at once ran after .*, had identities of their own after .*, and their daemons/);
  const path = join(place, 'store/snapshots/ubuntu-base.1.manifest.json');
  const { smoke } = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  expect(smoke?.warm?.clones.map(({ hostname }) => hostname)).toEqual(['warm-1', 'warm-2']);
  expect(await waitForNoLeftovers(place)).toEqual([]);
  expect(await listNetworks()).toEqual(before);
  expect((await listFiles(join(place, 'work'))).filter((name) => !name.startsWith('.'))).toEqual([]);
});

test('a build that is killed meanwhile leaves no VM, no interface and no mount', async () => {
  const place = await builds.createPlace('killed');
  const before = await listNetworks();
  const inputs = { 'smoke-warm': 'true', 'smoke-memory': '128M' };
  const started = await builds.start({ place, user: 'as a plain user', daemon: 1, inputs });
  const warmVm = /smoke\/warm-host\/.*cloud-hypervisor/;
  while (!(await findLeftBehind(place)).some((line) => warmVm.test(line))) await delay(20);
  started.kill('SIGKILL');
  await started.exited;
  expect(await waitForNoLeftovers(place)).toEqual([]);
  expect(await listNetworks()).toEqual(before);
});

test('a build that must prove warm starts fails where that cannot be done', async () => {
  const place = await builds.createPlace('not warm');
  const { code, stderr } = await build(place, { 'smoke-disk': 'copy', 'dry-run': 'true', 'smoke-warm': 'true' });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(
      /cannot test warm starts: smoke-disk is copy.*\n +Fix: set smoke-warm: auto to test them only where/,
    ),
  ]);
});
