import type { ByteRange } from '../../platform/byte-range.js';

const mebibyte = 1024 ** 2;
/** The least that S3 takes, so that a change which is small is sent with little else. Whole chunks, as is every other size of a part. */
const usualPartSize = 5 * mebibyte;
/** The most that S3 takes. */
const mostParts = 10_000;
/** Copied parts have this many times the size of those that are sent: few requests, and several at a time. */
const longestCopy = 24;

/** A part of a file, by its number from 1. */
export interface FilePart extends ByteRange {
  readonly number: number;
  /** All of it lies in a range that the store can copy within itself. */
  readonly isUnchanged: boolean;
}

/** Cuts a file into parts: at least one, also of an empty file. Those that are sent have one size, the last one excepted. */
export function layOutParts(size: number, unchanged: readonly ByteRange[] = []): readonly FilePart[] {
  const partSize = Math.max(usualPartSize, Math.ceil(size / mostParts / mebibyte) * mebibyte);
  const parts: FilePart[] = [];
  for (let start = 0; start < size || parts.length === 0; start += partSize) {
    const length = Math.min(partSize, size - start);
    const isUnchanged =
      length > 0 && unchanged.some((range) => range.start <= start && start + length <= range.start + range.length);
    const last = parts.at(-1);
    if (isUnchanged && last?.isUnchanged === true && last.length < longestCopy * partSize)
      parts[parts.length - 1] = { ...last, length: last.length + length };
    else parts.push({ number: parts.length + 1, start, length, isUnchanged });
  }
  return parts;
}
