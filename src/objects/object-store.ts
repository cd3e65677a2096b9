import type { Readable } from 'node:stream';
import type { ByteRange } from '../platform/byte-range.js';
import type { ChunkedFile } from '../platform/fs/file-chunks.js';

/**
 * What a host needs of a store: any web server has it too. Keys are plain names with slashes between them,
 * as `checkKey` allows. Every method throws a Failure for another kind of key, and where the store does not answer.
 */
export interface ObjectReader {
  /** The address of an object, for people and outputs: `s3://bucket/key`, `file:///directory/key`. */
  uri(key: string): string;

  /**
   * A small object as a whole; undefined where there is none. `known` itself is the answer where its tag is still the
   * object's: then no content is sent. @throws Failure where the object is larger than `limit` bytes.
   */
  read(key: string, limit: number, known?: TaggedContent): Promise<TaggedContent | undefined>;

  /** An object's bytes, or a range of them that must lie inside it; undefined where there is no object. */
  open(key: string, range?: ByteRange): Promise<Readable | undefined>;

  head(key: string): Promise<ObjectHead | undefined>;
}

/**
 * What the protocol needs of a store: S3 and a directory both have it.
 * An error that is thrown says nothing about whether a write has happened.
 */
export interface ObjectStore extends ObjectReader {
  /**
   * Writes an object where there is none, whole or not at all; of many who try at once, one succeeds.
   * `exists` can also mean that an earlier try of ours got through and its answer got lost: compare the content.
   * `hold` is awaited when the write is under way and not done, so that a probe can have many at that point at once.
   */
  createOnly(key: string, bytes: Buffer, writer: Writer, hold?: () => Promise<void>): Promise<'created' | 'exists'>;

  /**
   * Replaces an object if its content is still the one that `read` gave this tag; creates it, where the tag is undefined.
   * `lost` can also mean that our own write got through: read it again and look. A tag stands for the content, so
   * the bytes must never have been the object's before.
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
   * Brings a file's bytes to the store, hidden until `complete`; they are no longer the file's own.
   * @throws Failure, leaving nothing, where bytes that are moved are not those of `size` and `chunks`; the signal's reason when aborted.
   */
  stage(request: StageRequest): Promise<StagedObject>;

  /**
   * Whatever was staged and not yet completed, by anyone, so that leftovers can be removed. A bucket also holds uploads of other programs:
   * of those it gives what `isStagedKey` accepts.
   */
  listStaged(isStagedKey: (key: string) => boolean): AsyncIterable<StagedLeftover>;

  /** Removes an object; no error where there is none. */
  delete(key: string): Promise<void>;

  /** Removes objects with as few requests as the store allows, in no promised order; no error for missing ones. */
  deleteMany(keys: readonly string[]): Promise<void>;
}

/** What goes along with every write. */
export interface Writer {
  /** Who writes: letters, digits and dashes. */
  readonly owner: string;
  /** The HTTP header for those who read the object; a directory has no use for it. */
  readonly cacheControl: string;
}

export interface TaggedContent {
  readonly bytes: Buffer;
  /** Stands for the content: the ETag of S3. */
  readonly tag: string;
}

export interface ObjectHead {
  /** Bytes. */
  readonly size: number;
  /** Of the content; undefined where the store does not keep it. */
  readonly sha256?: string;
  /** As in `TaggedContent`; undefined where the store does not copy by it. */
  readonly tag?: string;
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
  /** Of the whole, where it is known. */
  readonly sha256?: string;
  readonly writer: Writer;
  /** No other process that lives stages this key: what a dead one has begun to stage of this file since then, in milliseconds since the epoch, need not be sent again. */
  readonly resumeSince?: number;
  /** What the store can copy within itself; it may take nothing. */
  readonly unchanged?: UnchangedRanges;
  readonly signal?: AbortSignal;
  /** Called with the bytes that have arrived. */
  readonly onProgress?: (done: number) => void;
}

/** Ranges of a file that an object in the store has at the same offset. */
export interface UnchangedRanges {
  /** Of the object. */
  readonly key: string;
  /** The object is copied from only while it has this tag: it is then what it was when it was published. */
  readonly tag: string;
  readonly ranges: readonly ByteRange[];
}

export interface StagedObject {
  readonly key: string;
  /** Bytes that were moved to the store; with those it copied within itself or shares with the file, and those a dead process had sent, they are the file. */
  readonly sentBytes: number;
  readonly copiedBytes: number;
  /** Makes the object visible, whole, where there is none under its key; nothing stays staged. `exists` as in `createOnly`. */
  complete(): Promise<'created' | 'exists'>;
  /** Removes what was staged; no error where it is completed or gone. Afterwards it cannot be completed. */
  abort(): Promise<void>;
}

export interface StagedLeftover {
  readonly key: string;
  /** Milliseconds since the epoch: when it was begun, or written to. */
  readonly since: number;
  /** Whether the process that staged it still runs; undefined where the store cannot tell. */
  readonly alive: boolean | undefined;
  abort(): Promise<void>;
}
