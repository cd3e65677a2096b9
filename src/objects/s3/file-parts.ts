import type { ByteRange } from '../../platform/byte-range.js';

const mebibyte = 1024 ** 2;
/**
 * The smallest that S3 accepts, so that a small change is sent with little else. All sizes of parts are whole chunks.
 */
const defaultPartSize = 5 * mebibyte;
/** The most that S3 accepts. */
const maxParts = 10_000;
/** Copied parts are up to this many times as large as those that are sent: few requests, and several at a time. */
const maxCopyFactor = 24;

/** A part of a file, by its number from 1. */
export interface FilePart extends ByteRange {
  readonly number: number;
  /** All of it lies in a range that the store can copy within itself. */
  readonly isUnchanged: boolean;
}

/** Cuts a file into parts, an empty one too. All that are sent have the same size, except for the last. */
export function layOutParts(size: number, unchanged: readonly ByteRange[] = []): readonly FilePart[] {
  const partSize = Math.max(defaultPartSize, Math.ceil(size / maxParts / mebibyte) * mebibyte);
  const parts: FilePart[] = [];
  for (let start = 0; start < size || parts.length === 0; start += partSize) {
    const length = Math.min(partSize, size - start);
    const isUnchanged =
      length > 0 && unchanged.some((range) => range.start <= start && start + length <= range.start + range.length);
    const last = parts.at(-1);
    if (isUnchanged && last?.isUnchanged === true && last.length < maxCopyFactor * partSize)
      parts[parts.length - 1] = { ...last, length: last.length + length };
    else parts.push({ number: parts.length + 1, start, length, isUnchanged });
  }
  return parts;
}
