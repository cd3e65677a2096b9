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
import { isStatus } from './failures.js';
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

/** Memory is this many parts. */
const partsAtOnce = 4;

/** How long parts on their way may take to arrive when the upload is given up. */
const arrivalMs = 5000;

/** Uploads a file in parts; S3 hides them until the upload is completed. */
export async function stageInBucket(request: StageRequest, bucket: Bucket): Promise<StagedObject> {
  const file = await open(request.path);
  try {
    assertSize((await file.stat()).size, request);
    const source = request.unchanged === undefined ? undefined : await tryFindSource(request.unchanged, bucket);
    const way = { request, file, signal: request.signal ?? new AbortController().signal };
    const delta = source === undefined ? undefined : await tryUpload({ ...way, source }, bucket);
    const staged = delta ?? (await tryUpload({ ...way, source: undefined }, bucket));
    if (staged === undefined) throw new Error('an upload without copies cannot be refused any');
    return staged;
  } finally {
    await file.close();
  }
}

interface Transfer {
  readonly request: StageRequest;
  readonly file: FileHandle;
  /** Where unchanged parts are copied from. */
  readonly source: CopySource | undefined;
  readonly signal: AbortSignal;
}

/** Undefined, leaving nothing, where the server copies no parts into the upload: it is to be cut anew, for all of it to be sent. */
async function tryUpload(way: Transfer, bucket: Bucket): Promise<StagedObject | undefined> {
  const { request, source } = way;
  const parts = layOutParts(request.size, source === undefined ? [] : request.unchanged?.ranges);
  const { key, resumeSince: since } = request;
  const resumed = since === undefined ? undefined : await tryFindUpload({ key, since }, parts, bucket);
  // Not the algorithm of the source: with that, versitygw v1.8.0 gives a copied part the checksum of the whole source.
  const upload = resumed ?? (await beginUpload(request, source?.hasSha256 === true ? 'SHA1' : 'SHA256', bucket));
  try {
    const brought = await tryTransferParts(parts, upload, way, bucket);
    if (brought === undefined) {
      await abortUpload(upload, bucket);
      return undefined;
    }
    assertSize((await way.file.stat()).size, request);
    way.signal.throwIfAborted();
    return createStagedObject(upload, brought, bucket);
  } catch (error) {
    // What cannot be removed now, the reaper removes: the error that matters is the first.
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
  // Whoever resumes an upload may have another file for it, and metadata cannot be changed or read until it is completed.
  const content = resumeSince !== undefined || sha256 === undefined ? {} : { size: String(size), sha256 };
  const { UploadId: id } = await bucket.send(
    { action: 's3:PutObject', key, ...ifAny(signal) },
    async (client, options) =>
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
  if (id === undefined) throw new Failure(`${bucket.uri(key)}: the server gives an upload no name`);
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

/** Undefined where the server refuses to copy a part. */
async function tryTransferParts(
  parts: readonly FilePart[],
  upload: Upload,
  way: Transfer,
  bucket: Bucket,
): Promise<TransferredParts | undefined> {
  const { request, file, source } = way;
  const done: CompletedPart[] = [];
  const bytes = { sent: 0, copied: 0, resumed: 0 };
  const note = ({ number, length }: FilePart, { part, by }: UploadedPart): void => {
    done[number - 1] = part;
    bytes[by] += length;
    request.onProgress?.(bytes.sent + bytes.copied + bytes.resumed);
  };
  const refused: FilePart[] = [];
  await runConcurrently(
    { items: parts.filter(({ isUnchanged }) => isUnchanged), concurrency: partsAtOnce, signal: way.signal },
    (signal) => {
      const later = abortLater(signal, arrivalMs);
      return async (part) => {
        const copied = refused.length > 0 ? undefined : await source?.tryCopy(part, upload, later);
        if (copied === undefined) refused.push(part);
        else note(part, { part: copied, by: 'copied' });
      };
    },
  );
  if (refused.length > 0) return undefined;
  const sent = parts.filter(({ isUnchanged }) => !isUnchanged);
  const longest = sent.reduce((most, { length }) => Math.max(most, length), 0);
  await runConcurrently({ items: sent, concurrency: partsAtOnce, signal: way.signal }, (signal) => {
    const buffer = Buffer.allocUnsafe(longest);
    const later = abortLater(signal, arrivalMs);
    return async (part) => {
      const content = await readVerified(file, part, request, buffer);
      note(part, await uploadPart(part.number, content, { upload, signal: later }, bucket));
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
 * A server that has all of a part stores it though we have gone, even in an upload that was removed meanwhile: so parts on
 * their way are waited for before the upload is removed. Source: AWS, AbortMultipartUpload; seen with versitygw v1.8.0.
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
      // After a refusal the parts stay, on every server.
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
    // 404: the upload is gone. An earlier try of ours can have completed it, or a conflict have ended it.
    if (!isStatus(error, 412, 404)) throw error;
    const head = await tryHead(key, bucket);
    if (write !== undefined && head?.Metadata?.['write'] === write) return 'created';
    if (head !== undefined || error.status === 412) return 'exists';
    throw new Failure(`what was staged for ${bucket.uri(key)} is gone`, { cause: error });
  }
}

function ifAny(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
