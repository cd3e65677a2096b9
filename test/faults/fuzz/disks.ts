import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readImageFacts } from '../../../src/base/read-image-facts.js';
import { goBuildInfoSection, tryParseGoBuildInfo } from '../../../src/daemon/go-build-info.js';
import { readStaticProgram } from '../../../src/daemon/elf.js';
import { inspectBinary } from '../../../src/daemon/inspect-binary.js';
import { sliceReader } from '../../../src/disk/block-reader.js';
import { parseAttributeBlock } from '../../../src/disk/ext4-attribute-block.js';
import { openExt4 } from '../../../src/disk/ext4-reader.js';
import { isExt4 } from '../../../src/disk/ext4-superblock.js';
import { parseBlockAttributes, parseInodeAttributes, type ExtendedAttributes } from '../../../src/disk/ext4-xattrs.js';
import { openGuestFiles, type GuestFiles } from '../../../src/disk/guest-files.js';
import { openGuest } from '../../../src/disk/open-guest.js';
import { readPartitions } from '../../../src/disk/partition-table.js';
import { parseQcow2Header } from '../../../src/disk/qcow2-header.js';
import { readInventory } from '../../../src/image/inventory.js';
import type { Processes } from '../../../src/platform/process/processes.js';
import * as ext4 from '../../fixtures/handmade-ext4.js';
import { openMemoryDisk, type MemoryDisk } from '../../fixtures/memory-disk.js';
import { makeQcow2Header, qcow2Extension } from '../../fixtures/qcow2-bytes.js';
import { makeElf } from '../../unit/daemon/elf-file.js';
import { bytes, require, type Parser } from './parser.js';

/** Disks and programs: metadata that refers to other metadata. Reading them must be bounded, whatever they contain. */

const directory = await mkdtemp(join(tmpdir(), 'fuzz-disks-'));
const mebibyte = 1024 ** 2;

/** Fails if a disk is read beyond the limits. */
async function withLimits(
  disk: MemoryDisk,
  limits: { readonly reads: number; readonly bytes: number },
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } finally {
    require(disk.asked.reads <= limits.reads &&
      disk.asked.bytes <= limits.bytes, `${disk.asked.reads} reads of ${disk.asked.bytes} bytes`);
  }
}

function makeGpt(sector: number): Buffer {
  const disk = Buffer.alloc(2 * sector + 128 * 128);
  disk.write('EFI PART', sector, 'latin1');
  disk.writeBigUInt64LE(2n, sector + 72);
  disk.writeUInt32LE(128, sector + 80);
  disk.writeUInt32LE(128, sector + 84);
  for (const [index, number] of [1, 16].entries()) {
    const start = 2 * sector + (number - 1) * 128;
    disk.write('e3bc684fcde8b14d96e7fbcaf984b709', start, 'hex');
    disk.writeBigUInt64LE(BigInt(2048 + index * 1024), start + 32);
    disk.writeBigUInt64LE(BigInt(2048 + index * 1024 + 1023), start + 40);
  }
  return disk;
}

function makeMbr(): Buffer {
  const sector = Buffer.alloc(512);
  sector.writeUInt16LE(0xaa55, 510);
  sector.writeUInt8(0x83, 446 + 4);
  sector.writeUInt32LE(2048, 446 + 8);
  sector.writeUInt32LE(4096, 446 + 12);
  return sector;
}

async function readTable(input: Buffer): Promise<void> {
  const disk = openMemoryDisk(input, 64 * mebibyte);
  await withLimits(disk, { reads: 4, bytes: 5 * mebibyte }, async () => {
    for (const { start, length } of await readPartitions(disk)) {
      require(Number.isSafeInteger(start) &&
        Number.isSafeInteger(length) &&
        start > 0 &&
        length > 0 &&
        start + length <= disk.size, `a partition of ${length} bytes at ${start}`);
    }
  });
}

/** A package whose file list has 2^60 bytes, nearly all of them a hole. */
function makeEndless(): Buffer {
  const disk = ext4.makeRoot();
  disk.writeUInt32LE(1 << 28, ext4.inodeAt(ext4.inodes.file) + 0x6c);
  return disk;
}

const attributeMagic = 0xea02_0000;
const attributePrefixes = ['user.', 'system.', 'trusted.', 'security.'];

/** Entries as the kernel writes them: names from the start, values from the end. @param first offset of the entries */
function writeAttributes(area: Buffer, first: number, values: readonly (readonly [number, string, string])[]): void {
  let [entry, end] = [first, area.length];
  for (const [prefix, name, value] of values) {
    end -= Math.ceil(value.length / 4) * 4;
    area.writeUInt8(name.length, entry);
    area.writeUInt8(prefix, entry + 1);
    area.writeUInt16LE(end, entry + 2);
    area.writeUInt32LE(value.length, entry + 8);
    area.write(name, entry + 16, 'latin1');
    area.write(value, end, 'latin1');
    entry += Math.ceil((16 + name.length) / 4) * 4;
  }
}

const someAttributes = [
  [6, 'selinux', 'system_u:object_r:etc_t:s0'],
  [2, '', 'acl'],
  [3, '', 'default'],
  [1, 'note', 'x'.repeat(60)],
] as const;

function makeAttributeBlock(): Buffer {
  const block = Buffer.alloc(1024);
  block.writeUInt32LE(attributeMagic, 0);
  block.writeUInt32LE(3, 4);
  block.writeUInt32LE(1, 8);
  writeAttributes(block, 32, someAttributes);
  return block;
}

function makeAttributeInode(): Buffer {
  const inode = Buffer.alloc(512);
  inode.writeUInt16LE(32, 128);
  inode.writeUInt32LE(attributeMagic, 160);
  writeAttributes(inode.subarray(164), 0, someAttributes);
  return inode;
}

/** Every byte of a block is read at most once for names, and values lie in what was read. */
function requireAttributes(attributes: ExtendedAttributes, input: Buffer): void {
  require(attributes.size <= input.length / 16, `${attributes.size} attributes in ${input.length} bytes`);
  for (const [name, value] of attributes)
    require(value.length <= input.length &&
      name.length < 300 &&
      attributePrefixes.some((prefix) => name.startsWith(prefix)), `an attribute ${JSON.stringify(name)}`);
}

function readAttributeBlock(input: Buffer): void {
  requireAttributes(parseBlockAttributes(input), input);
  const { references, changeReferences } = parseAttributeBlock(7, input, 0x1234);
  const changes = changeReferences(references - 1 < 0 ? 0 : references - 1);
  require([...changes].every(
    ([offset, byte]) => (Math.floor(offset / 4) === 1 || Math.floor(offset / 4) === 4) && byte >= 0 && byte < 256,
  ), 'a change beside the count and the checksum');
}

/** Only the metadata: the contents of files start after it. The missing part is added when it is read. */
const metadata = 24 * 1024;
const rest = ext4.makeExt4().subarray(metadata);

function openExample(input: Buffer): MemoryDisk {
  return openMemoryDisk(
    Buffer.concat([input.subarray(0, metadata), Buffer.alloc(Math.max(0, metadata - input.length)), rest]),
    64 * 1024,
  );
}

async function readFilesystem(input: Buffer): Promise<void> {
  const disk = openExample(input);
  const partition = sliceReader(disk, 0, disk.size);
  await withLimits(disk, { reads: 3000, bytes: 64 * mebibyte }, async () => {
    if (!(await isExt4(partition))) return;
    await readAll(openGuestFiles([{ path: '/', filesystem: await openExt4(partition) }]));
  });
}

/** Every operation on the files of an image. */
async function readAll(files: GuestFiles): Promise<void> {
  for await (const file of files.walk('/')) {
    await expectFailure(async () => files.tryResolve(file.path));
    await expectFailure(async () => files.read(file.path, mebibyte));
    if (file.inode.kind === 'link') await expectFailure(async () => file.mount.filesystem.readLink(file.inode));
  }
}

/** A file that cannot be read does not prevent reading the next. */
async function expectFailure(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof Error) || error.constructor.name !== 'Failure') throw error;
  });
}

async function readGuest(input: Buffer): Promise<void> {
  const disk = openExample(input);
  await withLimits(disk, { reads: 3000, bytes: 64 * mebibyte }, async () =>
    readInventory((await openGuest(disk)).files),
  );
}

function header(change: (all: Buffer) => void): Buffer {
  const all = Buffer.alloc(512);
  all.writeUInt32BE(0x514649fb, 0);
  all.writeUInt32BE(3, 4);
  all.writeUInt32BE(16, 20);
  all.writeBigUInt64BE(1024n ** 3n, 24);
  all.writeUInt32BE(112, 100);
  change(all);
  return all;
}
const qcow2 = [
  header(() => undefined),
  header((all) => all.writeUInt32BE(2, 4)).subarray(0, 80),
  header((all) => {
    all.writeBigUInt64BE(256n, 8);
    all.writeUInt32BE(8, 16);
    all.write('base.img', 256);
    all.writeBigUInt64BE(8n, 72);
    all.writeUInt8(1, 104);
  }),
  Buffer.concat([
    makeQcow2Header({
      snapshots: 1,
      autoclear: 1n,
      extensions: [
        [qcow2Extension.backingFormat, 'raw'],
        [qcow2Extension.bitmaps, Buffer.alloc(24)],
      ],
      backingFile: 'base.img',
    }),
    Buffer.alloc(64),
  ]),
];

const processes: Pick<Processes, 'run'> = {
  run: async () => Promise.resolve({ stdout: '{"compressed-clusters":1}', stderr: '' }),
};
async function inspect(input: Buffer): Promise<void> {
  const path = join(directory, 'image');
  await writeFile(path, input);
  const { virtualSize } = await readImageFacts(path, { processes: processes as Processes });
  require(Number.isSafeInteger(virtualSize) && virtualSize > 0, `a disk of ${virtualSize} bytes`);
}

function varint(number: number): Buffer {
  return number < 128
    ? Buffer.from([number])
    : Buffer.concat([Buffer.from([(number % 128) | 0x80]), varint(Math.floor(number / 128))]);
}

function makeBuildInfo(): Buffer {
  const start = Buffer.alloc(32);
  start.write('\xff Go buildinf:', 'latin1');
  start.writeUInt8(8, 14);
  start.writeUInt8(2, 15);
  const lines = [
    'path\texample.com/d',
    'mod\texample.com/d\t(devel)\t',
    `dep\texample.com/a\tv1.2.3\th1:${'a'.repeat(43)}=`,
    '=>\texample.com/b\tv1.2.4',
    `build\tvcs.revision=${'0'.repeat(40)}`,
    '',
  ];
  const framed = Buffer.from(`${'<'.repeat(16)}${lines.join('\n')}${'>'.repeat(16)}`);
  return Buffer.concat([start, varint(8), Buffer.from('go1.26.8'), varint(framed.length), framed, Buffer.alloc(16)]);
}
const elf = makeElf({
  sections: [
    { name: goBuildInfoSection, content: makeBuildInfo() },
    { name: '.strtab', content: Buffer.from('\0main.version\0') },
  ],
});

/** Thousands of sections, each with a name of a megabyte. */
function makeLongNames(): Buffer {
  const names = Buffer.alloc(mebibyte, 'x');
  names.writeUInt8(0, mebibyte - 1);
  const file = makeElf({
    sections: Array.from({ length: 4000 }, (_, index) => ({ name: String(index), content: Buffer.alloc(0) })),
  });
  const table = Number(file.readBigUInt64LE(40));
  const last = table + file.readUInt16LE(62) * 64;
  file.writeBigUInt64LE(BigInt(file.length), last + 24);
  file.writeBigUInt64LE(BigInt(mebibyte), last + 32);
  for (let at = table; at < file.length; at += 64) file.writeUInt32LE(0, at);
  return Buffer.concat([file, names]);
}

async function readProgram(input: Buffer): Promise<void> {
  const disk = openMemoryDisk(input);
  await withLimits(disk, { reads: 8, bytes: 2 * input.length + mebibyte }, async () => {
    for (const { name, offset, size } of await readStaticProgram(disk))
      require(name.length < 100 && offset + size <= disk.size, 'a section outside of the file');
  });
}

async function inspectProgram(input: Buffer): Promise<void> {
  const path = join(directory, 'program');
  await writeFile(path, input);
  const { daemon } = await inspectBinary(path);
  require(daemon.modules.every(({ path: name, version }) =>
    /^[\x21-\x7e]+$/.test(name + version),
  ), 'a module that is none');
}

export const parsers: readonly Parser[] = [
  bytes('partition table', [makeGpt(512), makeGpt(4096), makeMbr()], readTable),
  bytes('ext4', [ext4.makeExt4().subarray(0, metadata), ext4.makeRoot().subarray(0, metadata)], readFilesystem, {
    share: 2,
  }),
  bytes('guest', [ext4.makeRoot().subarray(0, metadata)], readGuest, {
    share: 2,
    cases: [makeEndless().subarray(0, metadata)],
  }),
  bytes('ext4 attributes in an inode', [makeAttributeInode()], (input) =>
    requireAttributes(parseInodeAttributes(input), input),
  ),
  bytes('ext4 attributes in a block', [makeAttributeBlock()], readAttributeBlock),
  bytes('qcow2 header', qcow2, parseQcow2Header),
  bytes('base image', [...qcow2.slice(0, 2), Buffer.concat([makeMbr(), Buffer.alloc(5 * mebibyte)])], inspect, {
    share: 0.5,
  }),
  bytes('ELF', [elf, makeElf()], readProgram, { cases: [makeLongNames()] }),
  bytes('Go build info', [makeBuildInfo()], tryParseGoBuildInfo),
  bytes('daemon', [elf, makeElf()], inspectProgram, { share: 0.5 }),
];
