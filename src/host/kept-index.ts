import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically } from '../platform/files.js';
import { indexKey } from '../store/names.js';
import type { ObjectReader, TaggedContent } from '../store/object-store.js';

const keptSchema = z.object({ uri: z.string(), tag: z.string(), content: z.string() });

/**
 * The same store, whose index is asked for with what this host has of it: ten thousand hosts that look for news every
 * few minutes and find none move no more than headers.
 */
export function rememberIndex(root: string, image: string, store: ObjectReader): ObjectReader {
  const key = indexKey(image);
  const path = join(root, 'versions', `.${image}.index.json`);
  return {
    ...store,
    read: async (wanted, limit) => {
      if (wanted !== key) return store.read(wanted, limit);
      const known = await tryReadKept(path, store.uri(key));
      const found = await store.read(key, limit, known);
      if (found !== undefined && found !== known) await keep(path, store.uri(key), found);
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

async function keep(path: string, uri: string, { tag, bytes }: TaggedContent): Promise<void> {
  await writeFileAtomically(path, JSON.stringify({ uri, tag, content: bytes.toString() }));
}
