/** A part of a file, an object or a disk, in bytes. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}
