import type { BlockReader } from '../../../src/disk/block-reader.js';

export interface ElfParts {
  /** Fields of the ELF header that differ from those of a Go program for x86-64. */
  readonly class?: number;
  readonly data?: number;
  readonly type?: number;
  readonly machine?: number;
  readonly entry?: bigint;
  readonly segments?: readonly SegmentParts[];
  readonly sections?: readonly { readonly name: string; readonly content: Buffer }[];
  /** Written to the header instead of the real value. */
  readonly segmentCount?: number;
  readonly segmentSize?: number;
  readonly sectionCount?: number;
}

export interface SegmentParts {
  readonly type: number;
  readonly content?: Buffer;
  readonly flags?: number;
  /** Written instead of the real value. */
  readonly offset?: bigint;
  readonly fileSize?: bigint;
}

export const address = 0x400000n;
export const code: SegmentParts = { type: 1, flags: 5, content: Buffer.alloc(16, 0x90) };

/** An ELF file from parts: header, segment table, contents, section table. */
export function makeElf(parts: ElfParts = {}): Buffer {
  const segments = parts.segments ?? [code];
  const names = Buffer.from(
    ['', ...(parts.sections ?? []).map(({ name }) => name), '.shstrtab', ''].join('\0'),
    'latin1',
  );
  const sections =
    parts.sections === undefined
      ? []
      : [{ name: '', content: Buffer.alloc(0) }, ...parts.sections, { name: '.shstrtab', content: names }];
  const contents: Buffer[] = [];
  let end = 64 + segments.length * 56;
  const place = (content: Buffer): bigint => {
    contents.push(content);
    end += content.length;
    return BigInt(end - content.length);
  };
  const segmentTable = segments.map((segment) => makeSegment(segment, place(segment.content ?? Buffer.alloc(0))));
  const sectionTable = sections.map(({ name, content }) =>
    makeSection(names.indexOf(`${name}\0`), content, place(content)),
  );
  const header = makeHeader(parts, segments.length, {
    offset: sections.length === 0 ? 0 : end,
    count: sections.length,
  });
  return Buffer.concat([header, ...segmentTable, ...contents, ...sectionTable]);
}

function makeHeader(
  parts: ElfParts,
  segments: number,
  sections: { readonly offset: number; readonly count: number },
): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header.writeUInt8(parts.class ?? 2, 4);
  header.writeUInt8(parts.data ?? 1, 5);
  header.writeUInt16LE(parts.type ?? 2, 16);
  header.writeUInt16LE(parts.machine ?? 62, 18);
  header.writeBigUInt64LE(parts.entry ?? address, 24);
  header.writeBigUInt64LE(64n, 32);
  header.writeBigUInt64LE(BigInt(sections.offset), 40);
  header.writeUInt16LE(parts.segmentSize ?? 56, 54);
  header.writeUInt16LE(parts.segmentCount ?? segments, 56);
  header.writeUInt16LE(64, 58);
  header.writeUInt16LE(parts.sectionCount ?? sections.count, 60);
  header.writeUInt16LE(Math.max(0, sections.count - 1), 62);
  return header;
}

function makeSegment(segment: SegmentParts, offset: bigint): Buffer {
  const entry = Buffer.alloc(56);
  const size = segment.fileSize ?? BigInt(segment.content?.length ?? 0);
  entry.writeUInt32LE(segment.type, 0);
  entry.writeUInt32LE(segment.flags ?? 4, 4);
  entry.writeBigUInt64LE(segment.offset ?? offset, 8);
  entry.writeBigUInt64LE(address, 16);
  entry.writeBigUInt64LE(size, 32);
  entry.writeBigUInt64LE(size, 40);
  return entry;
}

function makeSection(name: number, content: Buffer, offset: bigint): Buffer {
  const entry = Buffer.alloc(64);
  entry.writeUInt32LE(Math.max(0, name), 0);
  entry.writeUInt32LE(1, 4);
  entry.writeBigUInt64LE(offset, 24);
  entry.writeBigUInt64LE(BigInt(content.length), 32);
  return entry;
}

/** Reads a buffer as a file. A read beyond its end fails the test. */
export function readerOf(bytes: Buffer): BlockReader {
  return {
    size: bytes.length,
    read: async (offset, length) => {
      if (!(offset >= 0 && length >= 0 && offset + length <= bytes.length))
        throw new RangeError(`read of ${length} bytes at ${offset} of ${bytes.length}`);
      return Promise.resolve(bytes.subarray(offset, offset + length));
    },
  };
}
