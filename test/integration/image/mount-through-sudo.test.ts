import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { openGuest } from '../../../src/disk/open-guest.js';
import { openDisk } from '../../../src/disk/storage-daemon.js';
import type { BaseImage } from '../../../src/base/base-image.js';
import type { EditPlan } from '../../../src/image/edit-driver.js';
import { rootOwned, type Edit } from '../../../src/image/plan.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { getTestBase, testBaseWithinMs } from '../../fixtures/base.js';
import { compileSources } from '../../fixtures/compile-sources.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { giveToPlainUser, plainUid, startAsSudoer } from '../../fixtures/plain-user.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeTestDirectory } from '../../fixtures/small-image.js';

/** Only root can give somebody sudo. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

const processes = createTestProcesses();
let base: BaseImage;
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let compiled: string;

beforeAll(async () => {
  base = await getTestBase();
  directory = await makeTestDirectory('sudo');
  compiled = await mkdtemp(join(tmpdir(), 'compiled-'));
  await compileSources(
    [
      'src/image',
      'src/entry/mount.ts',
      'src/entry/read-order.ts',
      'src/entry/run-mount.ts',
      'test/fixtures/ports.ts',
      'test/fixtures/mount-through-sudo-child.ts',
    ],
    compiled,
  );
  await processes.run({ argv: ['chmod', 'a+rx', compiled, directory.path] });
}, testBaseWithinMs);
afterAll(async () => {
  await directory.remove();
  await rm(compiled, { recursive: true });
});

interface Run {
  readonly place: string;
  readonly overlay: string;
  readonly said: readonly string[];
}

/** Runs a plan as a plain user who has sudo; kills it when it says `killAt`. */
async function run(name: string, script: string, killAt?: RegExp): Promise<Run> {
  const place = join(directory.path, name);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await processes.run({
    argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay],
  });
  await writeFile(join(place, 'script'), script);
  const edits: readonly Edit[] = [
    { kind: 'write', path: '/opt/data', content: { text: 'from the user' }, attributes: rootOwned(0o600) },
    { kind: 'run', name: 'script', script: { file: join(place, 'script'), sha256: sha256Of(script) } },
  ];
  const plan: EditPlan = { overlay, edits, directory: place };
  await writeFile(join(place, 'request.json'), JSON.stringify({ plan, program: join(compiled, 'src/entry/mount.js') }));
  await giveToPlainUser(place);
  const child = startAsSudoer(join(compiled, 'test/fixtures/mount-through-sudo-child.js'), [
    join(place, 'request.json'),
  ]);
  const ended = once(child, 'exit');
  const said: string[] = [];
  child.stderr.on('data', (text) => said.push(String(text)));
  for await (const line of createInterface(child.stdout)) {
    said.push(line);
    if (killAt?.test(line) !== true) continue;
    await delay(30);
    child.kill('SIGKILL');
    break;
  }
  await ended;
  return { place, overlay, said };
}

/** The files of a directory that are not the plain user's. */
async function findForeign(place: string): Promise<string> {
  return (await processes.run({ argv: ['find', place, '!', '-uid', String(plainUid)] })).stdout;
}

asRoot('a plain user with sudo', () => {
  test('has the image mounted by root, and keeps all files', async () => {
    const { place, overlay, said } = await run(
      'whole',
      '#!/bin/sh\nid -u\ncat /opt/data >/opt/copy\nchmod 640 /opt/copy\n',
    );
    expect(said).toEqual(expect.arrayContaining(['0', 'Ran script', 'done']));
    expect(await waitForNothingLeft(place)).toEqual([]);
    expect(await findForeign(place)).toBe('');
    expect((await stat(overlay)).uid).toBe(plainUid);
    const disk = await openDisk({ path: overlay, format: 'qcow2' }, place, { processes });
    const { files } = await openGuest(disk);
    expect(await files.tryReadText('/opt/copy')).toBe('from the user');
    expect((await files.tryStat('/opt/copy'))?.inode).toMatchObject({ mode: 0o640, uid: 0, gid: 0 });
    await disk.closeDisk();
  });

  test('is told why it failed, as root would be', async () => {
    const { place, said } = await run('failing', '#!/bin/sh\necho lost my way >&2\nexit 7\n');
    expect(said.at(-1)).toMatch(/^failure: the script script failed with exit code 7 .*lost my way/);
    expect(await waitForNothingLeft(place)).toEqual([]);
    expect(await findForeign(place)).toBe('');
  });

  test.each([
    ['while root mounts', /operations to files/],
    ['in a script', /^script runs/],
  ])("killed %s, it leaves no process and no mount of root's", async (name, line) => {
    const { place, said } = await run(name, '#!/bin/sh\nsetsid sleep 603 &\necho script runs\nexec sleep 600\n', line);
    expect(said.at(-1)).toMatch(line);
    expect(await waitForNothingLeft(place)).toEqual([]);
    expect(await findForeign(place)).toBe('');
    expect((await processes.run({ argv: ['ps', '-eo', 'args'] })).stdout).not.toMatch(/sleep 603/);
    expect((await readFile('/proc/self/mountinfo', 'utf8')).includes(place)).toBe(false);
  });
});
