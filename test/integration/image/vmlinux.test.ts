import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { extractVmlinux } from '../../../src/image/vmlinux.js';
import { createKvmGuest } from '../../../src/smoke/kvm-guest.js';
import { createTestProcesses } from '../../fixtures/ports.js';

const processes = createTestProcesses();
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vmlinux-'));
});
afterEach(async () => rm(directory, { recursive: true }));

/** The small guest, then what no packer can shrink, and what it can, in more than one block of lz4. */
const noise = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * index * 31 + (index >> 3)) & 0xff));
const vmlinux = Buffer.concat([createKvmGuest(), noise, Buffer.alloc(9_000_000, 'relocations ')]);

function toBzImage(payload: Buffer, { protocol = 0x20f, length = payload.length } = {}): Buffer {
  const head = Buffer.alloc(1024);
  head.writeUInt8(1, 0x1f1);
  head.write('HdrS', 0x202);
  head.writeUInt16LE(protocol, 0x206);
  head.writeUInt32LE(100, 0x248);
  head.writeUInt32LE(length, 0x24c);
  return Buffer.concat([head, Buffer.alloc(100), payload, Buffer.from('behind the payload')]);
}

function withSize(packed: Buffer, size = vmlinux.length): Buffer {
  const end = Buffer.alloc(4);
  end.writeUInt32LE(size);
  return Buffer.concat([packed, end]);
}

const extract = async (bzImage: Buffer): Promise<Buffer> => extractVmlinux(bzImage, directory, { processes });

async function pack(argv: readonly [string, ...string[]], bytes: Buffer = vmlinux): Promise<Buffer> {
  const file = join(directory, 'vmlinux');
  await writeFile(file, bytes);
  const packed = await processes.stream({ argv: [...argv, file] }, buffer);
  await rm(file);
  return packed;
}

const packers: readonly (readonly [string, ...string[]])[] = [
  ['lz4', '-l', '-9', '-c'],
  ['zstd', '-q', '-c'],
  ['xz', '--check=crc32', '-0', '-c'],
];

describe('takes the ELF out of a bzImage', () => {
  test('packed by gzip', async () => expect((await extract(toBzImage(gzipSync(vmlinux)))).equals(vmlinux)).toBe(true));

  for (const packer of packers) {
    test(`packed by ${packer[0]}`, async () => {
      if ((await processes.tryFind(packer[0])) === undefined) return;
      expect((await extract(toBzImage(withSize(await pack(packer))))).equals(vmlinux)).toBe(true);
      expect(await readdir(directory)).toEqual([]);
    });
  }
});

describe('rejects', () => {
  test.each<[string, Buffer, RegExp]>([
    ['a short file', Buffer.from('MZ'), /^not an x86-64 bzImage$/],
    ['an old protocol', toBzImage(gzipSync(vmlinux), { protocol: 0x207 }), /^unsupported boot protocol 2\.7/],
    ['a payload behind the end', toBzImage(gzipSync(vmlinux), { length: 0xffffffff }), /outside of its file/],
    ['a payload of nothing', toBzImage(Buffer.alloc(0)), /outside of its file/],
    ['bzip2', toBzImage(withSize(Buffer.from('BZh91AY&SY'))), /^unsupported compression .* starts with 425a68393141/],
    ['a bomb by its header', toBzImage(withSize(gzipSync(vmlinux), 2 ** 31)), /unpacks to 2147483648 bytes \(limit/],
    ['damaged gzip', toBzImage(gzipSync(vmlinux).fill(0xff, 100, 200)), /gzip payload of the kernel is damaged/],
    [
      'damaged lz4',
      toBzImage(withSize(Buffer.from('02214c18080000001041414141414141', 'hex'))),
      /lz4 payload .* damaged/,
    ],
    ['what is no ELF', toBzImage(gzipSync(Buffer.alloc(4096, 'text'))), /not a 64-bit ELF/],
  ])('%s', async (_, bytes, message) => expect(extract(bytes)).rejects.toThrow(message));

  test('a payload larger than its header names, without unpacking it all', async () => {
    for (const packer of packers) {
      if ((await processes.tryFind(packer[0])) === undefined) continue;
      await expect(extract(toBzImage(withSize(await pack(packer), 5_000_000)))).rejects.toThrow(
        /unpacks to more than|lz4 payload of the kernel is damaged/,
      );
    }
    const gzip = gzipSync(vmlinux);
    gzip.writeUInt32LE(5_000_000, gzip.length - 4);
    await expect(extract(toBzImage(gzip))).rejects.toThrow(/gzip payload of the kernel is damaged/);
  });

  test('an ELF with an entry or segments that it does not have', async () => {
    const change = (edit: (elf: Buffer) => void): Buffer => {
      const elf = createKvmGuest();
      edit(elf);
      return toBzImage(gzipSync(elf));
    };
    await expect(extract(change((elf) => elf.writeUInt32LE(17, 0xb8)))).rejects.toThrow(/no entry for PVH/);
    await expect(extract(change((elf) => elf.writeUInt32LE(0xffffffff, 0xb0)))).rejects.toThrow(/no entry for PVH/);
    await expect(extract(change((elf) => elf.writeBigUInt64LE(2n ** 60n, 64 + 8)))).rejects.toThrow(
      /outside of its file/,
    );
    await expect(extract(change((elf) => elf.writeBigUInt64LE(2n ** 60n, 32)))).rejects.toThrow(/program headers/);
    await expect(extract(change((elf) => elf.writeUInt16LE(65, 56)))).rejects.toThrow(/program headers/);
  });

  test('any cut or changed lz4, without leaving its output', async () => {
    if ((await processes.tryFind('lz4')) === undefined) return;
    const small = createKvmGuest();
    const packed = await pack(['lz4', '-l', '-9', '-c'], small);
    for (let index = 8; index < packed.length; index += 7) {
      const damaged = Buffer.from(packed);
      damaged[index] = (damaged[index] ?? 0) ^ 0x5a;
      for (const bytes of [damaged, packed.subarray(0, index)]) {
        const kernel = await extract(toBzImage(withSize(bytes, small.length))).catch((error: unknown) => error);
        expect(kernel instanceof Buffer ? kernel.length : (kernel as Error).name).toEqual(
          kernel instanceof Buffer ? small.length : 'Failure',
        );
      }
    }
  });
});
