/** The most that a block unpacks to: 8 MiB in lz4's legacy format. */
const blockSize = 8 * 1024 ** 2;
const magicSize = 4;

/**
 * Unpacks lz4's legacy format, which Linux uses for kernels (lz4_Frame_format.md, "Legacy frame"), into exactly `size`
 * bytes. The bytes are foreign: undefined unless they are well-formed. A copy never reads or writes outside the output.
 */
export function tryUnpackLz4Legacy(packed: Buffer, size: number): Buffer | undefined {
  const output = Buffer.alloc(size);
  let at = magicSize;
  let end = 0;
  while (at + 4 <= packed.length && end < size) {
    const length = packed.readUInt32LE(at);
    const block = packed.subarray(at + 4, at + 4 + length);
    if (length === 0 || block.length < length) return undefined;
    const next = tryUnpackBlock(block, output, end, Math.min(size, end + blockSize));
    if (next === undefined) return undefined;
    end = next;
    at += 4 + length;
  }
  return end === size && at === packed.length ? output : undefined;
}

/** Sequences of literals and copies (lz4_Block_format.md). @returns the end of the output; undefined if malformed */
function tryUnpackBlock(block: Buffer, output: Buffer, start: number, limit: number): number | undefined {
  let at = 0;
  let end = start;
  /** A length that continues in bytes of 255. NaN if the block ends in it. */
  const readLength = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) byte = block[at++] ?? Number.NaN;
    return length;
  };
  while (at < block.length) {
    const token = block[at++] ?? 0;
    const literals = readLength(token >> 4);
    if (!(end + literals <= limit && at + literals <= block.length)) return undefined;
    block.copy(output, end, at, at + literals);
    at += literals;
    end += literals;
    if (at === block.length) return end;
    if (at + 2 > block.length) return undefined;
    const offset = block.readUInt16LE(at);
    at += 2;
    const length = readLength(token & 15) + 4;
    if (!(offset > 0 && end - offset >= start && end + length <= limit)) return undefined;
    copyWithin(output, end, offset, length);
    end += length;
  }
  return undefined;
}

/** A copy may overlap what it writes: then the bytes repeat. */
function copyWithin(output: Buffer, end: number, offset: number, length: number): void {
  if (length <= offset) output.copyWithin(end, end - offset, end - offset + length);
  else for (let index = end; index < end + length; index++) output[index] = output[index - offset] ?? 0;
}
