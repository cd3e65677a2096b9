import type { Log } from './progress/log.js';

/** A file or directory, and its key. */
export interface CacheEntry {
  readonly key: string;
  /** Absolute. The cache may make it part of the key. */
  readonly path: string;
}

/**
 * A cache that runs on other machines share. Others write to it: verify what comes out. It is optional: if it fails,
 * it warns and returns nothing. Only a cancel is thrown.
 */
export interface SharedCache {
  /**
   * Restores the entry of the key or, if it has none, the newest one whose key starts with `prefix`. Returns the key
   * that it found.
   */
  tryRestore(
    entry: CacheEntry & { readonly prefix?: string | undefined },
    ports: { readonly log: Log },
  ): Promise<string | undefined>;
  save(entry: CacheEntry, ports: { readonly log: Log }): Promise<void>;
}
