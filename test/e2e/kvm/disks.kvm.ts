import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { overlayOptions, rawOptions } from '../../../src/host/launch.js';
import { testBaseWithinMs } from '../../fixtures/base.js';
import { makeGolden } from '../../fixtures/golden.js';
import { attempts, runEmulated, runHere, worksHere } from '../../fixtures/kvm-machine.js';
import { makeNewcArchive, type ArchivedFile } from '../../fixtures/newc-archive.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const minute = 60_000;
const withinMs = 50 * minute;
const mebibyte = 1024 ** 2;
const processes = createTestProcesses();
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ch-golden-disks-'));
}, testBaseWithinMs);
afterAll(async () => rm(directory, { recursive: true, force: true }));

/** An ext4 filesystem whose files are in compressed clusters, as those of a golden image. */
async function makeBase(): Promise<string> {
  const tree = join(directory, 'tree');
  await mkdir(tree);
  for (const worker of [1, 2, 3, 4])
    for (const file of [1, 2, 3, 4, 5, 6])
      await writeFile(
        join(tree, `old${worker}.${file}`),
        Buffer.alloc(4 * mebibyte, `${worker}.${file} of the image\n`),
      );
  const [raw, image] = [join(directory, 'base.raw'), join(directory, 'base.qcow2')];
  await processes.run({ argv: ['mke2fs', '-q', '-t', 'ext4', '-d', tree, raw, '1G'] });
  const convert = ['qemu-img', 'convert', '-c', '-O', 'qcow2', '-o', 'compression_type=zstd'] as const;
  await processes.run({ argv: [...convert, raw, image] });
  return image;
}

/** The golden image's initramfs, whose init loads the modules and runs write-heavy.sh in a busybox of its own. */
async function makeInitramfs(golden: string): Promise<string> {
  const { stdout } = await processes.run({ argv: ['ldd', '/usr/bin/busybox'] });
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path ?? '');
  const directories = new Set(['guest', 'guest/bin', ...libraries.flatMap((path) => parentsOf(`guest${path}`))]);
  const file = async (path: string, source: string): Promise<ArchivedFile> => ({
    path,
    mode: 0o100_755,
    content: await readFile(source),
  });
  const init =
    '#!/bin/sh\nexport PATH=/sbin:/usr/sbin:/bin:/usr/bin\nmkdir -p /proc\nmount -t proc proc /proc\n' +
    'modprobe -a virtio_pci virtio_blk ext4\nexec chroot /guest /bin/busybox sh /write-heavy.sh\n';
  const archive = makeNewcArchive([
    ...[...directories].sort().map((path) => ({ path, mode: 0o040_755 })),
    { path: 'init', mode: 0o100_755, content: Buffer.from(init) },
    await file('guest/write-heavy.sh', join(import.meta.dirname, 'write-heavy.sh')),
    await file('guest/bin/busybox', '/usr/bin/busybox'),
    ...(await Promise.all(libraries.map(async (path) => file(`guest${path}`, path)))),
  ]);
  const first = await readFile(golden);
  const path = join(directory, 'initrd');
  await writeFile(path, Buffer.concat([first, Buffer.alloc((4 - (first.length % 4)) % 4), archive]));
  return path;
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Run only by `npm run test:kvm`, if a real Cloud Hypervisor is on PATH. */
test(
  'a write-heavy guest leaves a clean disk with what it wrote, on an overlay and on a raw disk',
  async () => {
    const golden = await makeGolden(directory);
    const script = join(import.meta.dirname, 'run-disks.sh');
    const run = {
      payload: {
        'base.qcow2': await makeBase(),
        vmlinuz: golden.kernel.path,
        initrd: await makeInitramfs(golden.initramfs.path),
        [basename(script)]: script,
      },
      command: `sh "$PAYLOAD/run-disks.sh" "$PAYLOAD" '${overlayOptions}' '${rawOptions}'`,
      timeoutMs: withinMs,
    };
    const isReal = await worksHere(directory, processes);
    const output = isReal ? await runHere(run, directory) : await runEmulated(run, directory, processes);
    // Of each worker, two of six new files are removed.
    expect(output).toMatch(/^disk qcow2: 40 files are right\r?$/m);
    expect(output).toMatch(/^disk raw: 40 files are right\r?$/m);
  },
  attempts * withinMs + 20 * minute,
);
