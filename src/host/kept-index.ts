import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { indexKey } from '../store/names.js';
import type { ObjectReader, TaggedContent } from '../objects/object-store.js';
import { draftPrefix } from './kept-versions.js';

const keptSchema = z.object({ uri: z.string(), tag: z.string(), content: z.string() });

/**
 * The same store, whose index is asked for with what this host has of it: ten thousand hosts that look for news every
 * few minutes and find none move no more than headers.
 */
export function rememberIndex(root: string, image: string, store: ObjectReader): ObjectReader {
  const key = indexKey(image);
  const path = join(root, 'versions', `.${image}.index.json`);
  const draft = join(root, 'versions', `${draftPrefix}${image}.index.json`);
  return {
    ...store,
    read: async (wanted, limit) => {
      if (wanted !== key) return store.read(wanted, limit);
      // Whoever reads holds the lock of pulls: what lies there was left by one that was killed.
      await rm(draft, { force: true });
      const known = await tryReadKept(path, store.uri(key));
      const found = await store.read(key, limit, known);
      if (found !== undefined && found !== known) await saveIndex({ path, draft }, store.uri(key), found);
      return found;
    },
  };
}

/** What another store has under the same tag is another index. */
async function tryReadKept(path: string, uri: string): Promise<TaggedContent | undefined> {
  try {
    const kept = keptSchema.parse(JSON.parse(await readFile(path, 'utf8')));
    return kept.uri === uri ? { tag: kept.tag, bytes: Buffer.from(kept.content) } : undefined;
  } catch {
    return undefined;
  }
}

/** What cannot be kept, for the disk is full, is asked for again. */
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
