import { Failure } from '../platform/errors.js';

/** Random access to the bytes of a disk as a guest sees it. */
export interface BlockReader {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number): Promise<Buffer>;
  /** For loops that read from caches: @throws Failure if the disk was closed, such as by a cancel */
  assertOpen?(): void;
}

/** Part of a disk, such as a partition, as a disk. */
export function sliceReader(reader: BlockReader, start: number, size: number): BlockReader {
  return {
    size,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Failure(`read of ${length} bytes at ${offset} is outside a partition of ${size} bytes`);
      }
      return reader.read(start + offset, length);
    },
    assertOpen: () => reader.assertOpen?.(),
  };
}
