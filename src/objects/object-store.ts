import type { Readable } from 'node:stream';
import type { ByteRange } from '../platform/byte-range.js';
import type { ChunkedFile } from '../platform/fs/file-chunks.js';

/**
 * What a host needs of a store; any web server has it too. Keys are plain names separated by slashes, as `parseKey` allows. Every method
 * throws a Failure for any other key, and if the store does not respond.
 */
export interface ObjectReader {
  /** The address of an object, for people and outputs: `s3://bucket/key`, `file:///directory/key`. */
  uri(key: string): string;

  /**
   * A small object as a whole; undefined if it does not exist. Returns `known` if its tag is still the object's: then no content is
   * transferred. @throws Failure if the object is larger than `limit` bytes
   */
  read(key: string, limit: number, known?: TaggedContent): Promise<TaggedContent | undefined>;

  /** An object's bytes, or a range that must lie inside it; undefined if it does not exist. */
  open(key: string, range?: ByteRange): Promise<Readable | undefined>;

  head(key: string): Promise<ObjectHead | undefined>;
}

/** What the protocol needs of a store; S3 and a directory both have it. After an error, a write may or may not have happened. */
export interface ObjectStore extends ObjectReader {
  /**
   * Writes an object if none exists, completely or not at all; of many concurrent writers one succeeds. `exists` can also mean that
   * an earlier attempt of ours succeeded and its response got lost: compare the content. `hold` is awaited while the write is in
   * progress, so that a probe can have many at that point at once.
   */
  createOnly(key: string, bytes: Buffer, writer: Writer, hold?: () => Promise<void>): Promise<'created' | 'exists'>;

  /**
   * Replaces an object if it still has this tag, which `read` returned; creates it if the tag is undefined. `lost` can also mean that our
   * own write succeeded: read it again and compare. A tag stands for the content, so the bytes must never have been the object's before.
   */
  compareAndSwap(
    key: string,
    expectedTag: string | undefined,
    bytes: Buffer,
    writer: Writer,
  ): Promise<'swapped' | 'lost'>;

  /**
   * Every object whose key starts with `prefix` and sorts after `startAfter`, in ascending order of keys. What the
   * caller does not read is not requested.
   */
  list(prefix: string, options?: ListOptions): AsyncIterable<ListedObject>;

  /**
   * Transfers a file to the store, hidden until `complete`. Later changes of the file have no effect.
   * @throws Failure, leaving nothing, if transferred bytes do not match `size` and `chunks`; the signal's reason when aborted
   */
  stage(request: StageRequest): Promise<StagedObject>;

  /**
   * Everything that was staged and not yet completed, by anyone, so that leftovers can be removed. A bucket can also have uploads of
   * other programs: only those whose key `isStagedKey` accepts are listed.
   */
  listStaged(isStagedKey: (key: string) => boolean): AsyncIterable<StagedLeftover>;

  /** Removes an object; no error if it does not exist. */
  delete(key: string): Promise<void>;

  /** Removes objects with as few requests as the store allows, in no promised order; no error for missing ones. */
  deleteMany(keys: readonly string[]): Promise<void>;
}

/** Metadata of every write. */
export interface Writer {
  /** The run that writes: letters, digits and dashes. */
  readonly owner: string;
  /** The HTTP header for readers of the object. A directory ignores it. */
  readonly cacheControl: string;
}

export interface TaggedContent {
  readonly bytes: Buffer;
  /** Identifies the content: the ETag of S3. */
  readonly tag: string;
}

export interface ObjectHead {
  /** Bytes. */
  readonly size: number;
  /** Of the content; undefined if the store does not keep it. */
  readonly sha256?: string | undefined;
  /** As in `TaggedContent`; undefined if the store cannot copy by it. */
  readonly tag?: string | undefined;
}

export interface ListOptions {
  readonly startAfter?: string | undefined;
}

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

export interface StageRequest extends ChunkedFile {
  readonly key: string;
  /** Of the local file. */
  readonly path: string;
  /** Of the whole file, if it is known. */
  readonly sha256?: string | undefined;
  readonly writer: Writer;
  /**
   * Milliseconds since the epoch. Set it only if no other living process stages this key: parts that a dead one has sent of this file
   * since then are reused.
   */
  readonly resumeSince?: number | undefined;
  /** What the store can copy within itself; it need not. */
  readonly unchanged?: UnchangedRanges | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of bytes that have arrived. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Ranges of a file that an object in the store has at the same offset. */
export interface UnchangedRanges {
  /** Of the object. */
  readonly key: string;
  /** The object is copied from only while it has this tag, which it got when it was published. */
  readonly tag: string;
  readonly ranges: readonly ByteRange[];
}

export interface StagedObject {
  readonly key: string;
  /** Bytes that were transferred. The store copied the others within itself, shares them with the file, or had them from a dead process. */
  readonly sentBytes: number;
  readonly copiedBytes: number;
  /** Makes the whole object visible if none exists under its key; nothing stays staged. `exists` as in `createOnly`. */
  complete(): Promise<'created' | 'exists'>;
  /** Removes what was staged; no error if it is completed or gone. Afterwards it cannot be completed. */
  abort(): Promise<void>;
}

export interface StagedLeftover {
  readonly key: string;
  /** Milliseconds since the epoch: when it was started, or written to. */
  readonly since: number;
  /** Whether the process that staged it still runs; undefined if the store cannot tell. */
  readonly alive: boolean | undefined;
  abort(): Promise<void>;
}
