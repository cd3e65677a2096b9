import { randomUUID } from 'node:crypto';
import type { Clock } from '../platform/clock.js';
import { Failure } from '../platform/errors.js';
import { formatDocument, parseDocument } from '../platform/document.js';
import { indexKey } from './names.js';
import type { ObjectReader, ObjectStore, TaggedContent } from './object-store.js';
import { createIndex, indexKind, type StoreIndex } from './store-index.js';

export interface UpdateIndexRequest {
  readonly image: string;
  readonly owner: string;
  /** Changes nothing else; it is called again with the newer index when another writer came first. */
  readonly change: (index: StoreIndex) => StoreIndex | Promise<StoreIndex>;
}

const tries = 40;

/**
 * Changes the index as one compare-and-swap, and gives the index that is in the store then.
 * @throws Failure where others came first for all of the tries; whatever `change` throws
 */
export async function updateIndex(
  request: UpdateIndexRequest, ports: { readonly store: ObjectStore; readonly clock: Clock },
): Promise<StoreIndex> {
  const nonce = randomUUID();
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const swapped = await trySwap(request, nonce, ports.store);
    if (swapped !== undefined) return swapped;
    await ports.clock.sleep(Math.random() * Math.min(2000, 20 * 2 ** attempt));
  }
  throw new Failure(`${ports.store.uri(indexKey(request.image))} was changed by others ${tries} times while we tried to`);
}

/** The index of an image; an empty one before its first version. */
export async function readIndex(image: string, store: ObjectReader): Promise<StoreIndex> {
  return (await readIndexContent(image, store)).index;
}

/** The index after the change; undefined where another writer came first. */
async function trySwap(request: UpdateIndexRequest, nonce: string, store: ObjectStore): Promise<StoreIndex | undefined> {
  const current = await readIndexContent(request.image, store);
  const changed = await request.change(current.index);
  if (changed === current.index) return changed;
  const next: StoreIndex = { ...changed, generation: current.index.generation + 1, nonce };
  return await trySwapBytes(request, { tag: current.content?.tag, bytes: formatDocument(next), nonce }, store) ? next : undefined;
}

interface NextIndex {
  readonly tag: string | undefined;
  readonly bytes: Buffer;
  readonly nonce: string;
}

/** The answer can get lost on the way back, whether it is good or bad: what is in the store decides. */
async function trySwapBytes(request: UpdateIndexRequest, next: NextIndex, store: ObjectStore): Promise<boolean> {
  const { image, owner } = request;
  parseDocument(indexKind, next.bytes, `the new index of ${image}`);
  const isOurs = async (): Promise<boolean> => (await readIndex(image, store)).nonce === next.nonce;
  // A minute: hosts ask again with If-None-Match, and learn of a new version soon enough.
  const writer = { owner, cacheControl: 'public, max-age=60' };
  try {
    return await store.compareAndSwap(indexKey(image), next.tag, next.bytes, writer) === 'swapped' || await isOurs();
  } catch (error) {
    if (await isOurs()) return true;
    throw error;
  }
}

/** As `readIndex`, with what the store returned; `content` is undefined if the store has no index. */
export async function readIndexContent(
  image: string, store: ObjectReader,
): Promise<{ readonly index: StoreIndex; readonly content: TaggedContent | undefined }> {
  const key = indexKey(image);
  const content = await store.read(key, indexKind.limit);
  if (content === undefined) return { index: createIndex(image), content };
  const index = parseDocument(indexKind, content.bytes, store.uri(key));
  if (index.image !== image) throw new Failure(`${store.uri(key)} is the index of ${JSON.stringify(index.image)}`);
  return { index, content };
}
