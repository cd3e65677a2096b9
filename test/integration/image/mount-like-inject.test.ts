import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestFile, GuestFiles } from '../../../src/disk/guest-files.js';
import { openGuest } from '../../../src/disk/open-guest.js';
import { openDisk } from '../../../src/disk/storage-daemon.js';
import type { EditPlan } from '../../../src/image/edit-driver.js';
import { injectDriver } from '../../../src/image/inject/inject-driver.js';
import { mountDriver } from '../../../src/image/mount/mount-driver.js';
import { rootOwned, type FileEdit } from '../../../src/image/plan.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { silentLog } from '../../../src/platform/progress/log.js';
import { planTestDaemon } from '../../fixtures/assemble.js';
import { waitForNothingLeft } from '../../fixtures/left-behind.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { makeBytes } from '../../fixtures/random.js';
import { makeDisk, makeTestDirectory, nobleDisk } from '../../fixtures/small-image.js';

/** Only root can mount. */
const asRoot = process.getuid?.() === 0 ? describe : describe.skip;

const ports = { processes: createTestProcesses(), log: silentLog };
let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
let raw: string;

beforeAll(async () => {
  directory = await makeTestDirectory('alike');
  raw = join(directory.path, 'disk.raw');
  await makeDisk(raw, nobleDisk, ports.processes);
});
afterAll(async () => directory.remove());

/** Everything in the guest's filesystems, one line each. */
async function describeTree(
  name: string,
  edit: (place: Pick<EditPlan, 'overlay' | 'directory'>) => Promise<unknown>,
): Promise<readonly string[]> {
  const place = join(directory.path, name);
  await mkdir(place);
  const overlay = join(place, 'overlay.qcow2');
  await ports.processes.run({ argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', raw, overlay] });
  await edit({ overlay, directory: place });
  expect(await waitForNothingLeft(place)).toEqual([]);
  const disk = await openDisk({ path: overlay, format: 'qcow2' }, place, ports);
  try {
    const { files } = await openGuest(disk);
    const lines: string[] = [];
    for (const top of ['/', '/boot'])
      for await (const file of files.walk(top)) lines.push(await describeFile(file, files));
    return lines;
  } finally {
    await disk.closeDisk();
  }
}

async function describeFile(file: GuestFile, files: GuestFiles): Promise<string> {
  const { kind, mode, uid, gid } = file.inode;
  const hash = createHash('sha256');
  if (kind === 'file') for await (const piece of files.content(file)) hash.update(piece);
  if (kind === 'link') hash.update(await file.mount.filesystem.readLink(file.inode));
  return `${file.path} ${kind} ${mode.toString(8)} ${uid}:${gid} ${hash.digest('hex')}`;
}

asRoot('the driver mount', () => {
  test('makes the same files, modes, owners and contents of a plan as inject does', async () => {
    const large = makeBytes(3, 3_000_007);
    const file = join(directory.path, 'large');
    await writeFile(file, large);
    const edits = [
      {
        kind: 'write',
        path: '/usr/local/bin/tool',
        content: { file, sha256: sha256Of(large) },
        attributes: { mode: 0o4755, uid: 100_000, gid: 70_000 },
      },
      { kind: 'write', path: '/lib/through a link, ü #1', content: { text: 'größer\n' }, attributes: rootOwned(0o600) },
      { kind: 'write', path: '/boot/extra', content: { text: 'on the other partition' }, attributes: rootOwned(0o640) },
      { kind: 'directory', path: '/var/lib/made/deep', attributes: { mode: 0o1777, uid: 7, gid: 8 } },
      { kind: 'directory', path: '/home', attributes: rootOwned(0o711) },
      { kind: 'link', path: '/etc/long', target: `/${'very-long/'.repeat(20)}end` },
      { kind: 'link', path: '/etc/out', target: '/../../../../etc' },
      { kind: 'remove', pattern: '/opt/**' },
      ...(await planTestDaemon(directory.path)),
    ] as readonly FileEdit[];
    const [injected = [], mounted = []] = await Promise.all(
      [injectDriver, mountDriver].map(async (driver) =>
        describeTree(driver.name, async (place) => driver.apply({ ...place, edits }, ports)),
      ),
    );
    expect(mounted).toEqual(injected);
    expect(mounted).toContainEqual(expect.stringMatching(/^\/usr\/local\/bin\/tool file 4755 100000:70000 /));
    expect(mounted.some((line) => line.startsWith('/boot/extra '))).toBe(true);
  });

  test('follows links inside of the image alone', async () => {
    const bait = join(directory.path, 'bait');
    await mkdir(bait);
    const edits: readonly FileEdit[] = [
      { kind: 'link', path: '/srv', target: bait },
      { kind: 'write', path: '/etc/x', content: { text: 'x' }, attributes: rootOwned(0o644) },
    ];
    const tree = await describeTree('linked', async (place) => {
      await mountDriver.apply({ ...place, edits }, ports);
      await expect(
        mountDriver.apply(
          {
            ...place,
            edits: [{ kind: 'write', path: '/srv/y', content: { text: 'y' }, attributes: rootOwned(0o644) }],
          },
          ports,
        ),
      ).rejects.toThrow(`/srv in the image is a link to ${JSON.stringify(bait)}, which does not exist`);
    });
    expect(tree.some((line) => line.startsWith('/srv link'))).toBe(true);
    expect((await ports.processes.run({ argv: ['ls', '-A', bait] })).stdout).toBe('');
  });
});
