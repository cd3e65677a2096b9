import type { ObjectStore } from '../object-store.js';
import type { S3Address } from './address.js';
import { openBucket, type S3Ports } from './bucket.js';
import { deleteObjects } from './delete-objects.js';
import { compareAndSwap, createOnly, deleteObject, headObject, listObjects, readObject } from './objects.js';
import { openObject } from './open-object.js';
import { stageInBucket } from './stage-file.js';
import { listLeftovers } from './uploads.js';

/**
 * A store in a bucket of S3, or of a server with S3's conditional writes. If-None-Match creates, If-Match swaps, and a multipart upload
 * hides what is staged. Each write has an id in its metadata, which tells whose it was after a lost response.
 */
export function createS3Store(address: S3Address, ports: S3Ports): ObjectStore {
  const bucket = openBucket(address, ports);
  return {
    uri: bucket.uri,
    createOnly: async (key, bytes, writer, hold) => createOnly({ key, bytes, writer }, bucket, hold),
    compareAndSwap: async (key, expectedTag, bytes, writer) =>
      compareAndSwap({ key, bytes, writer }, expectedTag, bucket),
    read: async (key, limit, known) => readObject({ key, limitBytes: limit, known }, bucket),
    open: async (key, range) => openObject(key, range, bucket),
    head: async (key) => headObject(key, bucket),
    list: (prefix, options) => listObjects(prefix, bucket, options),
    stage: async (request) => stageInBucket(request, bucket),
    listStaged: (isStagedKey) => listLeftovers(isStagedKey, bucket),
    delete: async (key) => deleteObject(key, bucket),
    deleteMany: async (keys) => deleteObjects(keys, bucket),
  };
}
