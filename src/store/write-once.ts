import { createHash } from 'node:crypto';
import { Failure } from '../platform/errors.js';
import { manifestLimit } from './documents/manifest.js';
import type { ObjectHead, ObjectStore, Writer } from '../objects/object-store.js';

/** Headers of an object that never changes: caches need not revalidate it. */
export function immutableBy(owner: string): Writer {
  return { owner, cacheControl: 'public, max-age=31536000, immutable' };
}

export interface ExpectedContent {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Writes an object that never changes. @throws Failure if it exists with different content */
export async function createDocument(key: string, bytes: Buffer, owner: string, store: ObjectStore): Promise<void> {
  if ((await store.createOnly(key, bytes, immutableBy(owner))) === 'created') return;
  const found = await store.read(key, manifestLimit);
  if (found?.bytes.equals(bytes) !== true) throw occupiedFailure(key, store);
}

/** Compares an object with the metadata that the store has of it. @throws Failure if it is missing, or differs */
export async function assertHead(key: string, expected: ExpectedContent, store: ObjectStore): Promise<ObjectHead> {
  const head = await store.head(key);
  if (head === undefined) throw new Failure(`${store.uri(key)} is missing`);
  if (head.size !== expected.size)
    throw new Failure(`${store.uri(key)} has ${head.size} bytes, expected ${expected.size}`);
  if (head.sha256 !== undefined && head.sha256 !== expected.sha256)
    throw new Failure(`${store.uri(key)} has SHA-256 ${head.sha256}, expected ${expected.sha256}`);
  return head;
}

/** Compares the bytes of an object that existed before ours. @throws Failure if they differ */
export async function assertContent(key: string, expected: ExpectedContent, store: ObjectStore): Promise<void> {
  const hash = createHash('sha256');
  for await (const chunk of (await store.open(key)) ?? []) hash.update(chunk as Buffer);
  if (hash.digest('hex') !== expected.sha256) throw occupiedFailure(key, store);
}

function occupiedFailure(key: string, store: ObjectStore): Failure {
  return new Failure(`${store.uri(key)} already exists with different content`, {
    fix: 'find out what wrote it (publishers never overwrite), and publish under a different version',
  });
}
