import type { BlockReader } from '../disk/block-reader.js';
import { Failure } from '../platform/errors.js';

/** A named part of an ELF file: a range of bytes in the file. */
export interface ElfSection {
  readonly name: string;
  /** Where the program finds it in memory; 0 if it is not loaded. */
  readonly address: number;
  readonly offset: number;
  readonly size: number;
}

interface Segment {
  readonly type: number;
  readonly executable: boolean;
  readonly offset: number;
  readonly fileSize: number;
  readonly address: number;
  readonly memorySize: number;
}

/** Names and numbers of elf(5). */
const headerSize = 64;
const segmentSize = 56;
const sectionSize = 64;
const segmentType = { load: 1, dynamic: 2, interpreter: 3 } as const;
const sectionWithoutBytes = 8;
const neededTag = 1n;
const machineNames: Readonly<Record<number, string>> = { 3: 'x86 (32 bit)', 40: 'arm', 183: 'arm64', 243: 'riscv64' };
const typeNames: Readonly<Record<number, string>> = { 1: 'an object file', 4: 'a core dump' };

/** Far more than linkers produce, so that a hostile header cannot cause larger reads. */
const maxSegments = 256;
const maxSections = 4096;
const maxDynamicBytes = 64 * 1024;
const maxNamesBytes = 1024 ** 2;
/** Longer than the names that are looked up. A hostile file may have thousands of sections with names of a megabyte. */
const maxNameBytes = 64;

const buildStatic = 'build it with CGO_ENABLED=0';
const buildForAmd64 = 'build it with GOOS=linux GOARCH=amd64';

/**
 * Checks that the file is a complete, statically linked program for Linux on x86-64, and lists its sections.
 * @throws Failure with the reason as the end of a sentence: the caller puts the file's name in front
 */
export async function readStaticProgram(reader: BlockReader): Promise<readonly ElfSection[]> {
  const header = await reader.read(0, Math.min(headerSize, reader.size));
  checkHeader(header);
  const segments = await readSegments(header, reader);
  checkEntryPoint(header, segments);
  await checkStatic(segments, reader);
  return readSections(header, reader);
}

function checkHeader(header: Buffer): void {
  if (header.length === 0) throw new Failure('is empty');
  if (header.subarray(0, 4).toString('latin1') !== '\x7fELF') {
    throw new Failure(`is ${formatOther(header)}, not a Linux program`, { fix: buildForAmd64 });
  }
  if (header.length < headerSize) throw new Failure('is truncated: its ELF header is incomplete');
  if (header.readUInt8(4) !== 2) throw new Failure('is a 32-bit program (64-bit required)', { fix: buildForAmd64 });
  const machine = header.readUInt16LE(18);
  if (header.readUInt8(5) !== 1 || machine !== 62) {
    throw new Failure(`is built for ${machineNames[machine] ?? 'an unknown CPU'} (x86-64 required)`, {
      fix: buildForAmd64,
    });
  }
  const type = header.readUInt16LE(16);
  if (type !== 2 && type !== 3)
    throw new Failure(`is ${typeNames[type] ?? `an ELF file of type ${type}`}, not a program`);
}

function formatOther(header: Buffer): string {
  const start = header.toString('latin1');
  if (start.startsWith('#!')) return 'a script';
  if (start.startsWith('!<arch>')) return 'a library archive';
  if (start.startsWith('MZ')) return 'a Windows program';
  if (start.startsWith('\xcf\xfa\xed\xfe')) return 'a macOS program';
  return 'of an unknown format';
}

async function readSegments(header: Buffer, reader: BlockReader): Promise<readonly Segment[]> {
  const table = await readTable(
    {
      kind: 'segments',
      offset: readOffset(header, 32),
      entrySize: header.readUInt16LE(54),
      count: header.readUInt16LE(56),
      expectedSize: segmentSize,
      max: maxSegments,
    },
    reader,
  );
  return table.map((entry) => {
    const segment = {
      type: entry.readUInt32LE(0),
      executable: (entry.readUInt32LE(4) & 1) !== 0,
      offset: readOffset(entry, 8),
      address: readOffset(entry, 16),
      fileSize: readOffset(entry, 32),
      memorySize: readOffset(entry, 40),
    };
    checkRange(segment.offset, segment.fileSize, reader);
    return segment;
  });
}

/** A shared library has the headers of a program, but no entry point. */
function checkEntryPoint(header: Buffer, segments: readonly Segment[]): void {
  const entry = readOffset(header, 24);
  const code = segments.find(
    ({ type, executable, address, memorySize }) =>
      type === segmentType.load && executable && entry >= address && entry < address + memorySize,
  );
  if (code === undefined) throw new Failure('has no entry point in its code: it is a library or corrupt');
}

async function checkStatic(segments: readonly Segment[], reader: BlockReader): Promise<void> {
  const interpreter = segments.find(({ type }) => type === segmentType.interpreter);
  if (interpreter !== undefined) {
    const bytes = await reader.read(interpreter.offset, Math.min(interpreter.fileSize, 256));
    const name = bytes.toString('latin1').replace(/\0.*$/s, '');
    throw new Failure(`is dynamically linked: it needs ${JSON.stringify(name)}`, { fix: buildStatic });
  }
  for (const { offset, fileSize } of segments.filter(({ type }) => type === segmentType.dynamic)) {
    if (fileSize > maxDynamicBytes) throw new Failure(`is corrupt: a dynamic section of ${fileSize} bytes`);
    if (needsLibrary(await reader.read(offset, fileSize))) {
      throw new Failure('is dynamically linked: it needs shared libraries', { fix: buildStatic });
    }
  }
}

function needsLibrary(dynamic: Buffer): boolean {
  for (let at = 0; at + 16 <= dynamic.length; at += 16) {
    if (dynamic.readBigUInt64LE(at) === neededTag) return true;
  }
  return false;
}

async function readSections(header: Buffer, reader: BlockReader): Promise<readonly ElfSection[]> {
  const table = await readTable(
    {
      kind: 'sections',
      offset: readOffset(header, 40),
      entrySize: header.readUInt16LE(58),
      count: header.readUInt16LE(60),
      expectedSize: sectionSize,
      max: maxSections,
    },
    reader,
  );
  const names = await readSectionNames(table[header.readUInt16LE(62)], reader);
  return table
    .filter((entry) => entry.readUInt32LE(4) !== sectionWithoutBytes)
    .map((entry) => {
      const { offset, size } = readSectionRange(entry);
      checkRange(offset, size, reader);
      return { name: readName(names, entry.readUInt32LE(0)), address: readOffset(entry, 16), offset, size };
    });
}

async function readSectionNames(entry: Buffer | undefined, reader: BlockReader): Promise<Buffer> {
  if (entry === undefined) return Buffer.alloc(0);
  const { offset, size } = readSectionRange(entry);
  checkRange(offset, size, reader);
  return reader.read(offset, Math.min(size, maxNamesBytes));
}

function readSectionRange(entry: Buffer): { readonly offset: number; readonly size: number } {
  return { offset: readOffset(entry, 24), size: readOffset(entry, 32) };
}

function readName(names: Buffer, start: number): string {
  const name = names.subarray(start, start + maxNameBytes);
  const end = name.indexOf(0);
  return end < 0 ? '' : name.toString('latin1', 0, end);
}

interface Table {
  readonly kind: string;
  readonly offset: number;
  readonly entrySize: number;
  readonly count: number;
  readonly expectedSize: number;
  readonly max: number;
}

async function readTable(
  { kind, offset, entrySize, count, expectedSize, max }: Table,
  reader: BlockReader,
): Promise<readonly Buffer[]> {
  if (count === 0) return [];
  if (entrySize !== expectedSize || count > max)
    throw new Failure(`is corrupt: ${count} ${kind} of ${entrySize} bytes`);
  checkRange(offset, count * entrySize, reader);
  const table = await reader.read(offset, count * entrySize);
  return Array.from({ length: count }, (_, index) => table.subarray(index * entrySize, (index + 1) * entrySize));
}

function checkRange(offset: number, size: number, reader: BlockReader): void {
  if (offset + size > reader.size) throw new Failure(`is truncated: its headers point beyond its ${reader.size} bytes`);
}

/** Inexact beyond 2^53, which is beyond the end of any file. */
function readOffset(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at));
}
