import { UploadPartCopyCommand, type CompletedPart } from '@aws-sdk/client-s3';
import type { UnchangedRanges } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { S3Error } from './failures.js';
import type { FilePart } from './file-parts.js';
import { tryHead } from './objects.js';
import { describeDigest, readDigest, type Upload } from './uploads.js';

/** Where a part goes, and its digest. */
export interface PartPlace {
  readonly upload: Upload;
  readonly number: number;
  readonly digest: string;
  readonly signal: AbortSignal;
}

/** An object in the store of which parts can be copied without sending them. */
export interface CopySource {
  readonly hasSha256: boolean;
  /** Copies a part that is unchanged, and proves it by its digest; undefined where it has to be sent. */
  tryCopy(part: FilePart, place: PartPlace): Promise<CompletedPart | undefined>;
}

/** Undefined where the object is not there. */
export async function tryFindSource({ key, ranges }: UnchangedRanges, bucket: Bucket): Promise<CopySource | undefined> {
  const head = await tryHead(key, bucket);
  if (head?.ETag === undefined) return undefined;
  const { Bucket, Key } = bucket.at(key);
  const from = { CopySource: `${Bucket}/${Key}`, CopySourceIfMatch: head.ETag };
  // A server that refuses once is not asked for every part.
  let isWilling = true;
  return {
    hasSha256: head.ChecksumSHA256 !== undefined,
    tryCopy: async (part, place) => {
      const end = part.offset + part.bytes.length;
      const isUnchanged = part.bytes.length > 0 && ranges.some(({ offset, length }) => offset <= part.offset && end <= offset + length);
      if (!isUnchanged || !isWilling) return undefined;
      const copied = await copyPart(part, place, from, bucket);
      if (copied === undefined) isWilling = false;
      return copied;
    },
  };
}

interface CopyFrom {
  readonly CopySource: string;
  readonly CopySourceIfMatch: string;
}

/** Undefined where the server refuses, or does not say that the bytes are those of this file. */
async function copyPart(part: FilePart, { upload, number, digest, signal }: PartPlace, from: CopyFrom, bucket: Bucket): Promise<CompletedPart | undefined> {
  const { key, id, algorithm } = upload;
  try {
    const { CopyPartResult: result = {} } = await bucket.ask({ action: 's3:PutObject', key, signal }, async (client, options) => client.send(new UploadPartCopyCommand({
      ...bucket.at(key), ...from, UploadId: id, PartNumber: number, CopySourceRange: `bytes=${part.offset}-${part.offset + part.bytes.length - 1}`,
    }), options));
    if (readDigest(result, algorithm) !== digest) return undefined;
    return { PartNumber: number, ETag: result.ETag, ...describeDigest(digest, algorithm) };
  } catch (error) {
    if (error instanceof S3Error && error.status !== undefined) return undefined;
    throw error;
  }
}
