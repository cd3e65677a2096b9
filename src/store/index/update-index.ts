import { randomUUID } from 'node:crypto';
import { Failure } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import { formatDocument, parseDocument } from '../../platform/document.js';
import { indexKey } from '../names.js';
import type { ObjectReader, ObjectStore, TaggedContent } from '../../objects/object-store.js';
import {
  assertMayChange,
  isSignatureDue,
  seal,
  type SignatureChange,
  type Signer,
  type StoredDocument,
} from '../signer.js';
import type { StorePorts } from '../store-ports.js';
import { createIndex, indexKind, type StoreIndex } from './store-index.js';

export interface UpdateIndexRequest {
  readonly image: string;
  readonly owner: string;
  /** Must be free of side effects: if another writer was first, it is called again with the newer index. */
  readonly change: (index: StoreIndex) => StoreIndex | Promise<StoreIndex>;
  /** What it does to a foreign signature. By default the update fails. */
  readonly signatures?: SignatureChange | undefined;
}

/** Ports for writing an index. With a signer, everything that is written is signed. */
export interface IndexPorts extends Pick<StorePorts, 'store' | 'clock'> {
  readonly signer?: Signer | undefined;
}

const tries = 40;

/**
 * Changes the index as one compare-and-swap, and returns the index that is in the store afterwards.
 * @throws Failure if other writers were first each time; whatever `change` throws
 */
export async function updateIndex(request: UpdateIndexRequest, ports: IndexPorts): Promise<StoreIndex> {
  const nonce = randomUUID();
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const swapped = await trySwap(request, nonce, ports);
    if (swapped !== undefined) return swapped;
    await ports.clock.sleep(Math.random() * Math.min(2000, 20 * 2 ** attempt));
  }
  throw new Failure(
    `could not change ${ports.store.uri(indexKey(request.image))}: gave up after ${tries} conflicts with other writers`,
  );
}

/**
 * Signs the index again if its signature expires soon, so that an image that nobody changes stays valid.
 * Does nothing without a signer, or without an index.
 */
export async function refreshIndex(
  request: Omit<UpdateIndexRequest, 'change'>,
  ports: IndexPorts,
): Promise<StoreIndex> {
  const { clock, signer } = ports;
  const isDue = (index: StoreIndex): boolean =>
    signer !== undefined && index.generation > 0 && isSignatureDue(index, signer, clock.now());
  // A copy counts as a change.
  return updateIndex({ ...request, change: (index) => (isDue(index) ? { ...index } : index) }, ports);
}

/** Asserts that a later `updateIndex` may change the signature. @throws Failure with the command that resolves it */
export async function assertIndexSignable(
  image: string,
  { store, signer }: Pick<IndexPorts, 'store' | 'signer'>,
  signatures?: SignatureChange,
): Promise<void> {
  const { stored } = await readTagged(image, store);
  if (stored !== undefined) assertMayChange(stored, signer, signatures);
}

/** The index of an image; empty before its first version. */
export async function readIndex(image: string, store: ObjectReader): Promise<StoreIndex> {
  return (await readIndexContent(image, store)).index;
}

/** The index after the change; undefined if another writer was first. */
async function trySwap(
  request: UpdateIndexRequest,
  nonce: string,
  { store, clock, signer }: IndexPorts,
): Promise<StoreIndex | undefined> {
  const { index, stored, tag } = await readTagged(request.image, store);
  const changed = await request.change(index);
  if (changed === index) return changed;
  if (stored !== undefined) assertMayChange(stored, signer, request.signatures);
  const next = seal('index', { ...changed, generation: index.generation + 1, nonce }, { signer, now: clock.now() });
  return (await trySwapBytes(request, { tag, bytes: formatDocument(next), nonce }, store)) ? next : undefined;
}

interface NextIndex {
  readonly tag: string | undefined;
  readonly bytes: Buffer;
  readonly nonce: string;
}

/** The response can get lost, whether the swap succeeded or not: the content of the store decides. */
async function trySwapBytes(request: UpdateIndexRequest, next: NextIndex, store: ObjectStore): Promise<boolean> {
  const { image, owner } = request;
  parseDocument(indexKind, next.bytes, `the new index of ${image}`);
  const isOurs = async (): Promise<boolean> => (await readIndex(image, store)).nonce === next.nonce;
  // Cached for a minute: hosts revalidate with If-None-Match, and learn of a new version soon enough.
  const writer = { owner, cacheControl: 'public, max-age=60' };
  try {
    return (
      (await store.compareAndSwap(indexKey(image), next.tag, next.bytes, writer)) === 'swapped' || (await isOurs())
    );
  } catch (error) {
    if (await isOurs()) return true;
    throw error;
  }
}

interface TaggedIndex {
  readonly index: StoreIndex;
  /** Undefined before the first version. */
  readonly tag: string | undefined;
  readonly stored: StoredDocument | undefined;
}

async function readTagged(image: string, store: ObjectReader): Promise<TaggedIndex> {
  const { index, content } = await readIndexContent(image, store);
  if (content === undefined) return { index, tag: undefined, stored: undefined };
  return {
    index,
    tag: content.tag,
    stored: { document: index, bytes: content.bytes, name: store.uri(indexKey(image)) },
  };
}

/** Like `readIndex`, with what the store returned. `content` is undefined if the store has no index. */
export async function readIndexContent(
  image: string,
  store: ObjectReader,
): Promise<{ readonly index: StoreIndex; readonly content: TaggedContent | undefined }> {
  const key = indexKey(image);
  const content = await store.read(key, indexKind.limit);
  if (content === undefined) return { index: createIndex(image), content };
  const index = parseDocument(indexKind, content.bytes, store.uri(key));
  if (index.image !== image) throw new Failure(`${store.uri(key)} is the index of ${quoteText(index.image)}`);
  return { index, content };
}
