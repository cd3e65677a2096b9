import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BaseImage } from '../../src/base/base-image.js';
import { planGrowth } from '../../src/image/grow-root.js';
import { mountDriver } from '../../src/image/mount/mount-driver.js';
import { silentLog } from '../../src/platform/progress/log.js';
import { createTestProcesses } from '../fixtures/ports.js';
import { makeBytes } from '../fixtures/random.js';
import { linuxData, makeTestDirectory, type SmallDisk, type Tree } from '../fixtures/small-image.js';
import { guestFilesystem, makeCaseBase, oneDisk, rootPartition } from './guest.js';

const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
const processes = createTestProcesses();
const mebibyte = 1024 ** 2;

/** A fake apt-get: its lists take 8 MiB, and the packages that it installs 1 MiB more. */
const apt = `#!/usr/bin/busybox sh
set -e
case " $* " in
  *" update "*) busybox dd if=/dev/zero of=/var/lib/apt/lists/archive bs=1048576 count=8 2>&1;;
  *" --print-uris "*)
    echo "Need to get 1 MB of archives."
    echo "After this operation, 1 MB of additional disk space will be used.";;
  *) busybox test -s /var/lib/apt/lists/archive; busybox dd if=/dev/zero of=/usr/tree bs=1048576 count=1 2>&1;;
esac
`;

/** busybox with the libraries that it needs. */
async function readBusybox(): Promise<Tree> {
  const { stdout } = await processes.run({ argv: ['ldd', '/usr/bin/busybox'] }).catch(() => ({ stdout: '' }));
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));
  return Object.fromEntries(
    await Promise.all(
      ['/usr/bin/busybox', ...libraries].map(
        async (path) => [path.slice(1).replace(/^lib\//, 'usr/lib/'), await readFile(path)] as const,
      ),
    ),
  );
}

asRoot('row 45: a nearly full root filesystem', () => {
  let directory: Awaited<ReturnType<typeof makeTestDirectory>>;
  let tree: Tree;
  let count = 0;
  beforeAll(async () => {
    directory = await makeTestDirectory('full');
    tree = {
      ...(await readBusybox()),
      'usr/bin/apt-get': apt,
      'usr/filler': makeBytes(9, 8 * mebibyte),
      'usr/sbin/x': '',
      ...Object.fromEntries(['dev', 'proc', 'run', 'sys'].map((name) => [name, { directory: true }])),
    };
  });
  afterAll(async () => directory.remove());

  async function makeFullBase(disk: (content: ReturnType<typeof guestFilesystem>) => SmallDisk): Promise<BaseImage> {
    return makeCaseBase(directory.path, disk(guestFilesystem(tree, ['-O', '^has_journal'])), processes, {
      spoil: [
        'set_inode_field /usr/bin/apt-get mode 0100755',
        'set_inode_field /usr/bin/busybox mode 0100755',
        ...loaderMode(),
      ],
    });
  }

  function loaderMode(): readonly string[] {
    return Object.keys(tree)
      .filter((path) => path.includes('ld-linux'))
      .map((path) => `set_inode_field /${path} mode 0100755`);
  }

  async function install(
    base: BaseImage,
    diskSize: number,
  ): Promise<{ readonly lines: readonly string[]; readonly free: number }> {
    const place = join(directory.path, `run-${count++}`);
    await mkdir(place);
    const overlay = join(place, 'overlay.qcow2');
    await processes.run({
      argv: ['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', base.format, '-b', base.path, overlay, String(diskSize)],
    });
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    await mountDriver.apply(
      { overlay, edits: [{ kind: 'install', packages: ['tree'] }], directory: place },
      { processes, log: { ...silentLog, info: print, detail: print, warn: print } },
    );
    return { lines, free: (await planGrowth({ overlay, directory: place }, { processes })).free };
  }

  test('grows before the lists are fetched, and the suggested fix works', async () => {
    const base = await makeFullBase((content) => oneDisk(content, 20));
    await expect(install(base, base.virtualSize)).rejects.toMatchObject({
      message: "the image's disk is full: the packages do not fit",
      fix: 'set a larger disk-size',
    });
    const { lines, free } = await install(base, 64 * mebibyte);
    expect(lines).toContainEqual(expect.stringMatching(/^Grew the root filesystem from 20 MiB to 6[0-3].* MiB$/));
    expect(free).toBeGreaterThan(20 * mebibyte);
  });

  test('a filesystem on the whole disk grows too', async () => {
    const base = await makeFullBase((content) => ({
      table: 'none',
      partitions: [{ number: 0, sizeMiB: 20, content }],
    }));
    await expect(install(base, base.virtualSize)).rejects.toMatchObject({ fix: 'set a larger disk-size' });
    expect((await install(base, 64 * mebibyte)).lines).toContainEqual(
      expect.stringMatching(/^Grew the root filesystem from 20 MiB to 64 MiB$/),
    );
  });

  test('if another partition follows, a larger disk is not suggested as the fix', async () => {
    const base = await makeFullBase((content) => ({
      table: 'gpt',
      partitions: [rootPartition(content, 20), { number: 2, sizeMiB: 4, type: linuxData }],
    }));
    await expect(install(base, 64 * mebibyte)).rejects.toMatchObject({
      message: "the image's disk is full: the packages do not fit",
      fix: 'use a base with a larger root filesystem, or whose root partition is the last',
    });
  });
});
