import { CompleteMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand, type CompletedPart } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { Failure } from '../../platform/errors.js';
import { waitTogether } from '../../platform/together.js';
import type { StagedObject, StageRequest } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { tryFindSource, type CopySource } from './copy-part.js';
import { isStatus } from './failures.js';
import { withPartReader, type FilePart, type PartReader } from './file-parts.js';
import { describeWrite, tryHead } from './objects.js';
import { abortUpload, describeDigest, digestPart, readDigest, tryFindUpload, type PartChecksum, type Upload } from './uploads.js';

/** Memory is this many parts. */
const partsAtOnce = 4;

/** How long parts on their way may take to arrive when the upload is given up. */
const arrivalMs = 5000;

/** Uploads a file in parts; S3 hides them until the upload is completed. */
export async function stageFile(request: StageRequest, bucket: Bucket): Promise<StagedObject> {
  return withPartReader(request, async (reader) => {
    const source = request.unchanged === undefined ? undefined : await tryFindSource(request.unchanged, bucket);
    const resumed = request.resume === true ? await tryFindUpload(request.key, reader.layout, bucket) : undefined;
    // Not the algorithm of the source: with that, versitygw v1.8.0 gives a copied part the checksum of the whole source.
    const upload = resumed ?? await beginUpload(request, source?.hasSha256 === true ? 'SHA1' : 'SHA256', bucket);
    try {
      const brought = await bringParts({ request, reader, upload, source }, bucket);
      await reader.verify();
      request.signal?.throwIfAborted();
      return createStagedObject(upload, brought, bucket);
    } catch (error) {
      // What cannot be removed now, the reaper removes: the error that matters is the first.
      await abortUpload(upload, bucket).catch(() => undefined);
      throw error;
    }
  });
}

async function beginUpload({ key, size, sha256, writer, resume, signal }: StageRequest, algorithm: PartChecksum, bucket: Bucket): Promise<Upload> {
  const write = randomUUID();
  const { CacheControl, Metadata } = describeWrite(writer, write);
  // Whoever resumes an upload may have another file for it, and metadata cannot be changed or read until it is completed.
  const content = resume === true ? {} : { size: String(size), sha256 };
  const { UploadId: id } = await bucket.ask({ action: 's3:PutObject', key, ...ifAny(signal) }, async (client, options) =>
    client.send(new CreateMultipartUploadCommand({ ...bucket.at(key), ChecksumAlgorithm: algorithm, CacheControl, Metadata: { ...Metadata, ...content } }), options));
  if (id === undefined) throw new Failure(`${bucket.uri(key)}: the server gives an upload no name`);
  return { key, id, algorithm, write, arrived: new Map() };
}

interface Bringing {
  readonly request: StageRequest;
  readonly reader: PartReader;
  readonly upload: Upload;
  readonly source: CopySource | undefined;
}

interface Brought {
  readonly parts: readonly CompletedPart[];
  readonly sentBytes: number;
  readonly copiedBytes: number;
}

interface BroughtPart {
  readonly part: CompletedPart;
  readonly by: 'sent' | 'copied' | 'resumed';
}

async function bringParts({ request, reader, upload, source }: Bringing, bucket: Bucket): Promise<Brought> {
  const parts: CompletedPart[] = [];
  const bytes = { sent: 0, copied: 0, resumed: 0 };
  const failed = new AbortController();
  const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
  const { layout } = reader;
  const way = { upload, source, signal: abortLater(signal, arrivalMs) };
  const bringMany = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafe(Math.min(layout.partSize, layout.size));
    for (let next = await reader.next(buffer); next !== undefined; next = await reader.next(buffer)) {
      signal.throwIfAborted();
      const { part, by } = await bringPart(next, way, bucket);
      parts[next.number - 1] = part;
      bytes[by] += next.bytes.length;
      request.onProgress?.(bytes.sent + bytes.copied + bytes.resumed);
    }
  };
  const lanes = Array.from({ length: Math.min(partsAtOnce, layout.count) }, bringMany);
  await waitTogether(lanes, (reason) => failed.abort(reason));
  return { parts, sentBytes: bytes.sent, copiedBytes: bytes.copied };
}

interface Way {
  readonly upload: Upload;
  readonly source: CopySource | undefined;
  readonly signal: AbortSignal;
}

async function bringPart(part: FilePart, { upload, source, signal }: Way, bucket: Bucket): Promise<BroughtPart> {
  const digest = digestPart(part.bytes, upload.algorithm);
  const arrived = upload.arrived.get(part.number);
  if (arrived !== undefined && readDigest(arrived, upload.algorithm) === digest) return { part: arrived, by: 'resumed' };
  const place = { upload, number: part.number, digest, signal };
  const copied = await source?.tryCopy(part, place);
  if (copied !== undefined) return { part: copied, by: 'copied' };
  const { key, id, algorithm } = upload;
  const { ETag } = await bucket.ask({ action: 's3:PutObject', key, signal }, async (client, options) => client.send(new UploadPartCommand({
    ...bucket.at(key), UploadId: id, PartNumber: part.number, Body: part.bytes, ...describeDigest(digest, algorithm),
  }), options));
  return { part: { PartNumber: part.number, ETag, ...describeDigest(digest, algorithm) }, by: 'sent' };
}

/**
 * A server that has all of a part stores it though we have gone, even in an upload that was removed meanwhile: so parts on
 * their way are waited for before the upload is removed. Source: AWS, AbortMultipartUpload; seen with versitygw v1.8.0.
 */
function abortLater(signal: AbortSignal, milliseconds: number): AbortSignal {
  const later = new AbortController();
  signal.addEventListener('abort', () => setTimeout(() => later.abort(signal.reason), milliseconds).unref(), { once: true });
  return later.signal;
}

function createStagedObject(upload: Upload, { parts, sentBytes, copiedBytes }: Brought, bucket: Bucket): StagedObject {
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

async function completeUpload({ key, id, write }: Upload, parts: readonly CompletedPart[], bucket: Bucket): Promise<'created' | 'exists'> {
  try {
    await bucket.ask({ action: 's3:PutObject', key }, async (client, options) => client.send(new CompleteMultipartUploadCommand({
      ...bucket.at(key), UploadId: id, IfNoneMatch: '*', MultipartUpload: { Parts: [...parts] },
    }), options));
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
