import { DeleteObjectsCommand } from '@aws-sdk/client-s3';
import { runConcurrently } from '../../platform/concurrency.js';
import { Failure } from '../../platform/errors.js';
import { quoteText } from '../../platform/format.js';
import type { Bucket } from './bucket.js';
import { S3Error } from './failures.js';
import { deleteObject } from './objects.js';

/** The maximum of DeleteObjects. */
const batchSize = 1000;
/** For servers without DeleteObjects, e.g. Google Cloud Storage. */
const concurrency = 16;

/** Removes objects, a thousand per request. */
export async function deleteObjects(keys: readonly string[], bucket: Bucket): Promise<void> {
  for (let start = 0; start < keys.length; start += batchSize) {
    const batch = keys.slice(start, start + batchSize);
    if (!(await tryDeleteBatch(batch, bucket)))
      await runConcurrently({ items: batch, concurrency }, () => async (key) => deleteObject(key, bucket));
  }
}

/** False if the server does not support DeleteObjects. */
async function tryDeleteBatch(keys: readonly string[], bucket: Bucket): Promise<boolean> {
  const [first] = keys;
  if (first === undefined) return true;
  const target = bucket.at(first);
  const request = {
    Bucket: target.Bucket,
    Delete: { Objects: keys.map((key) => ({ Key: bucket.at(key).Key })), Quiet: true },
  };
  try {
    const { Errors: [error] = [] } = await bucket.send(
      { action: 's3:DeleteObject', key: first },
      async (client, options) => client.send(new DeleteObjectsCommand(request), options),
    );
    if (error === undefined) return true;
    throw new Failure(
      `could not delete ${quoteText(error.Key ?? first)}: ${error.Code ?? ''} ${error.Message ?? ''}`.trimEnd(),
      { fix: 'allow s3:DeleteObject' },
    );
  } catch (error) {
    if (error instanceof S3Error && isUnsupported(error)) return false;
    throw error;
  }
}

function isUnsupported({ status, code }: S3Error): boolean {
  return status === 501 || status === 405 || /^(?:NotImplemented|MethodNotAllowed|InvalidArgument)$/.test(code);
}
