import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { indexKey } from '../store/names.js';
import { indexKind } from '../store/index/store-index.js';
import { parseDocument } from '../platform/document.js';
import type { ObjectReader, TaggedContent } from '../objects/object-store.js';
import { tryReadSmallFile } from './host-files.js';
import { draftPrefix } from './local-versions.js';

/** An index is stored as a JSON string: escapes make it longer, and the address and the tag come on top. */
const escapedFactor = 7;

const pathOf = (root: string, image: string): string => join(root, 'versions', `.${image}.index.json`);

const cachedSchema = z.object({ uri: z.string(), tag: z.string(), content: z.string() });

/**
 * A store whose index is fetched only if it differs from this host's copy. So thousands of hosts can poll it every few
 * minutes, and transfer only headers while nothing changes.
 */
export function cacheIndex(root: string, image: string, store: ObjectReader): ObjectReader {
  const key = indexKey(image);
  const path = pathOf(root, image);
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

/** The channels of the store that was read last; none if that is unknown. */
export async function listCachedChannels(root: string, image: string): Promise<readonly string[]> {
  try {
    const bytes = await tryReadSmallFile({ path: pathOf(root, image), limit: escapedFactor * indexKind.limit });
    if (bytes === undefined) return [];
    const { content } = cachedSchema.parse(JSON.parse(bytes.toString()));
    return Object.keys(parseDocument(indexKind, Buffer.from(content), image).channels);
  } catch {
    return [];
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
