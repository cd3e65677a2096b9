import { join } from 'node:path';
import { rm, writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { errorMessage, Failure } from '../platform/errors.js';
import type { Processes } from '../platform/process/processes.js';
import { tryUnpackLz4Legacy } from './lz4-legacy.js';

/** Ubuntu's kernels unpack to 60 to 90 MB. */
const maxKernelBytes = 256 * 1024 ** 2;
const pvhNote = { owner: 'Xen\0', type: 18 };
const maxSegments = 64;
const maxNoteBytes = 64 * 1024;

interface Payload {
  readonly bytes: Buffer;
  /** Of the unpacked kernel. */
  readonly size: number;
}

/**
 * Takes the ELF kernel out of a bzImage, which Cloud Hypervisor boots by PVH without unpacking it in the guest. The
 * bytes are foreign. Formats other than gzip and lz4 are unpacked by their tools.
 * @param directory for a temporary file
 * @throws Failure if it has none that can be booted
 */
export async function extractVmlinux(
  bzImage: Buffer,
  directory: string,
  { processes }: { readonly processes: Processes },
): Promise<Buffer> {
  const payload = readPayload(bzImage);
  const kernel = await unpack(payload, directory, processes);
  if (kernel.length !== payload.size)
    throw new Failure(`the kernel unpacks to ${kernel.length} bytes, and its header names ${payload.size}`);
  assertPvhKernel(kernel);
  return kernel;
}

/** Documentation/arch/x86/boot.rst: `payload_offset` and `payload_length` are relative to the protected-mode code. */
export function readPayload(bzImage: Buffer): Payload {
  if (bzImage.length < 0x250 || bzImage.toString('latin1', 0x202, 0x206) !== 'HdrS')
    throw new Failure('not an x86-64 bzImage');
  const protocol = bzImage.readUInt16LE(0x206);
  // 2.08 has the payload, 2.11 and 64-bit entries came with all kernels that Cloud Hypervisor boots.
  if (protocol < 0x208) throw new Failure(`unsupported boot protocol ${protocol >> 8}.${protocol & 0xff} (needs 2.8)`);
  const sectors = bzImage.readUInt8(0x1f1) || 4;
  const start = (sectors + 1) * 512 + bzImage.readUInt32LE(0x248);
  const end = start + bzImage.readUInt32LE(0x24c);
  if (end > bzImage.length || end - start < 8) throw new Failure('the payload of the kernel is outside of its file');
  // Every format but gzip is followed by the size, which gzip ends with.
  const size = bzImage.readUInt32LE(end - 4);
  if (size > maxKernelBytes) throw new Failure(`the kernel unpacks to ${size} bytes (limit: ${maxKernelBytes})`);
  const bytes = bzImage.subarray(start, end);
  return { bytes: formatOf(bytes) === 'gzip' ? bytes : bytes.subarray(0, -4), size };
}

const magics = [
  ['1f8b08', 'gzip'],
  ['02214c18', 'lz4'],
  ['28b52ffd', 'zstd'],
  ['fd377a585a00', 'xz'],
] as const;

function formatOf(bytes: Buffer): (typeof magics)[number][1] {
  const start = bytes.subarray(0, 6).toString('hex');
  const format = magics.find(([magic]) => start.startsWith(magic))?.[1];
  if (format === undefined)
    throw new Failure(
      `unsupported compression of the kernel: it starts with ${start} (supported: gzip, lz4, zstd, xz)`,
    );
  return format;
}

async function unpack({ bytes, size }: Payload, directory: string, processes: Processes): Promise<Buffer> {
  const format = formatOf(bytes);
  switch (format) {
    case 'gzip':
      try {
        return gunzipSync(bytes, { maxOutputLength: Math.max(1, size) });
      } catch (error) {
        throw new Failure(`the gzip payload of the kernel is damaged: ${errorMessage(error)}`, { cause: error });
      }
    case 'lz4': {
      const kernel = tryUnpackLz4Legacy(bytes, size);
      if (kernel === undefined) throw new Failure('the lz4 payload of the kernel is damaged');
      return kernel;
    }
    case 'zstd':
      // Kernels are packed with windows of up to 128 MiB.
      return runUnpacker(['zstd', '-dcq', '--single-thread', '--memory=128MB'], { bytes, size }, directory, processes);
    case 'xz':
      return runUnpacker(
        ['xz', '-dcq', '--single-stream', '--memlimit-decompress=256MiB'],
        { bytes, size },
        directory,
        processes,
      );
  }
}

async function runUnpacker(
  argv: readonly [string, ...string[]],
  { bytes, size }: Payload,
  directory: string,
  processes: Processes,
): Promise<Buffer> {
  const file = join(directory, 'kernel-payload');
  await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
  try {
    return await processes.stream({ argv: [...argv, file], timeoutMs: 120_000 }, async (stdout) => {
      const pieces: Buffer[] = [];
      let length = 0;
      for await (const piece of stdout as AsyncIterable<Buffer>) {
        length += piece.length;
        if (length > size) throw new Failure(`the kernel unpacks to more than the ${size} bytes that its header names`);
        pieces.push(piece);
      }
      return Buffer.concat(pieces, length);
    });
  } finally {
    await rm(file, { force: true });
  }
}

/** An x86-64 ELF whose segments lie within the file, with an entry for PVH (CONFIG_PVH). */
export function assertPvhKernel(elf: Buffer): void {
  if (elf.length < 64 || elf.toString('hex', 0, 6) !== '7f454c460201' || elf.readUInt16LE(18) !== 62)
    throw new Failure('the unpacked kernel is not a 64-bit ELF for x86-64');
  const start = Number(elf.readBigUInt64LE(32));
  const [size, count] = [elf.readUInt16LE(54), elf.readUInt16LE(56)];
  if (size !== 56 || count > maxSegments || start + size * count > elf.length)
    throw new Failure('the unpacked kernel has invalid program headers');
  const segments = Array.from({ length: count }, (_, index) => readSegment(elf, start + size * index));
  if (!segments.every(({ offset, length }) => offset + length <= elf.length))
    throw new Failure('a segment of the unpacked kernel is outside of its file');
  const notes = segments
    .filter(({ type }) => type === 4)
    .map(({ offset, length }) => elf.subarray(offset, offset + length));
  if (!notes.some(hasPvhNote)) throw new Failure('the kernel has no entry for PVH (CONFIG_PVH is not set)');
}

function readSegment(
  elf: Buffer,
  at: number,
): { readonly type: number; readonly offset: number; readonly length: number } {
  return {
    type: elf.readUInt32LE(at),
    offset: Number(elf.readBigUInt64LE(at + 8)),
    length: Number(elf.readBigUInt64LE(at + 32)),
  };
}

/** XEN_ELFNOTE_PHYS32_ENTRY in xen/include/public/elfnote.h. Names and contents are padded to 4 bytes. */
function hasPvhNote(notes: Buffer): boolean {
  const bounded = notes.subarray(0, maxNoteBytes);
  for (let at = 0; at + 12 <= bounded.length; ) {
    const [nameSize, size, type] = [0, 4, 8].map((offset) => bounded.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    const name = bounded.toString('latin1', at + 12, at + 12 + nameSize);
    if (name === pvhNote.owner && type === pvhNote.type && size >= 4) return true;
    at += 12 + pad(nameSize) + pad(size);
  }
  return false;
}

function pad(size: number): number {
  return Math.ceil(size / 4) * 4;
}
