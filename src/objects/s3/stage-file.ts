import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Failure } from '../../platform/errors.js';
import { runConcurrently } from '../../platform/concurrency.js';
import type { StagedObject, StageRequest } from '../object-store.js';
import { assertSize, readVerified } from '../read-checked.js';
import type { Bucket } from './bucket.js';
import { tryFindSource, type CopySource } from './copy-part.js';
import { isFailedCondition, isMissing } from './failures.js';
import { layOutParts, type FilePart } from './file-parts.js';
import { toWriteHeaders, tryHead } from './objects.js';
import {
  abortUpload,
  toChecksum,
  digestPart,
  readDigest,
  tryFindUpload,
  type PartChecksum,
  type Upload,
} from './uploads.js';

/** Each is held in memory. */
const concurrentParts = 4;

/** How long parts in transit may take to arrive when the upload is aborted. */
const arrivalMs = 5000;

/** Uploads a file in parts; S3 hides them until the upload is completed. */
export async function stageInBucket(request: StageRequest, bucket: Bucket): Promise<StagedObject> {
  await using file = await open(request.path);
  assertSize((await file.stat()).size, request);
  const source = request.unchanged === undefined ? undefined : await tryFindSource(request.unchanged, bucket);
  const transfer = { request, file, signal: request.signal ?? new AbortController().signal };
  const delta = source === undefined ? undefined : await tryUpload({ ...transfer, source }, bucket);
  const staged = delta ?? (await tryUpload({ ...transfer, source: undefined }, bucket));
  if (staged === undefined) throw new Error('an upload without copies has none that can be rejected');
  return staged;
}

interface Transfer {
  readonly request: StageRequest;
  readonly file: FileHandle;
  /** What unchanged parts are copied from. */
  readonly source: CopySource | undefined;
  readonly signal: AbortSignal;
}

/**
 * Undefined, leaving nothing, if the server cannot copy parts: the file is then cut into different parts, and all are
 * sent.
 */
async function tryUpload(transfer: Transfer, bucket: Bucket): Promise<StagedObject | undefined> {
  const { request, source } = transfer;
  const parts = layOutParts(request.size, source === undefined ? [] : request.unchanged?.ranges);
  const { key, resumeSince: since } = request;
  const resumed = since === undefined ? undefined : await tryFindUpload({ key, since }, parts, bucket);
  // Not the algorithm of the source: with it, versitygw v1.8.0 gives a copied part the checksum of the whole source.
  const upload = resumed ?? (await beginUpload(request, source?.hasSha256 === true ? 'SHA1' : 'SHA256', bucket));
  try {
    const transferred = await tryTransferParts(parts, upload, transfer, bucket);
    if (transferred === undefined) {
      await abortUpload(upload, bucket);
      return undefined;
    }
    assertSize((await transfer.file.stat()).size, request);
    transfer.signal.throwIfAborted();
    return createStagedObject(upload, transferred, bucket);
  } catch (error) {
    // What cannot be removed now is removed by a later clean-up: the first error matters.
    await abortUpload(upload, bucket).catch(() => undefined);
    throw error;
  }
}

async function beginUpload(
  { key, size, sha256, writer, resumeSince, signal }: StageRequest,
  algorithm: PartChecksum,
  bucket: Bucket,
): Promise<Upload> {
  const write = randomUUID();
  const { CacheControl, Metadata } = toWriteHeaders(writer, write);
  // A run that resumes an upload may have a different file, and metadata cannot be changed or read before it is
  // completed.
  const content = resumeSince !== undefined || sha256 === undefined ? {} : { size: String(size), sha256 };
  const { UploadId: id } = await bucket.send({ action: 's3:PutObject', key, signal }, async (client, options) =>
    client.send(
      new CreateMultipartUploadCommand({
        ...bucket.at(key),
        ChecksumAlgorithm: algorithm,
        CacheControl,
        Metadata: { ...Metadata, ...content },
      }),
      options,
    ),
  );
  if (id === undefined) throw new Failure(`${bucket.uri(key)}: the server returned no upload ID`);
  return { key, id, algorithm, write, arrived: new Map() };
}

interface TransferredParts {
  /** By number, from 1. */
  readonly parts: readonly CompletedPart[];
  readonly sentBytes: number;
  readonly copiedBytes: number;
}

interface UploadedPart {
  readonly part: CompletedPart;
  readonly by: 'sent' | 'copied' | 'resumed';
}

/** Undefined if the server cannot copy a part. */
async function tryTransferParts(
  parts: readonly FilePart[],
  upload: Upload,
  transfer: Transfer,
  bucket: Bucket,
): Promise<TransferredParts | undefined> {
  const { request, file, source } = transfer;
  const done: CompletedPart[] = [];
  const bytes = { sent: 0, copied: 0, resumed: 0 };
  const record = ({ number, length }: FilePart, { part, by }: UploadedPart): void => {
    done[number - 1] = part;
    bytes[by] += length;
    request.onProgress?.(bytes.sent + bytes.copied + bytes.resumed);
  };
  const notCopied: FilePart[] = [];
  await runConcurrently(
    { items: parts.filter(({ isUnchanged }) => isUnchanged), concurrency: concurrentParts, signal: transfer.signal },
    (signal) => {
      const later = abortLater(signal, arrivalMs);
      return async (part) => {
        const copied = notCopied.length > 0 ? undefined : await source?.tryCopy(part, upload, later);
        if (copied === undefined) notCopied.push(part);
        else record(part, { part: copied, by: 'copied' });
      };
    },
  );
  if (notCopied.length > 0) return undefined;
  const sent = parts.filter(({ isUnchanged }) => !isUnchanged);
  const longest = sent.reduce((most, { length }) => Math.max(most, length), 0);
  await runConcurrently({ items: sent, concurrency: concurrentParts, signal: transfer.signal }, (signal) => {
    const buffer = Buffer.allocUnsafe(longest);
    const later = abortLater(signal, arrivalMs);
    return async (part) => {
      const content = await readVerified(file, part, request, buffer);
      record(part, await uploadPart(part.number, content, { upload, signal: later }, bucket));
    };
  });
  return { parts: done, sentBytes: bytes.sent, copiedBytes: bytes.copied };
}

async function uploadPart(
  number: number,
  content: Buffer,
  { upload, signal }: { readonly upload: Upload; readonly signal: AbortSignal },
  bucket: Bucket,
): Promise<UploadedPart> {
  const { key, id, algorithm } = upload;
  const digest = digestPart(content, algorithm);
  const arrived = upload.arrived.get(number);
  if (arrived !== undefined && readDigest(arrived, algorithm) === digest) return { part: arrived, by: 'resumed' };
  const { ETag } = await bucket.send({ action: 's3:PutObject', key, signal }, async (client, options) =>
    client.send(
      new UploadPartCommand({
        ...bucket.at(key),
        UploadId: id,
        PartNumber: number,
        Body: content,
        ...toChecksum(digest, algorithm),
      }),
      options,
    ),
  );
  return { part: { PartNumber: number, ETag, ...toChecksum(digest, algorithm) }, by: 'sent' };
}

/**
 * A server that has received all of a part stores it after we are gone, even in an upload that was removed meanwhile.
 * So parts in transit may arrive before the upload is removed. Source: AWS, AbortMultipartUpload; seen with versitygw
 * v1.8.0.
 */
function abortLater(signal: AbortSignal, milliseconds: number): AbortSignal {
  const later = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => later.abort(signal.reason), milliseconds).unref(), {
    once: true,
  });
  return later.signal;
}

function createStagedObject(
  upload: Upload,
  { parts, sentBytes, copiedBytes }: TransferredParts,
  bucket: Bucket,
): StagedObject {
  return {
    key: upload.key,
    sentBytes,
    copiedBytes,
    complete: async () => {
      const outcome = await completeUpload(upload, parts, bucket);
      // If the object exists, the parts stay, on every server.
      if (outcome === 'exists') await abortUpload(upload, bucket);
      return outcome;
    },
    abort: async () => abortUpload(upload, bucket),
  };
}

async function completeUpload(
  { key, id, write }: Upload,
  parts: readonly CompletedPart[],
  bucket: Bucket,
): Promise<'created' | 'exists'> {
  try {
    await bucket.send({ action: 's3:PutObject', key }, async (client, options) =>
      client.send(
        new CompleteMultipartUploadCommand({
          ...bucket.at(key),
          UploadId: id,
          IfNoneMatch: '*',
          MultipartUpload: { Parts: [...parts] },
        }),
        options,
      ),
    );
    return 'created';
  } catch (error) {
    // If the upload is gone, an earlier attempt has completed it, or a conflict has ended it.
    if (!isFailedCondition(error, 412) && !isMissing(error)) throw error;
    const head = await tryHead(key, bucket);
    if (write !== undefined && head?.Metadata?.['write'] === write) return 'created';
    if (head !== undefined || error.status === 412) return 'exists';
    throw new Failure(`the upload of ${bucket.uri(key)} was removed before it was completed`, { cause: error });
  }
}
