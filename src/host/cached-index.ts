import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseDocument } from '../platform/document.js';
import { sha256Of } from '../platform/fs/files.js';
import { indexKind, type StoreIndex } from '../store/index/store-index.js';
import { indexKey } from '../store/names.js';
import type { ObjectReader, TaggedContent } from '../objects/object-store.js';
import { tryReadSmallFile } from './host-files.js';
import { draftPrefix } from './local-versions.js';
import { readSeen } from './seen-file.js';

/** An index is stored as a JSON string: escapes make it longer, and the address and the tag come on top. */
const escapedFactor = 7;

const cachedSchema = z.object({ uri: z.string(), tag: z.string(), content: z.string() });

/**
 * A store whose index is fetched only if it differs from this host's copy. So thousands of hosts can poll it every few
 * minutes, and transfer only headers while nothing changes.
 */
export function cacheIndex(root: string, image: string, store: ObjectReader): ObjectReader {
  const key = indexKey(image);
  const path = cachePath(root, image);
  const draft = join(root, 'versions', `${draftPrefix}${image}.index.json`);
  return {
    ...store,
    read: async (wanted, limit) => {
      if (wanted !== key) return store.read(wanted, limit);
      // The caller holds the lock `pull`, so this was left by a pull that was killed.
      await rm(draft, { force: true });
      const cached = await tryReadCached(path, store.uri(key), limit);
      const found = await store.read(key, limit, cached);
      if (found !== undefined && found !== cached) await saveIndex({ path, draft }, store.uri(key), found);
      return found;
    },
  };
}

function cachePath(root: string, image: string): string {
  return join(root, 'versions', `.${image}.index.json`);
}

/**
 * The index that this host fetched last, without the store. Undefined if there is none, or if the last pull rejected
 * it: it is saved before its signature and generation are checked, and what this host has seen is written after that.
 */
export async function tryReadAcceptedIndex(root: string, image: string): Promise<StoreIndex | undefined> {
  const { stores } = await readSeen(root, image);
  try {
    const path = cachePath(root, image);
    const bytes = await tryReadSmallFile({ path, limit: escapedFactor * indexKind.limit });
    if (bytes === undefined) return undefined;
    const { uri, content } = cachedSchema.parse(JSON.parse(bytes.toString()));
    const index = Buffer.from(content);
    const isAccepted = stores.some((store) => store.uri === uri && store.sha256 === sha256Of(index));
    return isAccepted ? parseDocument(indexKind, index, path) : undefined;
  } catch {
    return undefined;
  }
}

/** A tag is only valid for the store that it came from. */
async function tryReadCached(path: string, uri: string, limit: number): Promise<TaggedContent | undefined> {
  try {
    const bytes = await tryReadSmallFile({ path, limit: escapedFactor * limit });
    if (bytes === undefined) return undefined;
    const cached = cachedSchema.parse(JSON.parse(bytes.toString()));
    return cached.uri === uri ? { tag: cached.tag, bytes: Buffer.from(cached.content) } : undefined;
  } catch {
    return undefined;
  }
}

/** An index that cannot be saved, because the disk is full, is fetched again next time. */
async function saveIndex(
  { path, draft }: { readonly path: string; readonly draft: string },
  uri: string,
  { tag, bytes }: TaggedContent,
): Promise<void> {
  try {
    await writeFile(draft, JSON.stringify({ uri, tag, content: bytes.toString() }));
    await rename(draft, path);
  } catch {
    await rm(draft, { force: true });
  }
}
