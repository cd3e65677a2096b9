import type { Log } from './progress/log.js';

/** A file or directory, and what it is kept under. */
export interface CacheEntry {
  readonly key: string;
  /** Absolute. The cache may take it for a part of the key. */
  readonly path: string;
}

/**
 * A cache that runs on other machines share. Others write to it: what comes out is to be verified.
 * It is a help and no more: where it fails, it warns and has nothing. Only a cancel is thrown.
 */
export interface SharedCache {
  /** Brings back what was kept under the key or, for want of it, newest first, under a key that begins with `prefix`. Answers with the key that it found. */
  tryRestore(
    entry: CacheEntry & { readonly prefix?: string },
    ports: { readonly log: Log },
  ): Promise<string | undefined>;
  save(entry: CacheEntry, ports: { readonly log: Log }): Promise<void>;
}
