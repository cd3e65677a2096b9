import { UploadPartCopyCommand, type CompletedPart } from '@aws-sdk/client-s3';
import type { UnchangedRanges } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { S3Error } from './failures.js';
import type { FilePart } from './file-parts.js';
import { tryHead } from './objects.js';
import { toChecksum, readDigest, type Upload } from './uploads.js';

/** An object in the store whose parts can be copied without sending them. */
export interface CopySource {
  readonly hasSha256: boolean;
  /** Undefined if the server rejects the copy, or does not respond. */
  tryCopy(part: FilePart, upload: Upload, signal: AbortSignal): Promise<CompletedPart | undefined>;
}

/** Undefined if the object does not exist, or is not the one that was published. */
export async function tryFindSource({ key, tag }: UnchangedRanges, bucket: Bucket): Promise<CopySource | undefined> {
  const head = await tryHead(key, bucket);
  if (head?.ETag !== tag) return undefined;
  const { Bucket, Key } = bucket.at(key);
  const from = { CopySource: `${Bucket}/${Key}`, CopySourceIfMatch: tag };
  return {
    hasSha256: head.ChecksumSHA256 !== undefined,
    tryCopy: async (part, upload, signal) => tryCopyPart(part, { ...from, upload, signal }, bucket),
  };
}

interface Copying {
  readonly CopySource: string;
  readonly CopySourceIfMatch: string;
  readonly upload: Upload;
  readonly signal: AbortSignal;
}

async function tryCopyPart(
  { number, start, length }: FilePart,
  { upload, signal, ...from }: Copying,
  bucket: Bucket,
): Promise<CompletedPart | undefined> {
  const { key, id, algorithm } = upload;
  try {
    const { CopyPartResult: result = {} } = await bucket.send(
      { action: 's3:PutObject', key, signal },
      async (client, options) =>
        client.send(
          new UploadPartCopyCommand({
            ...bucket.at(key),
            ...from,
            UploadId: id,
            PartNumber: number,
            CopySourceRange: `bytes=${start}-${start + length - 1}`,
          }),
          options,
        ),
    );
    const digest = readDigest(result, algorithm);
    return digest === undefined
      ? undefined
      : { PartNumber: number, ETag: result.ETag, ...toChecksum(digest, algorithm) };
  } catch (error) {
    if (error instanceof S3Error) return undefined;
    throw error;
  }
}
