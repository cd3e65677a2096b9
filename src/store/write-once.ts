import { createHash } from 'node:crypto';
import { Failure } from '../platform/errors.js';
import { manifestLimit } from './documents/manifest.js';
import type { ObjectHead, ObjectStore, Writer } from '../objects/object-store.js';

/** What goes along with an object that never changes: whoever has it need not ask again. */
export function immutableBy(owner: string): Writer {
  return { owner, cacheControl: 'public, max-age=31536000, immutable' };
}

/** What an object is to hold. */
export interface ExpectedContent {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Writes an object that never changes. @throws Failure where there is one with other content. */
export async function createDocument(key: string, bytes: Buffer, owner: string, store: ObjectStore): Promise<void> {
  if ((await store.createOnly(key, bytes, immutableBy(owner))) === 'created') return;
  const found = await store.read(key, manifestLimit);
  if (found?.bytes.equals(bytes) !== true) throw occupiedFailure(key, store);
}

/** Makes sure of an object by what the store says of it. @throws Failure where it is missing, or another. */
export async function assertHead(key: string, expected: ExpectedContent, store: ObjectStore): Promise<ObjectHead> {
  const head = await store.head(key);
  if (head === undefined) throw new Failure(`${store.uri(key)} is not in the store`);
  if (head.size !== expected.size)
    throw new Failure(`${store.uri(key)} has ${head.size} bytes in the store, not ${expected.size}`);
  if (head.sha256 !== undefined && head.sha256 !== expected.sha256)
    throw new Failure(`${store.uri(key)} has another SHA-256 in the store`);
  return head;
}

/** Makes sure of an object that was there before ours: by its bytes. @throws Failure where they differ. */
export async function assertContent(key: string, expected: ExpectedContent, store: ObjectStore): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of (await store.open(key)) ?? []) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== expected.sha256) throw occupiedFailure(key, store);
}

function occupiedFailure(key: string, store: ObjectStore): Failure {
  return new Failure(`${store.uri(key)} is there already, with other content`, {
    fix: 'something other than a publisher has written it; publish under another version',
  });
}
