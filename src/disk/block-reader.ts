import { Failure } from '../platform/errors.js';

/** Random access to the bytes of a disk that a guest would see. */
export interface BlockReader {
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`. */
  read(offset: number, length: number): Promise<Buffer>;
}

/** A part of a disk as a disk of its own: a partition. */
export function sliceReader(reader: BlockReader, start: number, size: number): BlockReader {
  return {
    size,
    read: async (offset, length) => {
      if (offset < 0 || length < 0 || offset + length > size) {
        throw new Failure(`read of ${length} bytes at ${offset} is outside of a partition of ${size} bytes`);
      }
      return reader.read(start + offset, length);
    },
  };
}
