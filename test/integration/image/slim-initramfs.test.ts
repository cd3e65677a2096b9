import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { tryReadNewc } from '../../../src/image/newc-archive.js';
import { slimArtifact, trySlim, type SlimInitramfs } from '../../../src/image/slim-initramfs.js';
import { sha256Of } from '../../../src/platform/fs/files.js';
import { makeNewcArchive, type ArchivedFile } from '../../fixtures/newc-archive.js';
import { createTestProcesses } from '../../fixtures/ports.js';
import { silentLog } from '../../../src/platform/progress/log.js';

const processes = createTestProcesses();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slim-initramfs-'));
});
afterEach(async () => rm(directory, { recursive: true }));

const modules = 'usr/lib/modules/6.1.0-1-cloud';
const file = (path: string, content: string, mode = 0o100644): ArchivedFile => ({
  path,
  mode,
  content: Buffer.from(content),
});
const directoryAt = (path: string): ArchivedFile => ({ path, mode: 0o40755 });

const startUdev = '#!/bin/sh -e\n/lib/systemd/systemd-udevd --daemon --resolve-names=never\n\n';
const triggerAll = 'udevadm trigger --type=subsystems --action=add\nudevadm trigger --type=devices --action=add\n';
const triggerFew =
  'udevadm trigger --type=devices --action=add --subsystem-match=block --subsystem-match=net --subsystem-match=pci ' +
  '--subsystem-match=platform --subsystem-match=virtio\n';
const settle = 'udevadm settle || true\n';

/** As initramfs-tools writes them: names of files of all lengths, a link, and modules with another spelling. */
const archived: readonly ArchivedFile[] = [
  directoryAt('usr'),
  directoryAt('usr/lib'),
  { path: 'lib', mode: 0o120777, content: Buffer.from('usr/lib') },
  file('init', '#!/bin/sh\n', 0o100755),
  file('scripts/init-top/udev', `${startUdev}${triggerAll}${settle}`, 0o100755),
  file(`${modules}/kernel/drivers/block/virtio-blk.ko.zst`, 'blk'),
  file(`${modules}/kernel/drivers/virtio/virtio_pci.ko.zst`, 'pci'),
  file(`${modules}/kernel/drivers/virtio/virtio.ko.zst`, 'virtio'),
  file(`${modules}/kernel/drivers/net/virtio_net.ko.zst`, 'net'),
  file(`${modules}/kernel/net/core/failover.ko.zst`, 'failover'),
  file(`${modules}/kernel/fs/xfs/xfs.ko.zst`, 'xfs'),
  file(`${modules}/kernel/drivers/net/mlx5.ko.zst`, 'mlx5'),
  file(
    `${modules}/modules.dep`,
    [
      'kernel/drivers/block/virtio-blk.ko.zst: kernel/drivers/virtio/virtio.ko.zst',
      'kernel/drivers/virtio/virtio_pci.ko.zst: kernel/drivers/virtio/virtio.ko.zst',
      'kernel/drivers/virtio/virtio.ko.zst:',
      'kernel/drivers/net/virtio_net.ko.zst: kernel/net/core/failover.ko.zst',
      'kernel/net/core/failover.ko.zst:',
      'kernel/fs/xfs/xfs.ko.zst:',
      'kernel/drivers/net/mlx5.ko.zst:',
      '',
    ].join('\n'),
  ),
  file(`${modules}/modules.builtin`, 'kernel/fs/ext4/ext4.ko\n'),
  file('usr/lib/firmware/mlx5.bin', 'firmware'),
];
const microcode = makeNewcArchive([directoryAt('kernel'), file('kernel/x86/microcode/AuthenticAMD.bin', 'microcode')]);
const kept = archived
  .filter(({ path }) => !/xfs\.ko|mlx5/.test(path))
  .map((entry) =>
    entry.path === 'scripts/init-top/udev' ? file(entry.path, `${startUdev}${triggerFew}${settle}`, entry.mode) : entry,
  );

function without(pattern: RegExp): Buffer {
  return makeNewcArchive(archived.filter(({ path }) => !pattern.test(path)));
}

/** All entries of all archives. */
function listEntries(bytes: Buffer): readonly { readonly path: string; readonly content: string }[] {
  const entries = [];
  for (let at = 0; at < bytes.length; ) {
    const archive = tryReadNewc(bytes, at);
    if (archive === undefined) throw new TypeError(`no archive at ${at}`);
    entries.push(...archive.entries.map(({ path, content }) => ({ path, content: content.toString() })));
    at = archive.end;
  }
  return entries;
}

async function slim(initramfs: Buffer): Promise<SlimInitramfs> {
  const outcome = await trySlim(initramfs, directory, processes);
  if (typeof outcome === 'string') throw new TypeError(outcome);
  return outcome;
}

async function expectSlim(initramfs: Buffer, before: readonly string[] = []): Promise<void> {
  const { bytes, ...counts } = await slim(initramfs);
  expect(counts).toEqual({ kept: 5, dropped: 2, hasFewerDevices: true });
  expect(listEntries(bytes)).toEqual([
    ...before.map((path) => ({ path, content: '' })),
    ...kept.map(({ path, content }) => ({ path, content: content?.toString() ?? '' })),
  ]);
  expect(await readdir(directory)).toEqual([]);
}

const packers: readonly (readonly [string, ...string[]])[] = [
  ['zstd', '-q', '-c'],
  ['xz', '--check=crc32', '-0', '-c'],
  ['lz4', '-l', '-9', '-c'],
];

async function pack(argv: readonly [string, ...string[]], bytes: Buffer): Promise<Buffer> {
  const path = join(directory, `plain-${randomUUID()}`);
  await writeFile(path, bytes);
  const packed = await processes.stream({ argv: [...argv, path] }, buffer);
  await rm(path);
  return packed;
}

describe('keeps what a VM needs, and what that depends on', () => {
  test('in a plain archive', async () => expectSlim(makeNewcArchive(archived)));
  test('packed by gzip', async () => expectSlim(gzipSync(makeNewcArchive(archived))));

  test('after microcode and zeros, as on Ubuntu', async () => {
    const padded = Buffer.concat([microcode, Buffer.alloc(512 - (microcode.length % 512))]);
    await expectSlim(Buffer.concat([padded, gzipSync(makeNewcArchive(archived))]), ['kernel']);
  });

  for (const packer of packers)
    test(`packed by ${packer[0]}`, async () => {
      if ((await processes.tryFind(packer[0])) === undefined) return;
      await expectSlim(await pack(packer, makeNewcArchive(archived)));
    });

  for (const packer of packers)
    test(`unpacks modules packed by ${packer[0]}`, async () => {
      if ((await processes.tryFind(packer[0])) === undefined) return;
      const packed = await Promise.all(
        archived.map(async (entry) =>
          /virtio-blk|failover|xfs/.test(entry.path) && entry.content !== undefined
            ? { ...entry, content: await pack(packer, entry.content) }
            : entry,
        ),
      );
      await expectSlim(makeNewcArchive(packed));
    });

  test('a module whose compression is damaged, as it is', async () => {
    const damaged = gzipSync(Buffer.from('blk')).fill(0xff, 10);
    const name = 'virtio-blk';
    const entries = archived.map((entry) => (entry.path.includes(name) ? { ...entry, content: damaged } : entry));
    const { bytes } = await slim(makeNewcArchive(entries));
    expect(listEntries(bytes).find(({ path }) => path.includes(name))?.content).toBe(damaged.toString());
  });

  test('over again: nothing is left to drop', async () => {
    const { bytes } = await slim(makeNewcArchive(archived));
    const again = await slim(bytes);
    expect(again).toEqual({ bytes, kept: 5, dropped: 0, hasFewerDevices: false });
  });
});

describe('leaves an initramfs as it is', () => {
  const plain = makeNewcArchive(archived);
  test.each<[string, Buffer, RegExp]>([
    ['without a module for disks', without(/virtio-blk/), /^it has no module virtio_blk$/],
    ['with a filesystem neither built in nor there', without(/modules\.builtin/), /^it has no module ext4$/],
    ['without dependencies', without(/modules\.dep/), /does not list all modules/],
    ['packed by bzip2', Buffer.from('BZh91AY&SY'), /^unsupported compression \(it starts with 425a68393141\)$/],
    ['with damaged gzip', gzipSync(plain).fill(0xff, 100, 160), /^its compression is damaged/],
    ['that is cut', plain.subarray(0, plain.length - 200), /^unsupported compression/],
    ['with something else in gzip', gzipSync(Buffer.from('text')), /^it is not a cpio archive$/],
    ['that is empty', Buffer.alloc(0), /^it has no module virtio_pci$/],
  ])('%s', async (_, bytes, reason) => expect(await trySlim(bytes, directory, processes)).toMatch(reason));

  test('with damaged zstd', async () => {
    if ((await processes.tryFind('zstd')) === undefined) return;
    const packed = await pack(['zstd', '-q', '-c'], plain);
    expect(await trySlim(packed.subarray(0, packed.length - 30), directory, processes)).toMatch(/is damaged/);
    expect(await readdir(directory)).toEqual([]);
  });

  test('of any malformed header', async () => {
    for (let index = 0; index < 110; index++) {
      const damaged = Buffer.from(plain);
      damaged.write('z', index);
      expect(typeof (await trySlim(damaged, directory, processes))).toBe('string');
    }
  });
});

test('the published file, its digest and its line', async () => {
  const path = join(directory, 'initrd.img-6.1');
  await writeFile(path, makeNewcArchive(archived), { mode: 0o444 });
  const before = { path, size: 1, sha256: 'a' };
  const outcome = await slimArtifact(before, directory, { processes, log: silentLog });
  const bytes = await readFile(path);
  expect(outcome).toEqual({
    artifact: { path, size: bytes.length, sha256: sha256Of(bytes) },
    edit: 'publish initrd.img-6.1 with 5 of 7 modules, not compressed, whose udev adds fewer devices',
  });
  await writeFile(join(directory, 'other'), 'x');
  expect(
    await slimArtifact({ ...before, path: join(directory, 'other') }, directory, { processes, log: silentLog }),
  ).toBe(undefined);
  expect(await readFile(join(directory, 'other'), 'utf8')).toBe('x');
});
