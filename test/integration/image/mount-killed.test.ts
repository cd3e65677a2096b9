import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { BaseImage } from '../../../src/base/base-image.js';
import type { EditPlan } from '../../../src/image/edit-driver.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { sha256Of, sha256OfFile } from '../../../src/platform/fs/files.js';
import { serveArchive } from '../../fixtures/apt-repository.js';
import { getTestBase, testBaseWithinMs } from '../../fixtures/base.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { startTestServer, type TestServer } from '../../fixtures/http-server.js';
import { findLoops, waitForNone, waitForNothingLeft } from '../../fixtures/left-behind.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeSigningKey, type SigningKey } from '../../fixtures/signing-key.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

const processes = createTestProcesses();
let base: BaseImage;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let compiled: string;
let server: TestServer;
let key: SigningKey;

beforeAll(async () => {
  base = await getTestBase();
  directory = await makeTestDirectory('killed');
  compiled = await mkdtemp(join(tmpdir(), 'compiled-'));
  await compileSources(['src/image', 'test/fixtures/ports.ts', 'test/fixtures/mount-child.ts'], compiled);
  server = await startTestServer();
  key = await makeSigningKey(processes);
  await serveArchive(
    {
      path: '/debian',
      suite: 'stable',
      codename: 'bookworm',
      label: 'Test',
      packages: [{ name: 'tool', version: '1', postinst: 'setsid sleep 601 &\necho in the middle\nsleep 1' }],
    },
    { server, key, processes },
  );
}, testBaseWithinMs);
afterAll(async () => {
  await server.close();
  await key.remove();
  await directory.remove();
  await rm(compiled, { recursive: true });
});

async function plan(place: string): Promise<readonly Edit[]> {
  const script = '#!/bin/sh\nsetsid sleep 602 &\nmount -t tmpfs none /mnt\necho script runs\nexec sleep 1\n';
  await writeFile(join(place, 'script'), script);
  return [
    {
      kind: 'write',
      path: '/etc/apt/sources.list',
      content: { text: `deb [signed-by=/etc/apt/keyrings/test.gpg] ${server.url}/debian bookworm main\n` },
      attributes: rootOwned(0o644),
    },
    {
      kind: 'write',
      path: '/etc/apt/keyrings/test.gpg',
      content: { file: key.keyring, sha256: sha256Of(await readFile(key.keyring)) },
      attributes: rootOwned(0o644),
    },
    { kind: 'install', packages: ['tool'] },
    { kind: 'run', name: 'script', script: { file: join(place, 'script'), sha256: sha256Of(script) } },
    { kind: 'remove', pattern: '/var/lib/apt/lists/**' },
  ];
}

/** Starts a run, kills it `afterMs` behind a line that it says, and answers with what is left. */
async function killAt(name: string, line: RegExp, afterMs: number): Promise<readonly string[]> {
  const place = join(directory.path, name);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay],
  });
  const request: EditPlan = { overlay, edits: await plan(place), directory: place };
  await writeFile(join(place, 'request.json'), JSON.stringify(request));
  const child = spawn(process.execPath, [join(compiled, 'test/fixtures/mount-child.js'), join(place, 'request.json')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let seen = false;
  for await (const said of createInterface(child.stdout)) {
    if (!line.test(said)) continue;
    seen = true;
    await delay(afterMs);
    child.kill('SIGKILL');
    break;
  }
  await ended;
  expect(seen).toBe(true);
  return waitForNothingLeft(place);
}

/** The kernel lets go of a loop device by and by; that of a namespace which is gone has a file without a path. */
async function waitForNoLoop(): Promise<readonly string[]> {
  return waitForNone(async () =>
    (await findLoops('')).filter((loop) => loop.includes(directory.path) || loop.endsWith(' of /')),
  );
}

asRoot('killed wherever it is, it leaves no process, no mount and no loop device', () => {
  test.each<[string, RegExp, number]>([
    ['between phases', /operations to files/, 0],
    ['while it mounts', /operations to files/, 120],
    ['while it reads lists', /Reading package lists/, 0],
    ['while it unpacks', /^Unpacking tool/, 0],
    ['in a maintainer script', /^in the middle/, 30],
    ['after the packages', /^Done: install(ed)? tool/i, 5],
    ['in a script', /^script runs/, 30],
    ['when it unmounts', /^Ran script/, 15],
    ['at its end', /^done/, 0],
  ])('%s', async (name, line, afterMs) => {
    expect(await killAt(name, line, afterMs)).toEqual([]);
    expect(await waitForNoLoop()).toEqual([]);
    expect((await processes.run({ argv: ['ps', '-eo', 'args'] })).stdout).not.toMatch(/sleep 60[12]/);
    expect(await sha256OfFile(base.path)).toBe(base.sha256);
  });
});
