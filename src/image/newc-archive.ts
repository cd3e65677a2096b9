const headerLength = 110;
const magicNumbers: readonly [string, ...string[]] = ['070701', '070702'];
const trailer = 'TRAILER!!!';
const fileMask = 0o170000;
const regularFile = 0o100000;

/** An entry of a cpio archive of the format `newc`. */
export interface ArchiveEntry {
  readonly path: string;
  readonly isFile: boolean;
  /** More than one for hard links, of which only the last has the content. */
  readonly links: number;
  readonly content: Buffer;
  /** All of it, with header and padding. */
  readonly bytes: Buffer;
}

/** An archive without its trailer. */
export interface Archive {
  readonly entries: readonly ArchiveEntry[];
  /** Where the bytes after the trailer start. */
  readonly end: number;
}

export function isNewc(bytes: Buffer, start: number): boolean {
  return magicNumbers.includes(bytes.toString('latin1', start, start + 6));
}

/**
 * Reads the archive at an offset that is a multiple of 4: Documentation/driver-api/early-userspace/buffer-format.rst in
 * the kernel. The bytes are foreign: undefined unless they are well-formed.
 */
export function tryReadNewc(bytes: Buffer, start: number): Archive | undefined {
  const entries: ArchiveEntry[] = [];
  for (let at = start; ; ) {
    const entry = tryReadEntry(bytes, at);
    if (entry === undefined) return undefined;
    at += entry.bytes.length;
    if (entry.path === trailer) return { entries, end: at };
    entries.push(entry);
  }
}

export function writeNewc(entries: readonly ArchiveEntry[]): Buffer {
  const fields = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, trailer.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  const end = Buffer.alloc(align(headerLength + trailer.length + 1));
  end.write(`${header}${trailer}`, 'latin1');
  return Buffer.concat([...entries.map((entry) => entry.bytes), end]);
}

/** Only for a file that has no hard links. Its checksum, if it has one, is dropped. */
export function replaceContent(entry: ArchiveEntry, content: Buffer): ArchiveEntry {
  const fields = entry.bytes.toString('latin1', magicNumbers[0].length, headerLength);
  const size = content.length.toString(16).padStart(8, '0');
  const header = `${magicNumbers[0]}${fields.slice(0, 6 * 8)}${size}${fields.slice(7 * 8, 12 * 8)}${'0'.repeat(8)}`;
  const start = align(headerLength + Number.parseInt(fields.slice(11 * 8, 12 * 8), 16));
  const bytes = Buffer.alloc(start + align(content.length));
  entry.bytes.copy(bytes, headerLength, headerLength, start);
  bytes.write(header, 'latin1');
  content.copy(bytes, start);
  return { ...entry, content, bytes };
}

function tryReadEntry(bytes: Buffer, start: number): ArchiveEntry | undefined {
  if (!isNewc(bytes, start) || start + headerLength > bytes.length) return undefined;
  const fields = bytes.toString('latin1', start + 6, start + headerLength);
  if (!/^[0-9a-f]{104}$/i.test(fields)) return undefined;
  const field = (index: number): number => Number.parseInt(fields.slice(index * 8, index * 8 + 8), 16);
  const [mode, links, size, nameSize] = [field(1), field(4), field(6), field(11)];
  const content = start + align(headerLength + nameSize);
  const end = start + align(headerLength + nameSize) + align(size);
  if (nameSize < 2 || end > bytes.length) return undefined;
  const nameEnd = start + headerLength + nameSize - 1;
  if (bytes[nameEnd] !== 0) return undefined;
  return {
    path: bytes.toString('utf8', start + headerLength, nameEnd),
    isFile: (mode & fileMask) === regularFile,
    links,
    content: bytes.subarray(content, content + size),
    bytes: bytes.subarray(start, end),
  };
}

function align(length: number): number {
  return Math.ceil(length / 4) * 4;
}
